using System.Reflection;
using System.Text;
using System.Text.Json;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class RunConfigurationTests
{
    private static readonly Dictionary<string, RunConfiguration> _wrong = new()
    {
        ["--latent 0: "] = new() { Latent = 0 },
        ["--latent 2147483647: "] = new() { Latent = int.MaxValue },
        ["--latent 65537: "] = new() { Latent = 65537, Code = "full" },
        ["--hidden null: "] = new() { Hidden = null! },
        ["--code null: "] = new() { Code = null! },
        ["--hidden 0: "] = new() { Hidden = [4, 0] },
        ["--hidden -3: "] = new() { Hidden = [-3] },
        ["--batch 0: "] = new() { Batch = 0 },
        ["--epochs -1: "] = new() { Epochs = -1 },
        ["--limit 0: "] = new() { Limit = 0 },
        ["--learning-rate 0: "] = new() { LearningRate = 0 },
        ["--learning-rate -0.001: "] = new() { LearningRate = -1e-3 },
        ["--learning-rate NaN: "] = new() { LearningRate = double.NaN },
        ["--learning-rate Infinity: "] = new() { LearningRate = double.PositiveInfinity },
        ["--beta -1: "] = new() { Beta = -1 },
        ["--beta NaN: "] = new() { Beta = double.NaN },
        ["--preset gan: "] = new() { Preset = "gan" },
        ["--corruption rain: "] = new() { Corruption = "rain" },
        ["--activation swish: "] = new() { Activation = "swish" },
        ["--code bar: "] = new() { Code = "bar" },
        ["--likelihood great: "] = new() { Likelihood = "great" },
        ["--objective fun: "] = new() { Objective = "fun" },
        ["--precision fp64: "] = new() { Precision = "fp64" },
        ["--objective elbo: "] = new() { Code = "point" },
        ["--objective iwae: "] = new() { Code = "binary", Objective = "iwae" },
        ["--samples 0: "] = new() { Samples = 0 },
        ["--samples 2: "] = new() { Samples = 2, Objective = "reconstruction" },
        ["--divergence often: "] = new() { Divergence = "often" },
        ["--divergence sampled: --objective iwae "] = new() { Divergence = "sampled", Objective = "iwae" },
        ["--divergence sampled: --objective reconstruction "] =
            RunConfiguration.FromPreset("ae") with { Divergence = "sampled" },
        ["--divergence sampled: --warm-up and --free-bits "] = new() { Divergence = "sampled", WarmUp = 1 },
        ["--divergence sampled: --warm-up and "] = new() { Divergence = "sampled", FreeBits = 0.5 },
        ["--objective elbo: the code has no KL term; "] = new() { Divergence = "sampled", Code = "binary" },
        ["--warm-up -1: "] = new() { WarmUp = -1 },
        ["--free-bits NaN: "] = new() { FreeBits = double.NaN },
        ["--code-noise -0.5: "] = new() { CodeNoise = -0.5 },
        ["--beta, --warm-up, --free-bits: "] = new() { Objective = "iwae", Beta = 2 },
        ["--binarize often: "] = new() { Binarize = "often" },
        ["--initializer he: "] = new() { Initializer = "he" },
        ["--output-bias high: "] = new() { OutputBias = "high" },
        ["--schedule linear: "] = new() { Schedule = "linear" },
        ["--schedule steps, --rate-steps: "] = new() { Schedule = "steps" },
        ["--rate-steps 2: "] = new() { Schedule = "steps", RateSteps = [new(2, 1e-3), new(2, 1e-4)] },
        ["--rate-steps 0: "] = new() { Schedule = "steps", RateSteps = [new(0, 1e-3)] },
        ["--rate-steps -1: "] = new() { Schedule = "steps", RateSteps = [new(1, -1)] },
        ["--final-learning-rate -1: "] = new() { FinalLearningRate = -1 },
        ["--adam-beta1 1: "] = new() { AdamBeta1 = 1 },
        ["--adam-beta1 0.99999999999: "] = new() { AdamBeta1 = 0.99999999999 },
        ["--adam-beta2 NaN: "] = new() { AdamBeta2 = double.NaN },
        ["--adam-epsilon 0: "] = new() { AdamEpsilon = 0 },
        ["--weight-decay -1: "] = new() { WeightDecay = -1 },
        ["--weight-decay 1000: "] = new() { WeightDecay = 1000 },
        ["--clip-norm NaN: "] = new() { ClipNorm = double.NaN },
        ["--noise 0: "] = new() { Noise = 0 },
        ["--noise 1.5: "] = new() { Corruption = "masking", Noise = 1.5 },
        ["--noise Infinity: "] = new() { Corruption = "gaussian", Noise = double.PositiveInfinity },
        ["--sigma 0: "] = new() { Likelihood = "gaussian", Sigma = 0 },
        ["--sigma: --likelihood bernoulli "] = new() { Sigma = 2 },
        ["--ssim -1: "] = new() { Ssim = -1 },
        ["--ssim 0.5: --objective iwae "] = new() { Ssim = 0.5, Objective = "iwae" },
        ["--ssim 0.5: compares pictures"] = new() { Ssim = 0.5, Categories = [new(0, ["a", "b"])] },
        ["--ssim-scales 2: needs --ssim"] = new() { SsimScales = 2 },
        ["--ssim-scales 6: "] = new() { Ssim = 1, SsimScales = 6 },
        ["--evaluate-every 0: "] = new() { EvaluateEvery = 0 },
    };

    public static TheoryData<string> Wrong => [.. _wrong.Keys];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_cannot_be_trained_is_refused_in_one_line_that_names_the_option(string start)
    {
        UserException exception = Assert.ThrowsAny<UserException>(_wrong[start].Validate);
        Assert.StartsWith(start, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void Presets_and_unusual_sizes_are_fine()
    {
        RunConfiguration.FromPreset("vae").Validate();
        RunConfiguration.FromPreset("ae").Validate();
        (RunConfiguration.FromPreset("beta-vae") with { Divergence = "sampled", Code = "full", Samples = 3 }).Validate();
        (RunConfiguration.FromPreset("ae") with { Hidden = [], Latent = 1, Batch = 1, Limit = 1, Beta = 0 }).Validate();
    }

    [Fact]
    public void Autoencoder_preset_is_a_point_code_with_a_gaussian_likelihood_and_no_prior()
    {
        RunConfiguration ae = RunConfiguration.FromPreset("ae");
        Assert.Equal(("point", "gaussian", "reconstruction"), (ae.Code, ae.Likelihood, ae.Objective));
        Assert.Equivalent(new RunConfiguration(), RunConfiguration.FromPreset("vae"));
    }

    [Fact]
    public void Json_holds_every_setting_the_version_and_the_effective_beta()
    {
        JsonElement json = Json(
            RunConfiguration.FromPreset("ae") with { Hidden = [5, 6], Seed = ulong.MaxValue, Beta = 3 });
        foreach (PropertyInfo property in typeof(RunConfiguration).GetProperties()
            .Where(property => property.CanWrite
                && property.GetCustomAttribute<SettingAttribute>() is { OmitDefault: false }))
        {
            Assert.True(
                json.TryGetProperty(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), out _), property.Name);
        }
        Assert.Equal([5, 6], json.GetProperty("hidden").EnumerateArray().Select(width => width.GetInt32()));
        Assert.Equal(ulong.MaxValue, json.GetProperty("seed").GetUInt64());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("limit").ValueKind);
        Assert.Equal(0, json.GetProperty("effective_beta").GetDouble());
        Assert.Matches(@"^\d+\.\d+\.\d+", json.GetProperty("gpuvae_version").GetString());
        Assert.False(json.TryGetProperty("missing", out _), "what came later stands in no file that it does not concern");
        Assert.Equal("mean", Json(new RunConfiguration { Missing = "mean" }).GetProperty("missing").GetString());
        Assert.Equal(3, Json(new RunConfiguration { Beta = 3 }).GetProperty("effective_beta").GetDouble());
    }

    private static JsonElement Json(RunConfiguration configuration)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            configuration.WriteJson(writer);
        return JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).RootElement;
    }
}
