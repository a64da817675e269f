using System.Globalization;
using GpuVae.Compression;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>Tables: rows come back exactly, or rounded to the precision, on any machine.</summary>
public sealed class TableCompressorTests : IClassFixture<TableCompressorTests.SharedTable>
{
    private readonly TinyTable _tiny;

    /// <summary>Takes the run.</summary>
    public TableCompressorTests(SharedTable shared) => _tiny = shared.Table;

    [Theory]
    [InlineData(1e-7, true)]
    [InlineData(1e-5, false)]
    [InlineData(1e-3, false)]
    [InlineData(0.25, false)]
    [InlineData(0.03, false)]
    [InlineData(10, false)]
    public void Numbers_come_back_rounded_and_whole_ones_few_ones_and_words_as_they_were(double precision, bool isAll)
    {
        CompressionReport report = _tiny.Compress("x.gvz", precision, new CompressionOptions { BlockSize = 50 });
        string[][] given = TinyTable.Cells(_tiny.Text), restored = _tiny.Restore("x.gvz");
        Assert.Equal(given.Length, restored.Length);
        double largest = 0;
        for (int row = 0; row < given.Length; row++)
        {
            for (int column = 0; column < given[row].Length; column++)
            {
                if (column > 1 || isAll)
                {
                    Assert.Equal(column == 5 ? given[row][column] : Text(given[row][column]), restored[row][column]);
                    continue;
                }
                double number = Number(given[row][column]), kept = Number(restored[row][column]);
                largest = Math.Max(largest, Math.Abs(number - kept));
                Assert.Equal(Math.Round(kept / precision), kept / precision, 6);
            }
        }
        Assert.Equal(largest, report.Table!.LargestError);
        Assert.InRange(largest, 0, precision * 0.500001);
        Assert.Equal(isAll ? 7 : precision == 1e-5 ? 6 : 5, report.Table.ExactColumns);
        Assert.Equal(["size", "depth", "count", "few", "far", "colour", "same"], report.Table.ColumnNames);
        Assert.Equal(new FileInfo(_tiny.In("x.gvz")).Length, report.FileBytes);
        Assert.Equal(largest, CompressedFile.Open(_tiny.In("x.gvz")).Table!.LargestError);
    }

    [Theory]
    [InlineData("gaussian", "diagonal", "standard", true)]
    [InlineData("gaussian", "full", "robust", false)]
    [InlineData("laplace", "diagonal", "standard", true)]
    [InlineData("laplace", "diagonal", "min-max", false)]
    [InlineData("laplace", "full", "none", true)]
    public void Any_likelihood_of_numbers_compresses_to_what_it_promises(string likelihood, string code, string scale, bool isLearned)
    {
        using var tiny = new TinyTable(
            Thousand(), TinyTable.Gaussian with { Likelihood = likelihood, Code = code, Scale = scale, SigmaIsLearned = isLearned, Sigma = 0.5 });
        CompressionReport report = tiny.Compress("x.gvz", 1e-3);
        Assert.Equal(TinyTable.Cells(tiny.Text).SelectMany(row => row).Select(Text), tiny.Restore("x.gvz").SelectMany(row => row));
        long paid = report.DataBytes - report.HeaderBytes - report.SuppliedBytes;
        Assert.InRange(8.0 * paid / report.BoundBits, 0.97, 1.03);
    }

    [Fact]
    public void A_model_that_has_learned_a_column_pays_less_for_it()
    {
        using var tiny = new TinyTable(Thousand(), TinyTable.Gaussian with { Epochs = 30, Batch = 50, LearningRate = 0.01, Sigma = 0.3 });
        CompressionReport report = tiny.Compress("x.gvz", 1e-3);
        // A number of the first column among those of N(0, 1) to a thousandth has log₂(1000 √(2πe)) bits.
        Assert.InRange(report.BoundBitsPerDimension, 4, 12.01 - 1);
    }

    [Fact]
    public void Threads_change_no_bit_and_blocks_no_row()
    {
        _tiny.Compress("one.gvz", options: new CompressionOptions { BlockSize = 7, Threads = 1 });
        _tiny.Compress("two.gvz", options: new CompressionOptions { BlockSize = 7, Threads = 2 });
        Assert.Equal(File.ReadAllBytes(_tiny.In("one.gvz")), File.ReadAllBytes(_tiny.In("two.gvz")));
        _tiny.Compress("whole.gvz");
        Assert.Equal(_tiny.Restore("one.gvz"), _tiny.Restore("whole.gvz"));
        var file = CompressedFile.Open(_tiny.In("one.gvz"));
        RestoredImages some = file.Restore([2]);
        Assert.Equal([14, 15, 16, 17, 18, 19, 20], some.Images);
        Assert.Equal(_tiny.Restore("whole.gvz")[14], file.Table!.Cells(some, 0));
    }

    [Fact]
    public void Words_that_the_run_does_not_know_come_back_and_columns_in_another_order_do_too()
    {
        string text = "colour,far,few,count,depth,size,same,more\npink,0,0.5,3,0.25,-1,4.5,1\nred,40,7,900,0.125,2,4.5,2\nmauve,40,7,-9,0.125,2,4.5,3\n";
        _tiny.Compress("new.gvz", 1e-3, rows: _tiny.Read(text));
        Assert.Equal(
            ["-1,0.25,3,0.5,0,pink,4.5", "2,0.125,900,7,40,red,4.5", "2,0.125,-9,7,40,mauve,4.5"],
            _tiny.Restore("new.gvz").Select(row => string.Join(',', row)));
    }

    [Fact]
    public void Missing_cells_that_a_run_marks_come_back_and_others_are_refused()
    {
        string text = string.Concat("a,b,w\n", string.Concat(Enumerable.Range(0, 60).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{(row % 5 == 0 ? "" : $"{row * 0.37:F2}")},{row},{(row % 7 == 0 ? "" : row % 2 == 0 ? "x" : "y")}\n"))));
        using var tiny = new TinyTable(text, TinyTable.Gaussian with { Missing = "mean", MaskMissing = true });
        CompressionReport report = tiny.Compress("m.gvz", 0.01);
        string[][] given = TinyTable.Cells(text);
        Assert.Equal(given.Select(row => string.Join(',', row.Select(cell => cell is "" or "x" or "y" ? cell : Text(cell)))), tiny.Restore("m.gvz").Select(row => string.Join(',', row)));
        Assert.Equal(0, report.Table!.LargestError);
        UserException refusal = Assert.Throws<UserException>(() => tiny.Compress("m.gvz", 0.01, rows: tiny.Read("a,b,w\n1,2,x\n1,,x\n")));
        Assert.Contains("row 3, column 2 (b): the cell is missing", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_needs_a_precision_or_another_is_named_with_one_that_would_do()
    {
        string Refusal(double? precision, string text = "") => Assert.Throws<UserException>(
            () => _tiny.Compress("no.gvz", precision, rows: text.Length == 0 ? null : _tiny.Read(text))).Message;
        Assert.Equal(
            "the table: column size has real numbers; say with --precision how exactly they are kept: 1e-5 keeps those of its first rows as they are",
            Refusal(null));
        Assert.Contains("column size goes from -2.", Refusal(1e-15), StringComparison.Ordinal);
        Assert.Contains("--precision size=1e-13 would do", Refusal(1e-15), StringComparison.Ordinal);
        _tiny.Compress("fine.gvz", 1e-13);
        Assert.Equal(0, CompressedFile.Open(_tiny.In("fine.gvz")).Table!.LargestError);
        const string Head = "size,depth,count,few,far,colour,same\n";
        string wide = $"{Head}1,1,1,1,1,red,1\n1,1,800000000000000,1,1,red,1\n1,1,7,1,1,red,1\n1,1,9,1,1,red,1\n1,1,8,1,1,red,1\n";
        Assert.Contains("column count has whole numbers from 1 to 8E+14", Refusal(null, wide), StringComparison.Ordinal);
        Assert.Contains("--precision count=1e1 would do", Refusal(null, wide), StringComparison.Ordinal);
        _tiny.Compress("wide.gvz", 10, rows: _tiny.Read(wide));
        Assert.Equal("800000000000000", _tiny.Restore("wide.gvz")[1][2]);
        Assert.False(File.Exists(_tiny.In("no.gvz")));
    }

    [Fact]
    public void A_logarithm_is_seen_of_numbers_that_are_rounded_to_0()
    {
        string text = string.Concat("a,b\n", string.Concat(Enumerable.Range(1, 60).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{Math.Pow(1.4, row - 40):G6},{row}\n"))));
        using var tiny = new TinyTable(text, TinyTable.Gaussian with { Scale = "log" });
        tiny.Compress("log.gvz", 0.01);
        Assert.Equal(TinyTable.Cells(text).Select(row => Text($"{Math.Round(Number(row[0]) * 100) / 100}")), tiny.Restore("log.gvz").Select(row => row[0]));
    }

    [Fact]
    public void Any_changed_bit_is_found()
    {
        _tiny.Compress("whole.gvz", 1e-3, new CompressionOptions { BlockSize = 200 });
        byte[] bytes = File.ReadAllBytes(_tiny.In("whole.gvz"));
        string path = _tiny.In("changed.gvz");
        for (int at = 0; at < bytes.Length; at += 5)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, changed);
            CompressedFileException fault = Assert.Throws<CompressedFileException>(() => CompressedFile.Open(path).RestoreBlock(0));
            Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_model_apart_has_to_have_the_columns()
    {
        _tiny.Compress("apart.gvz", options: new CompressionOptions { IsModelApart = true });
        var file = CompressedFile.Open(_tiny.In("apart.gvz"));
        Assert.True(file.NeedsModel);
        file.TakeModel(_tiny.Device, _tiny.Run);
        RestoredImages restored = file.Restore();
        Assert.Empty(restored.Damaged);
        Assert.Equal("4.5", file.Table!.Cells(restored, 3)[6]);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(string number) => Number(number).ToString(CultureInfo.InvariantCulture);

    /// <summary>A thousand rows of two columns that depend on each other, and one that does not.</summary>
    private static string Thousand()
    {
        var random = new Random(8);
        return string.Concat("a,b,c\n", string.Concat(Enumerable.Range(0, 1000).Select(_ =>
        {
            double a = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return string.Create(CultureInfo.InvariantCulture, $"{a:F3},{(3 * a) + (random.NextDouble() * 0.1):F3},{random.Next(9)}\n");
        })));
    }

    /// <summary>A run of its own kind of each column.</summary>
    public sealed class SharedTable : IDisposable
    {
        /// <summary>The run.</summary>
        internal TinyTable Table { get; } = new(TinyTable.Mixed, TinyTable.Gaussian);

        /// <inheritdoc/>
        public void Dispose() => Table.Dispose();
    }
}
