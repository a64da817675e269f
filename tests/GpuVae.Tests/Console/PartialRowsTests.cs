using System.Globalization;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Rows that lack something, or have too much of it: a label, a logarithm, a finite number.</summary>
public sealed class PartialRowsTests : IDisposable
{
    private const string Small = "--hidden 4 --latent 1 --epochs 1 --preset anomaly";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Rows_without_a_label_are_used_where_none_is_needed_and_counted()
    {
        Put("all.csv", "a,b,kind", Rows(40, row => row % 10 == 3 ? "" : row % 2 == 0 ? "good" : "odd"));
        Outcome trained = Run($"train --data all.csv --label-column kind --hold-out 0.5 {Small} --out run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("note: all.csv: 4 of 40 examples have no label: they are used all the same", trained.Error, StringComparison.Ordinal);
        Assert.Contains("20 rows to train on", trained.Output, StringComparison.Ordinal);

        Outcome chosen = Run($"train --data all.csv --label-column kind --train-labels good --hold-out 0.25 {Small} --out good");
        Assert.True(chosen.ExitCode == 0, chosen.Error);
        Assert.Contains("4 of 40 examples have no label: --train-labels leaves them out", chosen.Error, StringComparison.Ordinal);

        // Scored like the others, with an empty label, and no part of what is measured.
        Put("new.csv", "a,b,kind", Rows(10, row => row < 2 ? "" : row < 6 ? "good" : "odd"));
        Outcome detected = Run("detect good --data new.csv --out scores.csv");
        Assert.True(detected.ExitCode == 0, detected.Error);
        Assert.Contains("positive class: anomaly; 2 examples without a label take no part", detected.Output, StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(_folder.File("scores.csv"));
        Assert.Equal("row,label,score,anomaly,probability,part of a,part of b", lines[0]);
        Assert.StartsWith("2,,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("4,good,", lines[3], StringComparison.Ordinal);
        Assert.Equal(8, detected.Output.Split('\n').Where(line => line.Contains("normal  ", StringComparison.Ordinal)
            || line.Contains("anomaly  ", StringComparison.Ordinal)).Sum(line => int.TryParse(line.Split(' ')[^1], out int count) ? count : 0));

        Outcome projected = Run("project run --data new.csv --out plane.png");
        Assert.True(projected.ExitCode == 0, projected.Error);
    }

    [Fact]
    public void Where_no_row_has_a_label_there_are_none()
    {
        Put("all.csv", "a,b,kind", Rows(20, _ => "x"));
        Put("new.csv", "a,b,kind", Rows(5, _ => ""));
        Assert.Equal(0, Run($"train --data all.csv --label-column kind --train-labels x {Small} --out run").ExitCode);
        Outcome outcome = Run("detect run --data new.csv --out scores.csv");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("no example has a label", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("row,score,anomaly,probability,part of a,part of b", File.ReadLines(_folder.File("scores.csv")).First());
    }

    [Fact]
    public void Codes_of_images_without_a_label_take_no_part_in_precision()
    {
        Put("all.csv", "a,b,kind", Rows(40, row => row % 10 == 3 ? "" : row % 2 == 0 ? "good" : "odd"));
        Assert.Equal(0, Run(
            "train --data all.csv --label-column kind --hold-out 0.5 --code binary --objective reconstruction --hidden 4 "
            + "--latent 3 --epochs 1 --out run").ExitCode);
        Outcome outcome = Run("hash run --nearest 2 --out codes.csv");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("4 examples without a label take no part in precision", outcome.Output, StringComparison.Ordinal);
        Assert.StartsWith("row,label,bit_0", File.ReadLines(_folder.File("codes.csv")).First(), StringComparison.Ordinal);
        Assert.Equal(0, Run("search run 0 1 2 3 --count 3").ExitCode);
    }

    [Theory]
    [InlineData("none", "inf")]
    [InlineData("log", "0")]
    [InlineData("log", "")]
    public void What_has_no_probability_is_an_anomaly_to_detect_and_refused_by_train(string scale, string cell)
    {
        Put("all.csv", "a,b", [.. Enumerable.Range(1, 30).Select(i => $"{i % 7 + 1},{i % 5 + 1}")]);
        Outcome trained = Run($"train --data all.csv --scale {scale} --missing mean {Small} --out run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Put("new.csv", "a,b", ["1,2", $"3,{cell}", "2,2"]);
        Outcome outcome = Run("detect run --data new.csv --out scores.csv");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        string[] lines = File.ReadAllLines(_folder.File("scores.csv"));
        if (cell.Length == 0)
        {
            // A missing cell has the mean of its column.
            Assert.DoesNotContain("inf", lines[2], StringComparison.Ordinal);
            return;
        }

        Assert.Equal("3,inf,1,1,0,inf", lines[2]);
        Assert.All((string[])[lines[1], lines[3]], line => Assert.DoesNotContain("inf", line, StringComparison.Ordinal));
        Assert.Contains("note: 1 example has missing cells or numbers that the model gives no probability", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("with a score of inf: row 3", outcome.Error, StringComparison.Ordinal);

        Outcome refused = Run($"train --data new.csv --scale {scale} --missing mean {Small}");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(scale == "log" && cell != "inf" ? "new.csv: row 3, column 2" : "row 3, column 2 (b)", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, Run("encode run --data new.csv").ExitCode);
    }

    [Fact]
    public void Infinite_numbers_of_an_array_are_anomalies_by_their_place_from_zero()
    {
        Put("all.csv", "", [.. Enumerable.Range(1, 30).Select(i => $"{i % 7 + 1},{i % 5 + 1}")]);
        Assert.Equal(0, Run($"train --data all.csv {Small} --out run").ExitCode);
        File.WriteAllBytes(_folder.File("new.npy"), NumpyFiles.Build("<f4", "2, 2", NumpyFiles.Floats(1, 2, float.NegativeInfinity, 2)));
        Outcome outcome = Run("detect run --data new.npy --out scores.csv");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Equal(["example,score,anomaly,probability,part of column 1,part of column 2", "1,inf,1,1,inf,0"], File.ReadAllLines(_folder.File("scores.csv")).Where((_, i) => i != 1));
        Assert.Contains("example 1 (from 0)", outcome.Error, StringComparison.Ordinal);
        Outcome encoded = Run("encode run --data new.npy");
        Assert.Contains("example 1 (from 0), column 1", encoded.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_of_results_begins_with_where_its_examples_stand()
    {
        Put("all.csv", "a,b,row", [.. Enumerable.Range(1, 30).Select(i => i % 4 == 0 ? ",1,1" : $"{i % 7 + 1},{i % 5 + 1},{i % 3}")]);
        Assert.Equal(0, Run($"train --data all.csv --missing drop --hold-out 0.3 {Small} --out run").ExitCode);
        Assert.Equal(0, Run("detect run --out scores.csv").ExitCode);
        Assert.Equal(0, Run("encode run --out codes.csv").ExitCode);
        Assert.Equal(0, Run("reconstruct run --count 100 --out rebuilt.csv").ExitCode);
        Assert.Equal(0, Run("denoise run --out denoised.csv").ExitCode);
        string[] scored = First("scores.csv");
        Assert.Equal("row", scored[0]);
        Assert.All(scored[1..], row => Assert.NotEqual(0, (int.Parse(row, CultureInfo.InvariantCulture) - 1) % 4));
        Assert.Equal(scored, First("codes.csv"));
        // The data have a column of that name.
        Assert.Equal(["row_", .. scored[1..]], First("rebuilt.csv"));
        Assert.Equal(["row_", .. scored[1..]], First("denoised.csv"));
        Assert.Equal(0, Run("decode codes.csv run --out decoded.csv").ExitCode);
        Assert.Equal(
            File.ReadAllLines(_folder.File("rebuilt.csv")).Select(line => line[(line.IndexOf(',', StringComparison.Ordinal) + 1)..]),
            File.ReadAllLines(_folder.File("decoded.csv")));
        // An array counts from 0, and goes on counting.
        File.WriteAllBytes(_folder.File("new.npy"), NumpyFiles.Build("<f4", "3, 3", NumpyFiles.Floats(1, 2, 1, 3, 4, 1, 5, 4, 2)));
        Assert.Equal(0, Run("reconstruct run --data new.npy --first 1 --out array.csv").ExitCode);
        Assert.Equal(["example", "1", "2"], First("array.csv"));
    }

    [Fact]
    public void A_name_with_a_comma_stands_in_quotes()
    {
        Put("all.csv", "\"a, b\",c,d", [.. Enumerable.Range(1, 20).Select(i => $"{i % 7 + 1},{i % 5 + 1},{i % 3}")]);
        foreach (string choice in (string[])["--drop", "--columns"])
        {
            Outcome outcome = Runner.Run(
                _folder.FullPath, [.. $"train --data all.csv {Small} --device cpu --out r{choice}".Split(' '), choice, "\"a, b\""]);
            Assert.True(outcome.ExitCode == 0, outcome.Error);
            Assert.Contains(choice == "--drop" ? "2 numbers each" : "1 number each", outcome.Output, StringComparison.Ordinal);
        }
        string help = string.Join(
            ' ', Runner.Run(_folder.FullPath, "train", "--help").Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("a name with a comma stands in double quotes: '\"a, b\"'", help, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_on_another_scale_are_told_of()
    {
        Put("all.csv", "a,b", [.. Enumerable.Range(1, 30).Select(i => $"0.{i % 7},0.{i % 5}")]);
        Outcome trained = Run($"train --data all.csv {Small} --out run");
        Assert.Equal(0, trained.ExitCode);
        Assert.DoesNotContain("another scale", trained.Error, StringComparison.Ordinal);
        Put("new.csv", "a,b", ["60,100", "200,30"]);
        Outcome far = Run("detect run --data new.csv");
        Assert.Contains("note: the examples go far beyond those of training in 2 of 2 columns that change", far.Error, StringComparison.Ordinal);
        // An anomaly in one of the columns is no other scale.
        Put("new.csv", "a,b", ["60,0.1", "0.2,0.3"]);
        Assert.DoesNotContain("another scale", Run("detect run --data new.csv").Error, StringComparison.Ordinal);

        float[] near = [.. Enumerable.Range(0, 24).Select(i => i % 5 / 5f)], other = [.. near.Select(value => value * 255)];
        File.WriteAllBytes(_folder.File("set.npz"), NumpyFiles.Archive(
            ("x_train.npy", NumpyFiles.Build("<f4", "12, 2", NumpyFiles.Floats(near))),
            ("x_test.npy", NumpyFiles.Build("<f4", "12, 2", NumpyFiles.Floats(other)))));
        Outcome split = Run($"train --data set.npz {Small} --out set");
        Assert.Contains("note: the test examples go far beyond those of training", split.Error, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string[] Rows(int count, Func<int, string> label) =>
    [
        .. Enumerable.Range(0, count).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{Math.Sin(i):F3},{Math.Cos(i):F3},{label(i)}")),
    ];

    private string[] First(string file) =>
        [.. File.ReadAllLines(_folder.File(file)).Select(line => line.Split(',')[0])];

    private void Put(string name, string header, string[] rows) =>
        File.WriteAllLines(_folder.File(name), header.Length == 0 ? rows : [header, .. rows]);

    private Outcome Run(string line) => Runner.Run(_folder.FullPath, [.. line.Split(' '), "--device", "cpu"]);
}
