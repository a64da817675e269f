using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class RunConfigurationJsonTests
{
    private static readonly RunConfiguration _unusual = RunConfiguration.FromPreset("ae") with
    {
        Data = "bücher \"/\n",
        Hidden = [5, 6],
        Seed = ulong.MaxValue,
        Beta = 0.1,
        Limit = 3,
        TrainLabels = ["a,b", "1"],
        LearningRate = 1.25e-7,
        Schedule = "steps",
        RateSteps = [new(2, 1e-3 / 7), new(9, 1e-5)],
    };

    [Fact]
    public void What_is_written_is_read_back_equal()
    {
        Assert.Equivalent(_unusual, RunConfiguration.ReadJson(Write(_unusual), "it"), strict: true);
        RunConfiguration sampled = new() { Divergence = "sampled", Samples = 5 };
        Assert.Equivalent(sampled, RunConfiguration.ReadJson(Write(sampled), "it"), strict: true);
        Assert.Equivalent(
            new RunConfiguration(), RunConfiguration.ReadJson(Write(new RunConfiguration()), "it"), strict: true);
    }

    [Fact]
    public void Reading_and_writing_again_gives_the_same_bytes() =>
        Assert.Equal(Write(_unusual), Write(RunConfiguration.ReadJson(Write(_unusual), "it")));

    [Fact]
    public void Properties_that_an_older_version_did_not_write_have_their_defaults() =>
        Assert.Equivalent(
            new RunConfiguration { Latent = 3, GpuvaeVersion = "0.0.1" },
            RunConfiguration.ReadJson("""{"gpuvae_version": "0.0.1", "latent": 3}"""u8, "it"), strict: true);

    [Fact]
    public void Divergence_is_exact_in_the_file_of_a_version_that_knew_no_other()
    {
        JsonObject old = JsonNode.Parse(Write(new RunConfiguration { GpuvaeVersion = "0.0.1", Samples = 5 }))!.AsObject();
        Assert.True(old.Remove("divergence"));
        Assert.Equal("exact", RunConfiguration.ReadJson(Encoding.UTF8.GetBytes(old.ToJsonString()), "it").Divergence);
    }

    [Theory]
    [InlineData("", "it: no valid JSON in line 1, byte 1;")]
    [InlineData("{", "it: no valid JSON in line 1, byte 2;")]
    [InlineData("{}\n {}", "it: no valid JSON in line 2, byte 2;")]
    [InlineData("null", "it: no JSON object,")]
    [InlineData("[]", "it: no JSON object,")]
    [InlineData("{\"latent\": \"a\"}", "it: latent is not what")]
    [InlineData("{\"latent\": 1e99}", "it: latent is not what")]
    [InlineData("{\"latent\": null}", "it: latent is not what")]
    [InlineData("{\"preset\": null}", "it: preset is not what")]
    [InlineData("{\"hidden\": null}", "it: hidden is not what")]
    [InlineData("{\"hidden\": [1, null]}", "it: hidden[1] is not what")]
    [InlineData("{\"rate_steps\": [null]}", "it: rate_steps[0] is not what")]
    [InlineData("{\"schedule\": \"steps\", \"rate_steps\": [{}]}", "it: --rate-steps 0: ")]
    [InlineData("{\"hidden\": [[[[[[[[[[[[[1]]]]]]]]]]]]]}", "it: no valid JSON in line 1")]
    [InlineData("{\"latent\": 1, \"latent\": 2}", "it: no valid JSON, as where a name occurs twice;")]
    [InlineData("{\"latnt\": 1}", "it: \"latnt\": GpuVae 0.1.0 knows no such setting; did you mean latent? a newer version may")]
    [InlineData("{\"lat\\nent\": 1}", "it: \"lat\\nent\": GpuVae")]
    [InlineData("{\"preset\": \"\\ud800\"}", "it: ")]
    [InlineData("{\"\\ud800\": 1}", "it: ")]
    [InlineData("{\"objective\": \"elb\\n\\u0085\"}", "it: --objective elb\\n\\u0085: unknown")]
    [InlineData("{\"limit\": -5}", "it: --limit -5: ")]
    [InlineData("{\"train_labels\": [\"a\", null]}", "it: --train-labels a,: ")]
    [InlineData("{\"objective\": \"fun\"}", "it: --objective fun: ")]
    [InlineData("{\"divergence\": \"wide\"}", "it: --divergence wide: unknown; choose from exact, sampled")]
    [InlineData("{\"divergence\": null}", "it: divergence is not what")]
    public void What_is_no_configuration_is_refused_in_one_line(string text, string start)
    {
        UserException exception = Assert.Throws<UserException>(
            () => RunConfiguration.ReadJson(Encoding.UTF8.GetBytes(text), "it"));
        Assert.StartsWith(start, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_long_text_does_not_make_a_long_message()
    {
        JsonObject whole = JsonNode.Parse(Write(new RunConfiguration()))!.AsObject();
        string[] texts = [.. whole
            .Where(entry => entry.Value?.GetValueKind() == JsonValueKind.String).Select(entry => entry.Key)];
        int refused = 0;
        foreach (string name in texts)
        {
            JsonObject changed = whole.DeepClone().AsObject();
            changed[name] = new string('9', 5000);
            try
            {
                RunConfiguration.ReadJson(Encoding.UTF8.GetBytes(changed.ToJsonString()), "it");
            }
            catch (UserException exception)
            {
                refused++;
                Assert.InRange(exception.Message.Length, 1, 500);
            }
        }
        // All but the version, the data's path and the device's name.
        Assert.InRange(refused, 10, texts.Length - 1);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_texts_without_end_are_refused()
    {
        Assert.Throws<UserException>(() => RunConfiguration.ReadJson([.. "{\"data\": \""u8, 0xff, .. "\"}"u8], "it"));
        Assert.Throws<UserException>(() => RunConfiguration.ReadJson([.. "{\""u8, 0xff, .. "\": 1}"u8], "it"));
        Assert.Throws<UserException>(() => RunConfiguration.ReadJson(new byte[2 << 20], "it"));
    }

    private static byte[] Write(RunConfiguration configuration)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            configuration.WriteJson(writer);
        return stream.ToArray();
    }
}
