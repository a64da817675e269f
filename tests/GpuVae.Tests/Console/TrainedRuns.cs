using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>
/// Tiny runs for the verbs to work on: <c>vae</c> with three units and <c>ae</c> with two, and in <c>other</c> images of
/// another shape.
/// </summary>
public sealed class TrainedRuns : IDisposable
{
    private readonly Workplace _workplace = new();

    /// <summary>Trains them.</summary>
    public TrainedRuns()
    {
        Train("vae", "3");
        Train("ae", "2");
        Directory.CreateDirectory(In("other"));
        _workplace.Put("other/train-images-idx3-ubyte", IdxFiles.BuildImages(4, 5, 6));
        _workplace.Put("other/t10k-images-idx3-ubyte", IdxFiles.BuildImages(4, 5, 6));
    }

    /// <summary>Where they are.</summary>
    public string Folder => _workplace.Folder;

    /// <summary>A path in the folder.</summary>
    public string In(string path) => _workplace.In(path);

    /// <inheritdoc/>
    public void Dispose() => _workplace.Dispose();

    /// <summary>Trains another.</summary>
    public void Train(string preset, string units, string? folder = null)
    {
        Outcome outcome = Runner.Run(
            Folder,
            "train", "--data", "tiny", "--device", "cpu", "--preset", preset, "--hidden", "8", "--latent", units,
            "--epochs", "2", "--batch", "8", "--out", folder ?? preset);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }
}
