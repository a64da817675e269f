using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Tiny runs that compress: of pixels of 0 and 1, of bytes, with convolutions; and one that does not.</summary>
public sealed class CompressingRuns : IDisposable
{
    private readonly Workplace _workplace = new();

    /// <summary>Trains them.</summary>
    public CompressingRuns()
    {
        Train("binary", "--binarize", "threshold", "--hidden", "8");
        Train("bytes", "--likelihood", "logistic", "--sigma", "learned", "--hidden", "8", "--activation", "gelu");
        Train("conv", "--likelihood", "beta-binomial", "--network", "conv 4 3/2 norm batch, res, dense 6", "--activation", "elu");
        Train("grey", "--hidden", "8");
        Directory.CreateDirectory(In("folder.gvz"));
        File.WriteAllText(
            In("rows.csv"),
            "\"Größe, m\",n,color,t\n" + string.Concat(Enumerable.Range(0, 40).Select(
                row => FormattableString.Invariant($"{(row * 37 % 40) - 20}.1235,{row % 11},{(row % 3 == 0 ? "red" : "blue")},{2 * row % 8}.5\n"))));
        Outcome rows = Runner.Run(
            Folder, "train", "--data", "rows.csv", "--device", "cpu", "--categorical", "auto", "--likelihood", "gaussian", "--sigma", "learned", "--scale",
            "standard", "--latent", "2", "--hidden", "8", "--epochs", "2", "--batch", "8", "--pictures", "none", "--out", "rows");
        Assert.True(rows.ExitCode == 0, rows.Error);
    }

    /// <summary>Where they are.</summary>
    public string Folder => _workplace.Folder;

    /// <summary>A path in the folder.</summary>
    public string In(string path) => _workplace.In(path);

    /// <inheritdoc/>
    public void Dispose() => _workplace.Dispose();

    private void Train(string name, params string[] options)
    {
        Outcome outcome = Runner.Run(
            Folder,
            ["train", "--data", "tiny", "--device", "cpu", "--latent", "3", "--epochs", "2", "--batch", "8", "--pictures", "none", "--out", name, .. options]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }
}
