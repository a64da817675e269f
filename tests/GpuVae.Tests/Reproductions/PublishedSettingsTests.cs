using System.Text;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Reproductions;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Reproductions;

public sealed class PublishedSettingsTests
{
    [Fact]
    public void Every_setting_can_be_trained_and_has_a_name_of_its_own()
    {
        Assert.All(
            PublishedSettings.All, setting => setting.Configure(new SettingChoices(Data: "beats.csv")).Validate());
        Assert.Equal(
            PublishedSettings.All.Count, PublishedSettings.All.Select(setting => setting.Name).Distinct().Count());
    }

    [Theory]
    [InlineData(false, 8, 3280)]
    [InlineData(true, 6, 364)]
    public void Table_of_the_importance_weighted_paper_has_its_schedule(bool isShort, int stages, int epochs)
    {
        RunConfiguration configuration = Table(new SettingChoices(IsShort: isShort));
        Assert.Equal(epochs, configuration.Epochs);
        ILearningRateSchedule schedule = Registry.LearningRateSchedules.Find(configuration.Schedule)(configuration);
        double[] rates = [.. Enumerable.Range(1, epochs).Select(epoch => schedule.RateAt(epoch, 0.5))];
        double[] expected =
        [
            .. Enumerable.Range(0, stages).SelectMany(
                i => Enumerable.Repeat(1e-3 * Math.Pow(10, -i / 7.0), (int)Math.Pow(3, i))),
        ];
        Assert.Equal(expected, rates);
    }

    [Theory]
    [InlineData("vae", 1, "elbo", "sampled")]
    [InlineData("vae", 5, "elbo", "sampled")]
    [InlineData("vae", 50, "elbo", "sampled")]
    [InlineData("iwae", 1, "iwae", "exact")]
    [InlineData("iwae", 50, "iwae", "exact")]
    public void Rows_of_the_table_differ_in_objective_and_draws(
        string row, int samples, string objective, string divergence)
    {
        RunConfiguration configuration = Table(new SettingChoices(Objective: row, Samples: samples));
        configuration.Validate();
        Assert.Equal(
            (objective, samples, divergence),
            (configuration.Objective, configuration.Samples, configuration.Divergence));
        Assert.Equal(
            ("dynamic", "glorot", "pixel-mean", 20, 50, 1e-4),
            (configuration.Binarize, configuration.Initializer, configuration.OutputBias, configuration.Batch,
                configuration.Latent, configuration.AdamEpsilon));
    }

    [Fact]
    public void Keras_example_trains_on_the_test_images_only_where_the_page_does()
    {
        RunConfiguration Configure(SettingChoices choices) => PublishedSettings.Find("keras-vae").Configure(choices);
        RunConfiguration page = Configure(new SettingChoices());
        Assert.Equal((true, 30), (page.TrainOnAll, page.Epochs));
        Assert.Equal(Json(page with { TrainOnAll = false }), Json(Configure(new SettingChoices(HoldsOut: true))));
        Assert.Equal(Json(page with { TrainOnAll = false, Epochs = 5 }), Json(Configure(new SettingChoices(IsShort: true))));
        IReadOnlyList<PlannedLayer> layers = page.CreateNetwork().Plan(outputs: 4, units: 2, new Shape(28, 28, 1));
        // 69,076 in Keras's encoder and 65,089 in its decoder.
        Assert.Equal(69_076, layers.Where(layer => layer.Part == "encoder").Sum(layer => layer.Size.Parameters));
        Assert.Equal(65_089, layers.Where(layer => layer.Part == "decoder").Sum(layer => layer.Size.Parameters));
    }

    [Fact]
    public void TensorFlows_convolutional_denoiser_has_no_dense_layer()
    {
        RunConfiguration denoiser = PublishedSettings.Find("tf-conv-denoise").Configure(new SettingChoices());
        Assert.Equal(("fashion-mnist", 10, 32, 0.2), (denoiser.Data, denoiser.Epochs, denoiser.Batch, denoiser.Noise));
        Assert.Equal(3217, denoiser.CreateNetwork().Plan(392, 392, new Shape(28, 28, 1)).Sum(layer => layer.Size.Parameters));
    }

    [Fact]
    public void Networks_with_batch_norm_have_the_maps_and_parameters_of_their_sources()
    {
        RunConfiguration vanilla = PublishedSettings.Find("pytorch-vae-64").Configure(new SettingChoices(Data: "faces"));
        IReadOnlyList<PlannedLayer> layers = vanilla.CreateNetwork().Plan(256, 128, new Shape(64, 64, 3));
        Assert.Equal(
            "32×32×32 16×16×64 8×8×128 4×4×256 2×2×512 256 2×2×512 4×4×256 8×8×128 16×16×64 32×32×32 64×64×32 64×64×3",
            string.Join(' ', layers.Select(layer => layer.Size.Output)));
        // What convolutions, norms and dense layers of VanillaVAE(3, 128) add up to.
        Assert.Equal(3_937_635, layers.Sum(layer => layer.Size.Parameters));
        ILearningRateSchedule schedule = Registry.LearningRateSchedules.Find(vanilla.Schedule)(vanilla);
        Assert.Equal(5e-3 * Math.Pow(0.95, 99), schedule.RateAt(100, 0.5), tolerance: 1e-12);
        Assert.Equal(5e-3, schedule.RateAt(1, 0.5));

        RunConfiguration pythae = PublishedSettings.Find("pythae-mnist").Configure(new SettingChoices());
        layers = pythae.CreateNetwork().Plan(32, 16, new Shape(28, 28, 1));
        Assert.Equal(
            "14×14×128 7×7×256 3×3×512 1024 32 4×4×1024 7×7×512 14×14×256 28×28×1",
            string.Join(' ', layers.Select(layer => layer.Size.Output)));
    }

    [Theory]
    [InlineData("pytorch-vae-64", 64, 3)]
    [InlineData("pythae-mnist", 28, 1)]
    public void Networks_with_batch_norm_are_trained_and_measured(string name, int side, int channels)
    {
        ImageSet Images(int count) => new(IdxFiles.Counting(count * side * side * channels), null, side, side, channels);
        var data = new Dataset("few", Images(4), Images(2));
        var setting = PublishedSettings.Find(name);
        var choices = new SettingChoices(Data: "few");
        RunConfiguration configuration = setting.Configure(choices) with { Epochs = 1 };
        using IDevice device = Device.Open("cpu");
        using var run = new TemporaryRun(device);
        RunResult result = run.Execute(configuration, data: data);
        IReadOnlyList<Comparison> measured = setting.Measure(new TrainedSetting(
            device, run.Path, data, configuration, result, choices, TestLimit: null, Progress: null));
        Assert.Equal(["squared error of the test images, per number", "KL, nats per image"], measured.Select(row => row.Quantity));
        Assert.All(measured, row => Assert.True(double.IsFinite(row.Measured) && row is { Published: null, IsMet: null }));
    }

    [Fact]
    public void What_the_table_has_not_is_refused() =>
        Assert.Throws<UserException>(() => Table(new SettingChoices(Samples: 2)));

    [Fact]
    public void Bounds_are_kept_on_their_own_side()
    {
        Assert.True(new Comparison("loss", 1, null, 1, IsAtMost: true).IsMet);
        Assert.False(new Comparison("loss", 1.1, null, 1, IsAtMost: true).IsMet);
        Assert.True(new Comparison("precision", 0.9, null, 0.8, IsAtMost: false).IsMet);
        Assert.False(new Comparison("precision", double.NaN, null, 0.8, IsAtMost: false).IsMet);
        Assert.Null(new Comparison("precision", 0.9, 0.8, null, IsAtMost: false).IsMet);
    }

    private static string Json(RunConfiguration configuration)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            configuration.WriteJson(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static RunConfiguration Table(SettingChoices choices) =>
        PublishedSettings.Find("iwae-table1").Configure(choices);
}
