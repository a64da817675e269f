using System.Text.RegularExpressions;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Whatever option a message of a verb names, the verb has it, or the message says that it belongs to train.</summary>
public sealed partial class AdviceTests(AdviceRuns runs) : IClassFixture<AdviceRuns>
{
    // All verbs read their data in one way; these have the fewest and the most options, and a score.
    [Theory]
    [InlineData("encode table --data short.csv", "lacks 1 column")]
    [InlineData("encode table --data hole.csv", "missing")]
    [InlineData("denoise table --data far.csv", "1E+39")]
    [InlineData("detect table --data words.csv", "no number such as")]
    [InlineData("denoise table --data three.npy", "examples of 3 numbers, and")]
    [InlineData("detect table --data mixed", "pixels, and")]
    [InlineData("encode logs --data zero.csv", "has no logarithm")]
    [InlineData("encode grey --data real.csv", "is for numbers from 0 to 1")]
    [InlineData("encode pictures --data mixed", "pixels, and")]
    [InlineData("detect pictures --data damaged", "is no picture that can be read")]
    [InlineData("denoise pictures --data table.csv", "examples of 2 numbers, and")]
    public void The_options_that_are_named_exist(string line, string cause)
    {
        Outcome outcome = runs.Run(line);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(cause, outcome.Error, StringComparison.Ordinal);
        string verb = line.Split(' ')[0], help = runs.Help(verb);
        foreach (string said in outcome.Error.Split('\n'))
        {
            foreach (Match option in Option().Matches(said))
            {
                Assert.True(
                    help.Contains($"{option.Value} ", StringComparison.Ordinal)
                    || said.Contains("gpuvae train", StringComparison.Ordinal)
                    || said.Contains($"train with {option.Value}", StringComparison.Ordinal)
                    || said.Contains($"train {option.Value}", StringComparison.Ordinal),
                    $"{verb} has no {option.Value}: {said}");
            }
        }
    }

    [GeneratedRegex("(?<![A-Za-z0-9-])--[a-z][a-z-]*[a-z]")]
    private static partial Regex Option();
}

/// <summary>Runs on tables and on pictures, and data that none of them takes.</summary>
public sealed class AdviceRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _help = [];

    /// <summary>Trains them.</summary>
    public AdviceRuns()
    {
        Put("table.csv", ["a,b", .. Enumerable.Range(1, 30).Select(i => $"{i % 7 + 1},{i % 5 + 1}.5")]);
        Put("ones.csv", ["a,b", .. Enumerable.Range(1, 30).Select(i => $"{i % 2},{i % 3 / 2}")]);
        Directory.CreateDirectory(In("photos"));
        for (int i = 0; i < 12; i++)
            Picture($"photos/{i}.png", 6, 5, (byte)(20 * i));
        Train("table", "--data table.csv");
        Train("logs", "--data table.csv --scale log");
        Train("grey", "--data ones.csv --likelihood bernoulli");
        Train("pictures", "--data photos");

        Put("short.csv", ["a,c", "1,2"]);
        Put("hole.csv", ["a,b", "1,", "2,3"]);
        Put("far.csv", ["a,b", "1,1e39", "2,3"]);
        Put("words.csv", ["a,b", "1,x", "2,3"]);
        Put("zero.csv", ["a,b", "1,0", "2,3"]);
        Put("real.csv", ["a,b", "1,0.5", "0,7"]);
        File.WriteAllBytes(In("three.npy"), NumpyFiles.Build("<f4", "1, 3", NumpyFiles.Floats(1, 2, 3)));
        Directory.CreateDirectory(In("mixed"));
        Picture("mixed/one.png", 6, 5, 40);
        Picture("mixed/two.png", 7, 5, 80);
        Directory.CreateDirectory(In("damaged"));
        Picture("damaged/one.png", 6, 5, 40);
        File.WriteAllBytes(In("damaged/two.png"), [1, 2, 3]);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Runs the program in the folder, on the CPU.</summary>
    internal Outcome Run(string line) => Runner.Run(_folder.FullPath, [.. line.Split(' '), "--device", "cpu"]);

    /// <summary>The help of a verb.</summary>
    internal string Help(string verb)
    {
        if (!_help.TryGetValue(verb, out string? help))
            _help[verb] = help = Runner.Run(_folder.FullPath, verb, "--help").Output;
        return help;
    }

    private string In(string path) => _folder.File(path);

    private void Put(string name, string[] rows) => File.WriteAllLines(In(name), rows);

    private void Picture(string name, int height, int width, byte shade)
    {
        var picture = new RasterImage(width, height);
        Array.Fill(picture.Pixels, shade);
        Png.Write(In(name), picture);
    }

    private void Train(string run, string options)
    {
        Outcome outcome = Run($"train {options} --corruption additive --noise 0.1 --hidden 4 --latent 2 --epochs 1 --out {run}");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }
}
