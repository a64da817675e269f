using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class TrainedModelTests : IDisposable
{
    private readonly TemporaryRun _run = new();

    [Fact]
    public void An_opened_model_measures_what_the_run_measured()
    {
        RunResult result = _run.Execute(TemporaryRun.Small("vae"));
        using var device = new ReferenceDevice();
        using var trained = TrainedModel.Open(_run.Path, device, capacity: 4);
        Assert.Equal((SmallModels.Height, SmallModels.Width, 1), (trained.Height, trained.Width, trained.Channels));
        Assert.True(trained.HasPrior);
        using var evaluator = new Evaluator(device, trained.Model, TemporaryRun.Data.Test, trained.Configuration.Seed);
        Assert.Equal(result.MeanSquaredError, evaluator.MeanSquaredError(), 1e-6);
    }

    [Fact]
    public void The_parameters_are_those_of_the_checkpoint()
    {
        _run.Execute(TemporaryRun.Small("ae"));
        using var device = new ReferenceDevice();
        using var trained = TrainedModel.Open(_run.Path, device, capacity: 4);
        SafetensorsFile checkpoint = Safetensors.Read(_run.Folder.CheckpointPath);
        Assert.False(trained.HasPrior);
        Assert.All(trained.Model.Parameters.Parameters, parameter =>
        {
            var values = new float[parameter.Value.Length];
            device.Download<float>(parameter.Value, values);
            Assert.Equal(checkpoint.Tensors.Single(tensor => tensor.Name == parameter.Shape.Name).Values, values);
        });
    }

    /// <summary>One bit of config.json, and what it would make of the model: the weights would fit all the same.</summary>
    [Theory]
    [InlineData("\"seed\": 1", "\"seed\": 3", "seed is 3, and 1 in ")]
    [InlineData("\"sigma\": 0.5", "\"sigma\": 1.5", "sigma is 1.5, and 0.5 in ")]
    [InlineData("\"data_fingerprint\": \"one\"", "\"data_fingerprint\": \"onf\"", "data_fingerprint is onf, and one in ")]
    public void A_configuration_that_is_not_what_was_trained_is_refused(string before, string after, string difference)
    {
        _run.Execute(TemporaryRun.Small("vae") with { Likelihood = "gaussian", Sigma = 0.5, DataFingerprint = "one" });
        string text = File.ReadAllText(_run.Folder.ConfigurationPath);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(_run.Folder.ConfigurationPath, text.Replace(before, after, StringComparison.Ordinal));
        using var device = new ReferenceDevice();
        foreach (WeightsChoice weights in (WeightsChoice[])[WeightsChoice.Last, WeightsChoice.Best])
        {
            string message = Assert.Throws<UserException>(
                () => TrainedModel.Open(_run.Path, device, 4, weights: weights)).Message;
            Assert.StartsWith($"{_run.Folder.ConfigurationPath}: {difference}", message, StringComparison.Ordinal);
            Assert.Contains("put back", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_weights_of_another_run_are_refused_although_they_fit()
    {
        using var other = new TemporaryRun();
        _run.Execute(TemporaryRun.Small("vae"));
        other.Execute(TemporaryRun.Small("vae") with { Beta = 2 });
        File.Copy(other.Folder.CheckpointPath, _run.Folder.CheckpointPath, overwrite: true);
        using var device = new ReferenceDevice();
        string message = Assert.Throws<UserException>(() => TrainedModel.Open(_run.Path, device, 4)).Message;
        Assert.Contains("beta is 1, and 2 in ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_epochs_may_be_asked_for_than_were_trained()
    {
        _run.Execute(TemporaryRun.Small("vae"));
        _run.Folder.WriteConfiguration(TrainedConfiguration() with { Epochs = 9, CheckpointEvery = "5", Data = "moved" });
        using var device = new ReferenceDevice();
        TrainedModel.Open(_run.Path, device, 4).Dispose();

        RunConfiguration TrainedConfiguration() => _run.Folder.ReadConfiguration();
    }

    /// <summary>Learning gets worse after the first epochs, so that the best weights are not the last.</summary>
    [Fact]
    public void Best_weights_are_read_where_they_are_asked_for_and_after_patience()
    {
        RunConfiguration configuration = TemporaryRun.Small("vae") with
        {
            Epochs = 9,
            Schedule = "steps",
            RateSteps = [new RateStep(3, 2)],
        };
        RunResult result = _run.Execute(configuration);
        int best = result.Best!.Epoch;
        Assert.True(best < 9);
        using var device = new ReferenceDevice();
        Check(WeightsChoice.Auto, WeightsChoice.Last, 9);
        Check(WeightsChoice.Last, WeightsChoice.Last, 9);
        Check(WeightsChoice.Best, WeightsChoice.Best, best);

        _run.Folder.WriteConfiguration(configuration with { Patience = 9 });
        Check(WeightsChoice.Auto, WeightsChoice.Best, best);
        Check(WeightsChoice.Last, WeightsChoice.Last, 9);
        File.Delete(_run.Folder.BestPath);
        Check(WeightsChoice.Auto, WeightsChoice.Last, 9);
        string message = Assert.Throws<UserException>(
            () => TrainedModel.Open(_run.Path, device, 4, weights: WeightsChoice.Best)).Message;
        Assert.EndsWith("best.safetensors: there are no best weights; take --weights last", message, StringComparison.Ordinal);

        void Check(WeightsChoice asked, WeightsChoice read, int epoch)
        {
            using var trained = TrainedModel.Open(_run.Path, device, capacity: 4, weights: asked);
            Assert.Equal((read, epoch), (trained.Weights, trained.Epoch));
            SafetensorsFile file = Safetensors.Read(
                read == WeightsChoice.Best ? _run.Folder.BestPath : _run.Folder.CheckpointPath);
            Parameter parameter = trained.Model.Parameters.Parameters[0];
            var values = new float[parameter.Value.Length];
            device.Download<float>(parameter.Value, values);
            Assert.Equal(file.Tensors.Single(tensor => tensor.Name == parameter.Shape.Name).Values, values);
        }
    }

    [Fact]
    public void Without_a_checkpoint_the_best_weights_are_read_and_the_reason_is_true()
    {
        RunResult result = _run.Execute(TemporaryRun.Small("vae"));
        using var device = new ReferenceDevice();
        File.Delete(_run.Folder.CheckpointPath);
        using (var trained = TrainedModel.Open(_run.Path, device, capacity: 4))
            Assert.Equal((WeightsChoice.Best, result.Best!.Epoch), (trained.Weights, trained.Epoch));
        string Refused(WeightsChoice weights) =>
            Assert.Throws<UserException>(() => TrainedModel.Open(_run.Path, device, 4, weights: weights)).Message;
        Assert.EndsWith("checkpoint.safetensors: is not there; take --weights best, or give another run", Refused(WeightsChoice.Last), StringComparison.Ordinal);
        File.Delete(_run.Folder.BestPath);
        Assert.EndsWith("holds no checkpoint: its weights were taken away; give another run", Refused(WeightsChoice.Auto), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_run_is_refused()
    {
        AssertRefused("no such folder", "missing");
        using var folder = new TemporaryFolder();
        AssertRefused("there is no config.json in it", folder.FullPath);
        File.WriteAllText(folder.File("notes.txt"), "no run");
        AssertRefused("is a file", folder.File("notes.txt"));
    }

    [Fact]
    public void A_run_without_a_checkpoint_is_refused()
    {
        RunConfiguration configuration = TemporaryRun.Small("vae");
        RunFolder.Create(_run.Path, "vae", "small", configuration.WriteJson);
        AssertRefused("holds no checkpoint");
    }

    [Fact]
    public void A_damaged_checkpoint_is_refused()
    {
        _run.Execute(TemporaryRun.Small("vae"));
        string path = _run.Folder.CheckpointPath;
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^1]);
        AssertRefused("truncated");
        File.WriteAllBytes(path, []);
        AssertRefused("truncated");
    }

    [Theory]
    [InlineData("shape", "encoder.0.weight has the shape")]
    [InlineData("missing", "there is no tensor decoder.1.bias")]
    [InlineData("strange", "the model has no tensor decoder.2.bias")]
    [InlineData("infinite", "not finite at position 3")]
    [InlineData("no size", "image_width of the metadata is no size")]
    [InlineData("huge", "images of 2000000000×5 pixels are over the limit")]
    [InlineData("large", "of images of 100000000×")]
    public void Tensors_that_do_not_fit_the_configuration_are_refused(string damage, string said)
    {
        _run.Execute(TemporaryRun.Small("vae"));
        string path = _run.Folder.CheckpointPath;
        SafetensorsFile file = Safetensors.Read(path);
        var metadata = new Dictionary<string, string>(file.Metadata);
        List<NamedTensor> tensors = [.. file.Tensors];
        int first = tensors.FindIndex(tensor => tensor.Name == "encoder.0.weight");
        switch (damage)
        {
            case "shape":
                tensors[first] = new NamedTensor("encoder.0.weight", [3, 5], new float[15]);
                break;
            case "missing":
                tensors.RemoveAll(tensor => tensor.Name == "decoder.1.bias");
                break;
            case "strange":
                tensors.Add(new NamedTensor("decoder.2.bias", [1], [1]));
                break;
            case "infinite":
                tensors[first].Values[3] = float.NaN;
                break;
            case "huge":
                metadata["image_height"] = "2000000000";
                break;
            case "large":
                metadata["image_height"] = "100000000";
                break;
            default:
                metadata["image_width"] = "five";
                break;
        }
        Checksums.Add(tensors, metadata);
        Safetensors.Write(path, tensors, metadata);
        AssertRefused(said);
    }

    [Fact]
    public void Images_of_another_size_are_refused_by_their_name()
    {
        _run.Execute(TemporaryRun.Small("ae"));
        using var device = new ReferenceDevice();
        using var trained = TrainedModel.Open(_run.Path, device, capacity: 4);
        trained.RequireShape(TemporaryRun.Data.Test, "small");
        var turned = new ImageSet(new byte[15], null, SmallModels.Width, SmallModels.Height);
        string message = Assert.Throws<UserException>(() => trained.RequireShape(turned, "turned")).Message;
        Assert.StartsWith("turned: images of 5×3 pixels", message, StringComparison.Ordinal);
        Assert.Contains("trained on images of 3×5 pixels", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_run_is_the_one_whose_checkpoint_was_written_last()
    {
        using var root = new TemporaryFolder();
        Assert.Contains("holds no trained run", NewestFault(root.FullPath), StringComparison.Ordinal);
        Assert.Contains("holds no trained run", NewestFault(root.File("missing")), StringComparison.Ordinal);
        DateTime now = DateTime.UtcNow;
        foreach ((string name, int age) in (IEnumerable<(string, int)>)[("a", 3), ("b", 1), ("c", 2), ("d", 0)])
        {
            Directory.CreateDirectory(root.File(name));
            File.WriteAllText(root.File($"{name}/config.json"), "{}");
            if (name == "d")
                continue;
            File.WriteAllText(root.File($"{name}/checkpoint.safetensors"), "");
            File.SetLastWriteTimeUtc(root.File($"{name}/checkpoint.safetensors"), now.AddMinutes(-age));
        }
        Assert.Equal(root.File("b"), RunFolder.Newest(root.FullPath));
    }

    public void Dispose() => _run.Dispose();

    private static string NewestFault(string root) =>
        Assert.Throws<UserException>(() => RunFolder.Newest(root)).Message;

    private void AssertRefused(string said, string? path = null)
    {
        using var device = new ReferenceDevice();
        string message = Assert.Throws<UserException>(() => TrainedModel.Open(path ?? _run.Path, device, 4)).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains(path ?? _run.Path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
