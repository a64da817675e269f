using System.Text.Json;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What compress says of tables: what is kept of which column, and what is not.</summary>
public sealed class CompressTableVerbTests : IClassFixture<CompressTableVerbTests.Cars>
{
    private readonly Cars _cars;

    /// <summary>Takes the run.</summary>
    public CompressTableVerbTests(Cars cars) => _cars = cars;

    [Theory]
    [InlineData("1e-3", "4 of 5 columns exactly, the others to the nearest 0.001: the largest rounding error is 0.0005, in column heat")]
    [InlineData("1e-6", "all 5 columns exactly")]
    [InlineData("1e-3,heat=0.1", "4 of 5 columns exactly, the others to the nearest 0.1: the largest rounding error is 0.0235, in column heat")]
    [InlineData("1e-3,torque=0.5,n=2", "2 of 5 columns exactly, heat to the nearest 0.001, torque to 0.5, n to 2: the largest rounding error is 1, in column n")]
    [InlineData("1-2=0.5", "3 of 5 columns exactly, the others to the nearest 0.5: the largest rounding error is 0.25, in column torque")]
    [InlineData("heat=1e9,torque=1", "3 of 5 columns exactly, heat to the nearest 1e9, torque to 1: the largest rounding error is 39.1235, in column heat")]
    [InlineData("\"heat\"=1e-4, torque = 0.25", "all 5 columns exactly")]
    public void Each_column_is_rounded_as_it_is_said(string precision, string kept)
    {
        Outcome outcome = Run("compress", "run", "--data", "cars.csv", "--precision", precision, "--out", "x.gvz", "--json", "x.json");
        Assert.Contains($"\nkept: {kept}\nnot kept: labels, and what the run leaves out by --drop day\n", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("filled", outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"\nrestored: {kept}\n", Run("decompress", "x.gvz", "--out", "x.csv").Output, StringComparison.Ordinal);
        Assert.Equal("heat,torque,n,gap,colour", File.ReadLines(_cars.In("x.csv")).First());
        using var json = JsonDocument.Parse(File.ReadAllText(_cars.In("x.json")));
        Assert.Equal(5 - json.RootElement.GetProperty("exact_columns").GetInt32(), json.RootElement.GetProperty("rounded_columns").GetArrayLength());
    }

    [Theory]
    [InlineData("0,001", "--precision 0,001: two numbers for all columns; write 0.001 with a point, and a column's own as NAME=0.1")]
    [InlineData("1e-3,heat", "--precision 1e-3,heat: two numbers for all columns; write 0.001 with a point, and a column's own as NAME=0.1")]
    [InlineData("1e-3,heat=hot", "--precision heat=hot: not a number such as 0.001 or 1e-3, or a column's own such as heat=0.1")]
    [InlineData("=3", "--precision =3: not a number such as 0.001 or 1e-3, or a column's own such as heat=0.1")]
    [InlineData("1e-3,", "--precision 1e-3,: not a number such as 0.001 or 1e-3, or a column's own such as heat=0.1")]
    [InlineData("heat=-1", "--precision heat=-1: must be a number above 0")]
    [InlineData("1e400", "--precision 1e400: must be a number above 0")]
    [InlineData("heat=1,heat=2", "--precision heat=1,heat=2: column heat has two")]
    [InlineData("\"heat=1", "--precision \"heat=1: a double quote has no end")]
    [InlineData("hot=1", "cars.csv: a precision is given for column hot, and there is none of that name; there is heat, torque, n, gap, colour")]
    [InlineData("6=1", "cars.csv: a precision is given for column 6, and there is none of that name; there is heat, torque, n, gap, colour")]
    [InlineData("colour=1", "cars.csv: column colour has words, which are kept as they are; give it no precision")]
    [InlineData("torque=1", "cars.csv: column heat has real numbers; say with --precision how exactly they are kept: 1e-4 keeps those of its first rows as they are")]
    public void A_precision_that_is_none_is_one_line(string precision, string line)
    {
        Outcome outcome = Runner.Run(_cars.Folder, "compress", "run", "--data", "cars.csv", "--precision", precision, "--out", "no.gvz", "--device", "cpu");
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Equal($"gpuvae: {line}", outcome.ErrorLine);
        Assert.False(File.Exists(_cars.In("no.gvz")));
    }

    [Fact]
    public void Rows_are_no_images_and_one_row_is_many_times_its_bound()
    {
        Outcome outcome = Run("compress", "run", "--data", "cars.csv", "--limit", "1", "--precision", "1e-3", "--out", "one.gvz");
        Assert.Matches("(?m)^  rows +[0-9]+  [0-9.]+ bits a number, [0-9,.]+ times −ELBO$", outcome.Output);
        Run("decompress", "one.gvz");
        Assert.Equal(
            "gpuvae: one.csv: is there already; say with --out where the rows go", Runner.Run(_cars.Folder, "decompress", "one.gvz").ErrorLine);
        Assert.Equal(
            "gpuvae: --blocks 1: one.gvz has one block, 0", Runner.Run(_cars.Folder, "decompress", "one.gvz", "--blocks", "1", "--out", "b.csv").ErrorLine);
        Run("compress", "run", "--data", "cars.csv", "--blocks", "3", "--precision", "1e-3", "--out", "three.gvz");
        byte[] bytes = File.ReadAllBytes(_cars.In("three.gvz"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(_cars.In("hurt.gvz"), bytes);
        Assert.StartsWith(
            "gpuvae: hurt.gvz: block 2 of 3, rows 28 to 39: ", Runner.Run(_cars.Folder, "decompress", "hurt.gvz").ErrorLine, StringComparison.Ordinal);
        Assert.Equal(
            "gpuvae: --blocks 3: three.gvz has blocks 0 to 2", Runner.Run(_cars.Folder, "decompress", "three.gvz", "--blocks", "3", "--out", "b.csv").ErrorLine);
    }

    private Outcome Run(params string[] words)
    {
        Outcome outcome = Runner.Run(_cars.Folder, words[0] == "compress" ? [.. words, "--device", "cpu"] : words);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome;
    }

    /// <summary>A run on a table with a label, a date, a column with holes, and words.</summary>
    public sealed class Cars : IDisposable
    {
        private readonly Workplace _workplace = new();

        /// <summary>Trains it.</summary>
        public Cars()
        {
            File.WriteAllText(
                In("cars.csv"),
                "heat,torque,n,day,gap,colour,label\n" + string.Concat(Enumerable.Range(0, 40).Select(row => FormattableString.Invariant(
                    $"{row}.{(row % 2 == 0 ? "0005" : "1235")},{row * 7 % 31}.25,{row % 11},2024-01-{1 + (row % 28):D2},{(row % 7 == 0 ? "" : $"{row}")},{(row % 3 == 0 ? "red" : "blue")},{row % 2}\n"))));
            Outcome trained = Runner.Run(
                Folder, "train", "--data", "cars.csv", "--device", "cpu", "--categorical", "auto", "--drop", "day", "--missing", "mean", "--mask-missing",
                "--likelihood", "gaussian", "--sigma", "learned", "--scale", "standard", "--latent", "2", "--hidden", "8", "--epochs", "1", "--batch", "8",
                "--pictures", "none", "--out", "run");
            Assert.True(trained.ExitCode == 0, trained.Error);
        }

        /// <summary>Where they are.</summary>
        public string Folder => _workplace.Folder;

        /// <summary>A path in the folder.</summary>
        public string In(string path) => _workplace.In(path);

        /// <inheritdoc/>
        public void Dispose() => _workplace.Dispose();
    }
}
