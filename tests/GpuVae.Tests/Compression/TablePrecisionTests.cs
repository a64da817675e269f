using System.Globalization;
using GpuVae.Compression;
using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>How exactly a table's columns are kept: each as it is asked for, whatever doubles they hold.</summary>
public sealed class TablePrecisionTests : IClassFixture<TablePrecisionTests.SharedTable>
{
    private readonly TinyTable _tiny;

    /// <summary>Takes the run.</summary>
    public TablePrecisionTests(SharedTable shared) => _tiny = shared.Table;

    [Fact]
    public void A_column_has_a_precision_of_its_own()
    {
        CompressionReport report = _tiny.Compress("own.gvz", 1e-5, With(("size", 0.25), ("count", 4), ("few", 2), ("same", 0.5)));
        string[][] given = TinyTable.Cells(_tiny.Text), restored = _tiny.Restore("own.gvz");
        double[] units = [0.25, 1e-5, 4, 2, 0, 0, 0.5];
        for (int row = 0; row < given.Length; row++)
        {
            Assert.Equal(given[row][4..6], restored[row][4..6]);
            foreach (int column in new[] { 0, 1, 2, 3, 6 })
            {
                double number = Number(given[row][column]), kept = Number(restored[row][column]);
                Assert.InRange(Math.Abs(number - kept), 0, units[column] * 0.500001);
                Assert.Equal(Math.Round(kept / units[column]), kept / units[column], 6);
            }
        }
        CompressedTable table = CompressedFile.Open(_tiny.In("own.gvz")).Table!;
        // A half more makes 4.5 no other number.
        Assert.Equal([0.25, 1e-5, 4, 2, 0, 0, 0], table.Precisions);
        Assert.Equal((3, 4, 2, "count"), (table.ExactColumns, table.Precision, table.LargestError, table.WorstColumn));
        Assert.Equal(table.Precisions, report.Table!.Precisions);
    }

    [Fact]
    public void Columns_that_have_a_precision_need_none_of_all()
    {
        _tiny.Compress("each.gvz", null, With(("size", 1e-5), ("depth", 1e-7)));
        Assert.Equal(0, CompressedFile.Open(_tiny.In("each.gvz")).Table!.LargestError);
        // A tenth of whole numbers is no reason to tell ten times as many apart.
        Assert.Equal(
            _tiny.Compress("whole.gvz", 1e-7).DataBytes, _tiny.Compress("tenth.gvz", 1e-7, With(("count", 0.1))).DataBytes);
    }

    [Fact]
    public void Precisions_of_other_columns_and_of_words_are_refused()
    {
        Assert.Equal(
            "the table: a precision is given for column sizes, and there is none of that name; there is size, depth, count, few, far, colour, same",
            Refusal(1e-3, ("sizes", 1)));
        Assert.Equal("the table: column colour has words, which are kept as they are; give it no precision", Refusal(1e-3, ("colour", 1)));
        Assert.Contains("--precision size=1e-13 would do", Refusal(1e-3, ("size", 1e-15)), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => _tiny.Compress("no.gvz", 1e-3, With(("size", 0))));
        Assert.Throws<ArgumentOutOfRangeException>(() => _tiny.Compress("no.gvz", 1e-3, With(("size", double.NaN))));
    }

    [Fact]
    public void Numbers_as_far_apart_as_doubles_go_come_back()
    {
        string text = string.Concat("a,b\n", string.Concat(Enumerable.Range(0, 60).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{(row - 29.7) * 5.9e306:R},{row * 1.7e-310:R}\n"))));
        foreach (string scale in new[] { "standard", "robust" })
        {
            using var tiny = new TinyTable(text, TinyTable.Gaussian with { Scale = scale });
            UserException refusal = Assert.Throws<UserException>(() => tiny.Compress("no.gvz", null));
            Assert.Contains("has numbers from -1.7523E+308 to 1.7287E+308; say with --precision how exactly they are kept: a=1e295 is the finest", refusal.Message, StringComparison.Ordinal);
            refusal = Assert.Throws<UserException>(() => tiny.Compress("no.gvz", 1.1e308));
            Assert.Contains("the next multiple of 1.1E+308 is no number; --precision a=1e295 would do", refusal.Message, StringComparison.Ordinal);
            tiny.Compress("far.gvz", null, With(("a", 1e300), ("b", 1e-310)));
            string[][] given = TinyTable.Cells(text), restored = tiny.Restore("far.gvz");
            for (int row = 0; row < given.Length; row++)
            {
                Assert.InRange(Math.Abs(Number(given[row][0]) - Number(restored[row][0])), 0, 0.51e300);
                Assert.InRange(Math.Abs(Number(given[row][1]) - Number(restored[row][1])), 0, 0.51e-310);
            }
        }
    }

    /// <summary>As runs of before have it whose columns were further apart than squares of doubles go.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void A_column_that_the_run_scales_away_is_refused(double factor)
    {
        var table = new ImageSet([1.5, 2, 3.25, 4], null, 1, 2) { ColumnNames = ["a", "b"] };
        var pipeline = new Pipeline { ColumnNames = ["a", "b"], Scaling = new Scaling("standard", [0, 0], [1, factor]) };
        var columns = new TableColumns("the table", table, pipeline, 0.25, new Dictionary<string, double>());
        Assert.Contains("the run takes column b times", Assert.Throws<UserException>(columns.Fit).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Marks_and_rests_are_no_numbers_of_the_table()
    {
        string text = string.Concat("a,b\n", string.Concat(Enumerable.Range(0, 60).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{(row % 5 == 0 ? "" : $"{row * 1234567}")},{row * 9876543}\n"))));
        using var tiny = new TinyTable(text, TinyTable.Gaussian with { Missing = "mean", MaskMissing = true });
        CompressionReport report = tiny.Compress("m.gvz");
        Assert.Equal(2, report.Dimensions);
        Assert.Equal(8.0 * report.DataBytes / (2 * 60), report.BitsPerDimension, 9);
    }

    private static CompressionOptions With(params (string Column, double Precision)[] own) =>
        new() { ColumnPrecisions = own.ToDictionary(column => column.Column, column => column.Precision) };

    private string Refusal(double? precision, params (string Column, double Precision)[] own) =>
        Assert.Throws<UserException>(() => _tiny.Compress("no.gvz", precision, With(own))).Message;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A run of its own kind of each column.</summary>
    public sealed class SharedTable : IDisposable
    {
        /// <summary>The run.</summary>
        internal TinyTable Table { get; } = new(TinyTable.Mixed, TinyTable.Gaussian);

        /// <inheritdoc/>
        public void Dispose() => Table.Dispose();
    }
}
