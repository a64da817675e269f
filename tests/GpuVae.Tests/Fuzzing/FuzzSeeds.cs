using System.Text.Json;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;

namespace GpuVae.Tests.Fuzzing;

/// <summary>Small whole files of each format.</summary>
internal static class FuzzSeeds
{
    /// <summary>IDX images, among them one of a single pixel.</summary>
    public static byte[][] IdxImages =>
        [IdxFiles.BuildImages(3, 4, 5), IdxFiles.BuildImages(1, 1, 1), IdxFiles.BuildImages(20, 7, 3)];

    /// <summary>IDX labels.</summary>
    public static byte[][] IdxLabels => [IdxFiles.BuildLabels(1), IdxFiles.BuildLabels(30)];

    /// <summary>A model with metadata, empty tensors and a scalar; one of a single tensor; one of none.</summary>
    public static byte[][] Safetensors =>
    [
        Write(
            [
                new("encoder.0.weight", [2, 3], [1f, -2.5f, float.NaN, float.MaxValue, -0f, 3e-7f]),
                new("nothing", [0, 4], []), new("step", [], [7f]), new("größe", [1], [1f]),
            ],
            new() { ["epoch"] = "10", ["configuration"] = "{\"latent\":2}" }),
        Write([new("a", [1], [1f])], []),
        Write([], []),
    ];

    /// <summary>Configurations with every property.</summary>
    public static byte[][] Configurations =>
    [
        Json(new RunConfiguration()),
        Json(RunConfiguration.FromPreset("ae") with { Hidden = [3, 2], Latent = 2, Limit = 5, Data = "ein/Ordner" }),
    ];

    /// <summary>What a run on images of two pixels leaves.</summary>
    public static (byte[] Configuration, byte[] Checkpoint, byte[] Metrics) Run { get; } = Train();

    private static (byte[] Configuration, byte[] Checkpoint, byte[] Metrics) Train()
    {
        var configuration = new RunConfiguration { Hidden = [3], Latent = 2, Epochs = 2, Batch = 2 };
        var images = new ImageSet([0, 200, 90, 255], null, height: 1, width: 2);
        using var folder = new TemporaryFolder();
        using IBackend backend = Device.Open("cpu");
        RunFolder run = RunFolder.Create(folder.File("run"), "vae", "two", configuration.WriteJson);
        TrainingRun.Execute(
            configuration, new Dataset("two", images, images), backend, run.FullPath, new RecordingObserver(),
            CancellationToken.None);
        return (
            File.ReadAllBytes(run.ConfigurationPath), File.ReadAllBytes(run.CheckpointPath),
            File.ReadAllBytes(run.MetricsPath));
    }

    private static byte[] Json(RunConfiguration configuration)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
            configuration.WriteJson(writer);
        return stream.ToArray();
    }

    private static byte[] Write(NamedTensor[] tensors, Dictionary<string, string> metadata)
    {
        string path = Path.GetTempFileName();
        try
        {
            GpuVae.Files.Safetensors.Write(path, tensors, metadata);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
