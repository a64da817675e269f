using System.Text.Json;
using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class EvaluationReportTests : IDisposable
{
    private readonly TemporaryRun _run = new();

    [Fact]
    public void A_report_repeats_the_last_line_of_training()
    {
        RunResult result = _run.Execute(TemporaryRun.Small("vae"));
        EvaluationReport report = Measure(TemporaryRun.Data.Test);
        EpochMetrics last = result.Epochs[^1];
        Assert.Equal(last.Reconstruction, report.Reconstruction, 1e-5);
        Assert.Equal(last.Kl, report.Divergence!.Value, 1e-5);
        Assert.Equal(-last.TestLoss, report.Elbo!.Value, 1e-5);
        Assert.Equal(result.MeanSquaredError, report.MeanSquaredError, 1e-7);
        Assert.Equal(last.TestLoss / (15 * Math.Log(2)), report.BitsPerDimension, 1e-6);
    }

    [Fact]
    public void A_term_of_similarity_stands_beside_the_bound_and_not_in_it()
    {
        EpochMetrics last = _run.Execute(TemporaryRun.Small("vae") with { Ssim = 0.4 }).Epochs[^1];
        EvaluationReport report = Measure(TemporaryRun.Data.Test);
        Assert.Equal("ssim", report.Similarity!.Value.Key);
        Assert.Equal(last.OtherTerms[0].Value, report.Similarity.Value.Value, 1e-6);
        Assert.Equal(last.NegativeElbo, -report.Elbo!.Value, 1e-5);
        string path = Path.Combine(_run.Path, "report.json");
        report.WriteJson(path, "run", "data");
        Assert.Equal(
            report.Similarity.Value.Value, JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("ssim").GetDouble());
    }

    [Theory]
    [InlineData("diagonal")]
    [InlineData("full")]
    public void The_units_parts_of_the_divergence_add_up_to_it(string code)
    {
        _run.Execute(TemporaryRun.Small("vae") with { Code = code });
        EvaluationReport report = Measure(TemporaryRun.Data.Test);
        Assert.Equal(3, report.Use.Divergences!.Count);
        Assert.Equal(report.Divergence!.Value, report.Use.Divergences.Sum(), 1e-5);
    }

    [Fact]
    public void A_point_code_has_neither_bound_nor_divergence()
    {
        _run.Execute(TemporaryRun.Small("ae"));
        EvaluationReport report = Measure(TemporaryRun.Data.Test);
        Assert.Equal((null, null, null), (report.Elbo, report.Divergence, report.Use.Divergences));
        Assert.False(report.Use.HasCollapsed);
        Assert.Equal(report.Reconstruction / (15 * Math.Log(2)), report.BitsPerDimension, 1e-12);
    }

    [Fact]
    public void The_likelihood_is_no_worse_than_the_bound()
    {
        _run.Execute(TemporaryRun.Small("vae"));
        EvaluationReport report = Measure(TemporaryRun.Data.Test, samples: 200);
        Assert.True(report.Importance!.NegativeLogLikelihood < -report.Elbo!.Value + 0.05);
        Assert.Equal(report.Importance.NegativeLogLikelihood / (15 * Math.Log(2)), report.BitsPerDimension, 1e-12);
    }

    [Fact]
    public void Variances_of_known_columns()
    {
        double[] variances = CodeUse.VariancesOf([1, 5, 3, 5, 5, 5], units: 2);
        Assert.Equal(8.0 / 3, variances[0], 1e-12);
        Assert.Equal(0, variances[1]);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void A_posterior_has_collapsed_where_one_unit_in_ten_is_active(int active, bool collapsed)
    {
        double[] variances = [.. Enumerable.Range(0, 20).Select(unit => unit < active ? 0.5 : 0.01)];
        var use = new CodeUse(variances, new double[20]);
        Assert.Equal((active, collapsed), (use.ActiveUnits, use.HasCollapsed));
    }

    [Fact]
    public void Deviations_of_both_kinds_of_posterior()
    {
        var two = new float[2];
        Posteriors.Deviations([9, 9, 0, 2 * MathF.Log(3)], Covariance.Diagonal, two);
        Assert.Equal([1, 3], two.Select(value => Math.Round(value, 5)));
        Posteriors.Deviations([9, 9, -1000, 1000], Covariance.Diagonal, two);
        Assert.Equal(MathF.Exp(-10), two[0], 1e-9);
        Assert.Equal(MathF.Exp(10), two[1], 1e-2);

        // L = ((1, 0, 0), (2, 3, 0), (4, 5, 6)): rows of length 1, √13, √77.
        var three = new float[3];
        Posteriors.Deviations(
            [0, 0, 0, 0, MathF.Log(3), MathF.Log(6), 2, 4, 5], Covariance.Full, three);
        Assert.Equal(1, three[0], 1e-5);
        Assert.Equal(Math.Sqrt(13), three[1], 1e-5);
        Assert.Equal(Math.Sqrt(77), three[2], 1e-5);
    }

    [Fact]
    public void Json_has_null_for_what_is_not_there_or_not_finite()
    {
        using var folder = new TemporaryFolder();
        var report = new EvaluationReport(
            3, 4, double.NaN, null, 0.25, new CodeUse([0.5, 0.001], null), Importance: null);
        report.WriteJson(folder.File("report.json"), "beats", "mnist, test");
        using var document = JsonDocument.Parse(File.ReadAllBytes(folder.File("report.json")));
        JsonElement root = document.RootElement;
        Assert.Equal("beats", root.GetProperty("run").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("reconstruction").ValueKind);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("nll").ValueKind);
        Assert.Equal(0.25, root.GetProperty("mean_squared_error").GetDouble());
        Assert.Equal(1, root.GetProperty("active_units").GetInt32());
        Assert.Equal([0.5, 0.001], root.GetProperty("units").EnumerateArray().Select(
            unit => unit.GetProperty("variance").GetDouble()));
    }

    public void Dispose() => _run.Dispose();

    private EvaluationReport Measure(ImageSet images, int samples = 0)
    {
        using var device = new ReferenceDevice();
        using var trained = TrainedModel.Open(
            _run.Path, device, capacity: null, samples == 0 ? 0 : ImportanceSampler.DecoderBatch);
        return EvaluationReport.Measure(device, trained, images, trained.Configuration.Seed, samples);
    }
}
