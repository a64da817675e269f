using System.Globalization;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>A run on a table with named columns, and other tables that go through its pipeline.</summary>
public sealed class PipelineVerbTests(TableRun table) : IClassFixture<TableRun>
{
    [Fact]
    public void Columns_in_another_order_have_the_same_scores()
    {
        File.WriteAllLines(table.In("turned.csv"), TableRun.Rows(8, offset: 40, turned: true));
        File.WriteAllLines(table.In("same.csv"), TableRun.Rows(8, offset: 40));
        Assert.Equal(Scores("same.csv"), Scores("turned.csv"));

        File.WriteAllLines(table.In("other.csv"), ["time,pressure", "1,2", "3,4"]);
        Outcome outcome = table.Run("detect run --data other.csv");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("lacks 1 column that the run was trained on: heat", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Decoded_generated_and_reconstructed_rows_are_in_the_units_of_the_table()
    {
        Assert.Equal(0, table.Run("encode run --set train --out codes.csv").ExitCode);
        Assert.Equal(0, table.Run("decode codes.csv run --out decoded.csv").ExitCode);
        Assert.Equal(0, table.Run("reconstruct run --count 5 --out rebuilt.csv").ExitCode);
        foreach ((string file, string header) in ((string, string)[])[("decoded.csv", "time,heat"), ("rebuilt.csv", "row,time,heat")])
        {
            string[] lines = File.ReadAllLines(table.In(file));
            Assert.Equal(header, lines[0]);
            Assert.All(lines[1..], line => Assert.InRange(
                double.Parse(line.Split(',')[^2], CultureInfo.InvariantCulture), 1.6999e9, 1.7001e9));
        }
    }

    [Fact]
    public void The_runs_own_data_are_found_from_another_folder_and_checked()
    {
        string elsewhere = Directory.CreateDirectory(table.In("elsewhere")).FullName;
        File.WriteAllLines(Path.Combine(elsewhere, "table.csv"), TableRun.Rows(50, offset: 7));
        Outcome here = table.Run("detect run --out a.csv");
        Outcome there = Runner.Run(elsewhere, "detect", "../run", "--out", "b.csv", "--device", "cpu");
        Assert.Equal((0, 0), (here.ExitCode, there.ExitCode));
        Assert.Equal(File.ReadAllText(table.In("a.csv")), File.ReadAllText(Path.Combine(elsewhere, "b.csv")));

        Outcome resumed = Runner.Run(elsewhere, "train", "--resume", "../run", "--epochs", "4", "--device", "cpu");
        Assert.True(resumed.ExitCode == 0, resumed.Error);

        using var moved = new TableRun();
        File.WriteAllLines(moved.In("table.csv"), TableRun.Rows(50, offset: 7));
        Outcome changed = moved.Run("detect run");
        Assert.Equal(1, changed.ExitCode);
        Assert.Contains("not the data that", changed.Error, StringComparison.Ordinal);
        Assert.Contains("others with --data", changed.Error, StringComparison.Ordinal);

        // The threshold alone needs them.
        File.WriteAllLines(moved.In("new.csv"), TableRun.Rows(5));
        Assert.Contains(
            "or a fixed threshold", moved.Run("detect run --data new.csv --threshold-quantile 0.9").Error, StringComparison.Ordinal);
        Assert.Contains(
            "without them give --threshold X", moved.Run("detect run --data new.csv --score reconstruction").Error, StringComparison.Ordinal);
        Assert.Equal(0, moved.Run("detect run --data new.csv --threshold 5").ExitCode);
        Assert.Equal(0, moved.Run("detect run --data new.csv").ExitCode);
    }

    [Fact]
    public void A_row_with_a_missing_cell_is_an_anomaly_to_detect_and_refused_by_the_others()
    {
        File.WriteAllLines(table.In("hole.csv"), ["time,heat", "1700000000,20", "1700000001,"]);
        Outcome outcome = table.Run("detect run --data hole.csv --out holes.csv");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("anomalies by definition", outcome.Error, StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(table.In("holes.csv"));
        Assert.Equal("row,score,anomaly,probability,part of time,part of heat", lines[0]);
        Assert.StartsWith("2,", lines[1], StringComparison.Ordinal);
        Assert.Equal("3,inf,1,1,0,inf", lines[2]);

        Outcome encoded = table.Run("encode run --data hole.csv");
        Assert.Equal(1, encoded.ExitCode);
        Assert.Contains("row 3, column 2 (heat); fill them, or train with --missing mean", encoded.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_that_does_not_fit_the_numbers_is_an_anomaly()
    {
        string[] colours = ["red", "green", "blue"];
        IEnumerable<string> Cars(int count, int turn) => Enumerable.Range(0, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{i % 3},{colours[(i + turn) % 3]},{Math.Sin(i):F3}"))
            .Prepend("size,colour,noise");
        File.WriteAllLines(table.In("cars.csv"), Cars(150, 0));
        File.WriteAllLines(table.In("right.csv"), Cars(30, 0));
        File.WriteAllLines(table.In("wrong.csv"), Cars(30, 1));
        Outcome trained = table.Run(
            "train --data cars.csv --categorical auto --preset anomaly --out cars");
        Assert.True(trained.ExitCode == 0, trained.Error);
        double Score(string file)
        {
            Outcome outcome = table.Run($"detect cars --data {file} --out cars.scores.csv");
            Assert.True(outcome.ExitCode == 0, outcome.Error);
            return File.ReadLines(table.In("cars.scores.csv")).Skip(1)
                .Average(line => double.Parse(line.Split(',')[1], CultureInfo.InvariantCulture));
        }

        Assert.True(Score("wrong.csv") > 3 * Score("right.csv"));
        Assert.Equal(0, table.Run("reconstruct cars --data right.csv --out cars.rebuilt.csv").ExitCode);
        string[] rebuilt = File.ReadAllLines(table.In("cars.rebuilt.csv"));
        Assert.Equal("row,size,colour,noise", rebuilt[0]);
        Assert.Equal(colours, rebuilt[1..4].Select(line => line.Split(',')[2]));
    }

    [Fact]
    public void Sigma_is_for_tables_without_naming_the_likelihood()
    {
        Outcome outcome = table.Run(
            "train --data table.csv --scale standard --sigma learned --hidden none --latent 1 --epochs 1 --out sigma");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("\"likelihood\": \"gaussian\"", File.ReadAllText(table.In("sigma/config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_table_is_seen_until_there_were_enough_steps()
    {
        Outcome outcome = table.Run("train --data table.csv --preset anomaly --scale standard --batch 9 --hidden 8 --latent 1 --out long");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("note: 45 rows are few: 400 epochs make 2,000 steps, measured every 40 epochs", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(10, File.ReadAllLines(table.In("long/metrics.jsonl")).Length);
    }

    [Theory]
    [InlineData("class", "a,b,class")]
    [InlineData("last", "a,b,class")]
    [InlineData("last", null)]
    public void New_rows_may_lack_the_labels_or_have_anomalies_only(string labelColumn, string? header)
    {
        IEnumerable<string> rows = Enumerable.Range(0, 30).Select(
            i => string.Create(CultureInfo.InvariantCulture, $"{Math.Sin(i):F3},{Math.Cos(i):F3},{(i % 10 == 9 ? "odd" : "good")}"));
        string name = $"labelled-{labelColumn}{(header is null ? "-bare" : "")}";
        File.WriteAllLines(table.In($"{name}.csv"), header is null ? rows : rows.Prepend(header));
        Outcome trained = table.Run(
            $"train --data {name}.csv --label-column {labelColumn} --train-labels good --preset anomaly --hidden 4 --latent 1 " +
            $"--epochs 1 --out {name}");
        Assert.True(trained.ExitCode == 0, trained.Error);

        string[] bare = ["0.1,0.9", "5,5"], odd = ["0.1,0.9,odd", "5,5,odd"];
        File.WriteAllLines(table.In("bare.csv"), header is null ? bare : bare.Prepend("a,b"));
        Outcome outcome = table.Run($"detect {name} --data bare.csv --out bare-scores.csv");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.StartsWith("row,score,anomaly,probability,", File.ReadLines(table.In("bare-scores.csv")).First(), StringComparison.Ordinal);

        File.WriteAllLines(table.In("odd.csv"), header is null ? odd : odd.Prepend(header));
        outcome = table.Run($"detect {name} --data odd.csv --out odd-scores.csv");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("no example is of the classes that the run was trained on (good)", outcome.Error, StringComparison.Ordinal);
        string[] scores = File.ReadAllLines(table.In("odd-scores.csv"));
        Assert.StartsWith("row,label,score,anomaly,probability,", scores[0], StringComparison.Ordinal);
        Assert.Contains(",odd,", scores[1], StringComparison.Ordinal);
    }

    private string[] Scores(string file)
    {
        Outcome outcome = table.Run($"detect run --data {file} --out scores.csv");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return File.ReadAllLines(table.In("scores.csv"));
    }
}

/// <summary>A small autoencoder on 50 rows of a time in seconds since 1970 and a temperature.</summary>
public sealed class TableRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Trains it.</summary>
    public TableRun()
    {
        File.WriteAllLines(In("table.csv"), Rows(50));
        Outcome outcome = Run("train --data table.csv --preset anomaly --scale standard --hidden 8 --latent 1 --epochs 3 --out run");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    /// <summary>A path in the folder.</summary>
    public string In(string path) => _folder.File(path);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Runs the program in the folder, on the CPU.</summary>
    internal Outcome Run(string line) => Runner.Run(_folder.FullPath, [.. line.Split(' '), "--device", "cpu"]);

    /// <summary>The lines of a table: seconds, one after the other, and heat that follows them.</summary>
    internal static IEnumerable<string> Rows(int count, int offset = 0, bool turned = false) =>
        Enumerable.Range(offset, count)
            .Select(i => (Time: $"{1_700_000_000L + i}", Heat: string.Create(CultureInfo.InvariantCulture, $"{20 + (0.1 * i)}")))
            .Prepend((Time: "time", Heat: "heat"))
            .Select(row => turned ? $"{row.Heat},{row.Time}" : $"{row.Time},{row.Heat}");
}
