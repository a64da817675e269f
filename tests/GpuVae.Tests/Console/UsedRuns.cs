using System.Globalization;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>
/// Tiny runs to be used: <c>hash</c>, with codes of five bits; <c>beats</c>, trained on the waves of class <c>n</c> in
/// <c>beats.csv</c>, which has others too; <c>vae</c>, on all of them; <c>noisy</c>, with a corruption.
/// </summary>
public sealed class UsedRuns : IDisposable
{
    private readonly Workplace _workplace = new();

    /// <summary>Trains them.</summary>
    public UsedRuns()
    {
        _workplace.Put("beats.csv", System.Text.Encoding.UTF8.GetBytes(Beats()));
        Train("hash", "--data", "tiny", "--code", "binary", "--objective", "reconstruction", "--latent", "5");
        Train(
            "beats", "--data", "beats.csv", "--label-column", "first", "--train-labels", "n", "--hold-out", "0.4",
            "--preset", "ae", "--latent", "2", "--epochs", "60", "--evaluate-every", "60", "--learning-rate", "1e-2");
        Train("noisy", "--data", "tiny", "--preset", "ae", "--corruption", "gaussian", "--noise", "0.3");
        Train(
            "vae", "--data", "beats.csv", "--label-column", "first", "--likelihood", "gaussian", "--latent", "2",
            "--epochs", "10");
    }

    /// <summary>Where they are.</summary>
    public string Folder => _workplace.Folder;

    /// <summary>A path in the folder.</summary>
    public string In(string path) => _workplace.In(path);

    /// <summary>Every file and folder with a digest of what it holds.</summary>
    public string[] Snapshot() => _workplace.Snapshot();

    /// <inheritdoc/>
    public void Dispose() => _workplace.Dispose();

    /// <summary>Rows of a class and eight numbers: waves of one period for n, with a phase; of two for x and y.</summary>
    private static string Beats()
    {
        IEnumerable<string> rows = Enumerable.Range(0, 60).Select(row =>
        {
            string name = row % 3 < 2 ? "n" : row % 2 == 0 ? "x" : "y";
            double periods = name == "n" ? 1 : 2;
            return name + string.Concat(Enumerable.Range(0, 8).Select(i =>
                string.Create(CultureInfo.InvariantCulture, $",{Math.Sin((i * Math.PI / 4 * periods) + (row * 0.01)):F4}")));
        });
        return string.Join('\n', rows) + "\n";
    }

    private void Train(string run, params string[] options)
    {
        Outcome outcome = Runner.Run(
            Folder, ["train", "--device", "cpu", "--hidden", "8", "--batch", "8", "--out", run, .. options]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }
}
