using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Detection;

/// <summary>Rows by the names of their columns, columns of words, and missing cells.</summary>
public sealed class DetectorColumnTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_column_too_many_or_too_few_is_named()
    {
        var row = Sensors.Names.ToDictionary(name => name, _ => (ColumnValue)1.0);
        Sensors.Shared.Score(row);
        row.Remove("heat");
        DetectorInputException missing = Assert.Throws<DetectorInputException>(() => Sensors.Shared.Score(row));
        Assert.Equal((InputFault.MissingColumn, "heat"), (missing.Fault, missing.Column));
        row["Heat"] = 1;
        DetectorInputException other = Assert.Throws<DetectorInputException>(() => Sensors.Shared.Verdict(row));
        Assert.Equal((InputFault.MissingColumn, "heat"), (other.Fault, other.Column));
        Assert.Contains("one called Heat", other.Message, StringComparison.Ordinal);
        row["heat"] = 1;
        DetectorInputException extra = Assert.Throws<DetectorInputException>(() => Sensors.Shared.Explain(row));
        Assert.Equal((InputFault.ExtraColumn, "Heat"), (extra.Fault, extra.Column));
    }

    [Fact]
    public void Text_in_a_column_of_numbers_is_refused_unless_it_is_a_cell_with_one()
    {
        var row = Sensors.Names.ToDictionary(name => name, _ => (ColumnValue)1.0);
        double expected = Sensors.Shared.Score(row);
        row["load"] = ColumnValue.FromCell(" 1.0 ");
        Assert.Equal(expected, Sensors.Shared.Score(row));
        row["load"] = ColumnValue.FromCell("NA");
        Assert.Equal("load", Sensors.Shared.Verdict(row).ImpossibleColumn);
        row["load"] = ColumnValue.FromCell("-inf");
        Assert.Equal("load", Sensors.Shared.Verdict(row).ImpossibleColumn);
        row["load"] = ColumnValue.Missing;
        Assert.Equal(double.PositiveInfinity, Sensors.Shared.Score(row));
        foreach (ColumnValue text in (ColumnValue[])["1.0", ColumnValue.FromCell("high"), ""])
        {
            row["load"] = text;
            DetectorInputException fault = Assert.Throws<DetectorInputException>(() => Sensors.Shared.Score(row));
            Assert.Equal((InputFault.WrongKind, "load"), (fault.Fault, fault.Column));
        }
    }

    [Theory]
    [InlineData("mean", true)]
    [InlineData("median", false)]
    public void Words_and_missing_cells_score_as_the_rows_of_the_table_do(string missing, bool masks)
    {
        string path = WriteTable();
        AnomalyOptions options = Sensors.Options(epochs: 3);
        options = options with
        {
            Configuration = options.Configuration with { Missing = missing, MaskMissing = masks, Categorical = ["auto"] },
        };
        using AnomalyDetector detector = AnomalyDetector.Train(path, options, cancellation: Token);
        Assert.Equal(["speed", "colour", "doors"], detector.Columns.Select(column => column.Name));
        Assert.Equal([false, true, true], detector.Columns.Select(column => column.IsOfWords));
        Assert.Equal([true, false, true], detector.Columns.Select(column => column.TakesMissing));

        // The same rows, read as a table and given by name.
        ImageSet read = Datasets.Open(new DataSettings { Data = path, Categorical = ["auto"], Whole = true, KeepsImpossible = true }).Train;
        string[][] cells = [.. File.ReadLines(path).Skip(1).Select(line => line.Split(','))];
        string[] names = ["speed", "colour", "doors"];
        Dictionary<string, ColumnValue>[] rows =
            [.. cells.Select(row => row.Index().Reverse().ToDictionary(cell => names[cell.Index], cell => ColumnValue.FromCell(cell.Item)))];
        double[] scores = detector.ScoreMany(rows, Token);
        Assert.All(scores, score => Assert.True(double.IsFinite(score)));
        Assert.Equal(Sensors.Bits(scores), Sensors.Bits(rows.Select(row => detector.Score(row))));
        ImageSet prepared = detector.Configuration.CreatePipeline().Apply(path, Raw(path), keepsImpossible: true);
        Assert.Equal(Sensors.Bits(scores), Sensors.Bits(detector.ScorePrepared(prepared, Token)));
        Assert.Equal(Sensors.Bits(scores), Sensors.Bits(detector.ScoreMany(Raw(path), Token)));
        Assert.Equal(read.Count, scores.Length);

        // One contribution for a column, whatever the model has of it.
        AnomalyExplanation explained = detector.Explain(rows[3]);
        Assert.Equal(3, explained.Columns.Count);
        Assert.Equal(explained.Verdict.Score, explained.Columns.Sum(column => column.Contribution), explained.Verdict.Score * 1e-5);
        Assert.Equal("red", explained.Columns[1].Given.ToString());
        Assert.Contains(explained.Columns[1].Expected.Text, (string[])["red", "blue"]);
    }

    [Fact]
    public void A_new_word_is_strange_and_a_missing_one_impossible_where_training_had_none()
    {
        AnomalyOptions options = Sensors.Options(epochs: 200);
        options = options with
        {
            Configuration = options.Configuration with { Missing = "mean", Categorical = ["auto"] },
        };
        using AnomalyDetector detector = AnomalyDetector.Train(WriteTable(), options, cancellation: Token);
        var row = new Dictionary<string, ColumnValue> { ["speed"] = 2.5, ["colour"] = "red", ["doors"] = "two" };
        double normal = detector.Score(row);
        row["colour"] = "mauve";
        AnomalyExplanation strange = detector.Explain(row);
        Assert.True(strange.Verdict.Score > normal + 1);
        Assert.Equal("colour", strange.Largest(1)[0].Name);
        foreach (ColumnValue nothing in (ColumnValue[])[ColumnValue.Missing, (string?)null, "", ColumnValue.FromCell("NA"), double.NaN])
        {
            row["colour"] = nothing;
            Assert.Equal("colour", detector.Verdict(row).ImpossibleColumn);
        }
        row["colour"] = "red";
        row["doors"] = ColumnValue.Missing;
        Assert.True(double.IsFinite(detector.Score(row)));
        DetectorInputException fault = Assert.Throws<DetectorInputException>(() => detector.Score([1f, 2f, 3f]));
        Assert.Equal((InputFault.WrongForm, "colour"), (fault.Fault, fault.Column));
    }

    [Fact]
    public void Columns_of_a_read_table_are_found_by_name_or_refused()
    {
        float[] row = Sensors.Rows(1, seed: 2)[0];
        ImageSet reversed = new([.. row.Reverse()], null, 1, 6) { ColumnNames = [.. Sensors.Names.Reverse()] };
        Assert.Equal([Sensors.Shared.Score(row)], Sensors.Shared.ScoreMany(reversed, Token));
        ImageSet other = new([.. row], null, 1, 6) { ColumnNames = ["a", .. Sensors.Names.Skip(1)] };
        Assert.Equal(InputFault.MissingColumn, Assert.Throws<DetectorInputException>(() => Sensors.Shared.ScoreMany(other, Token)).Fault);
        ImageSet extra = new([.. row, 1], null, 1, 7) { ColumnNames = [.. Sensors.Names, "id"] };
        Assert.Equal("id", Assert.Throws<DetectorInputException>(() => Sensors.Shared.ScoreMany(extra, Token)).Column);
        ImageSet few = new([1f, 2f], null, 1, 2);
        Assert.Equal(InputFault.WrongLength, Assert.Throws<DetectorInputException>(() => Sensors.Shared.ScoreMany(few, Token)).Fault);
        ImageSet shaped = new([.. row], null, 2, 3);
        Assert.Equal(InputFault.WrongLength, Assert.Throws<DetectorInputException>(() => Sensors.Shared.ScoreMany(shaped, Token)).Fault);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The table as a reader gives it.</summary>
    private static ImageSet Raw(string path) =>
        CsvReader.Read(new DataSettings { Data = path, Categorical = ["auto"] });

    private string WriteTable()
    {
        string path = _folder.File("cars.csv");
        var random = new Random(3);
        using var file = new StreamWriter(path);
        file.WriteLine("speed,colour,doors");
        for (int i = 0; i < 120; i++)
        {
            bool fast = random.Next(2) == 0;
            string speed = i % 10 == 9 ? "" : FormattableString.Invariant($"{(fast ? 2 : 1) + random.NextDouble():F3}");
            file.WriteLine($"{speed},{(fast ? "red" : "blue")},{(i % 12 == 11 ? "" : fast ? "two" : "four")}");
        }
        return path;
    }
}
