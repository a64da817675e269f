using System.Globalization;
using System.Text;
using GpuVae.CommandLine;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>Runs with reports, in a folder that is gone after the tests: digits of MNIST, some of all kinds of layers, rows, and two to compare.</summary>
public sealed class ReportedRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HashSet<string> _trained = [];

    /// <summary>Makes the data that they have in common.</summary>
    public ReportedRuns()
    {
        Directory.CreateDirectory(In("tiny"));
        File.WriteAllBytes(In("tiny/train-images-idx3-ubyte"), IdxFiles.BuildImages(64, 12, 12));
        File.WriteAllBytes(In("tiny/train-labels-idx1-ubyte"), IdxFiles.BuildLabels(64));
        File.WriteAllBytes(In("tiny/t10k-images-idx3-ubyte"), IdxFiles.BuildImages(40, 12, 12, first: 7));
        File.WriteAllBytes(In("tiny/t10k-labels-idx1-ubyte"), IdxFiles.BuildLabels(40));
        IEnumerable<string> rows = Enumerable.Range(0, 80).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{i % 3},{Math.Sin(i):F3},{10 * Math.Cos(i):F3},{(i % 2 == 0 ? "up" : "down")},{i % 7}"));
        File.WriteAllText(In("table.csv"), $"label,a,b,c,d\n{string.Join('\n', rows)}\n", Encoding.UTF8);
    }

    /// <summary>A path in the folder.</summary>
    public string In(string path) => _folder.File(path);

    /// <summary>A run of digits: the default model, an epoch of some of them.</summary>
    public string Digits() => Report("digits", "--limit", "4000", "--epochs", "3");

    /// <summary>Trains a run once and writes its report.</summary>
    /// <returns>The report.</returns>
    public string Report(string run, params string[] options)
    {
        Chromium.Require();
        string path = Path.Combine(In(run), "report.html");
        if (_trained.Add(run))
        {
            Run(["train", "--device", "cpu", "--out", In(run), .. options]);
            Run(["report", In(run), "--device", "cpu"]);
        }
        return path;
    }

    /// <summary>Runs a command line, which has to succeed.</summary>
    public static void Run(params string[] line)
    {
        TextWriter output = Console.Out, error = Console.Error;
        using var said = new StringWriter();
        Console.SetOut(said);
        Console.SetError(said);
        try
        {
            Assert.True(GpuVaeProgram.Run(line) == 0, $"{string.Join(' ', line)}: {said}");
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
