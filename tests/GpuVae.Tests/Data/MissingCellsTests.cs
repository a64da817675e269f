using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class MissingCellsTests
{
    private const double No = double.NaN;

    [Fact]
    public void The_first_places_are_named_with_a_count_and_what_to_do()
    {
        var table = new ImageSet([1, No, No, 4], null, 1, 2) { ColumnNames = ["age", "sex"], ExampleNames = ["2", "5"] };
        string message = Assert.Throws<DataException>(() => MissingCells.Refuse("t.csv", table)).Message;
        Assert.Equal(
            "t.csv: 2 cells are missing: row 2, column 2 (sex); row 5, column 1 (age); --missing drop leaves their rows out, "
            + "--missing mean or median fills them, --drop leaves columns out", message);

        var many = new ImageSet(Enumerable.Repeat(float.NaN, 12).ToArray(), null, 1, 1);
        message = Assert.Throws<DataException>(() => MissingCells.Refuse("x.npy", many)).Message;
        Assert.StartsWith("x.npy: 12 cells are missing: example 0 (from 0), column 1; ", message, StringComparison.Ordinal);
        Assert.Contains("; example 9 (from 0), column 1 and 2 more; --missing", message, StringComparison.Ordinal);
        Assert.DoesNotContain("example 10", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_tables_and_bytes_pass()
    {
        MissingCells.Refuse("t", new ImageSet([1.0, 2], null, 1, 2));
        MissingCells.Refuse("t", new ImageSet(new byte[2], null, 1, 2));
        var whole = new ImageSet([1.0, 2], null, 1, 2);
        Assert.Same(whole, MissingCells.DropRows(whole));
    }

    [Fact]
    public void Rows_go_with_their_labels_and_names()
    {
        var table = new ImageSet([1, No, 3, 4, No, No, 7, 8], [0, 1, 0, 1], 1, 2) { ExampleNames = ["2", "3", "4", "6"] };
        ImageSet kept = MissingCells.DropRows(table);
        Assert.Equal([3.0, 4, 7, 8], kept.Exact!);
        Assert.Equal([1, 1], kept.Labels!);
        Assert.Equal(["3", "6"], kept.ExampleNames!);
        Assert.Equal([1, 2], MissingCells.CountByColumn(table));
        Assert.Equal(0, MissingCells.DropRows(new ImageSet([No], null, 1, 1)).Count);
    }

    [Fact]
    public void Means_and_medians_are_those_of_the_numbers_that_are_there()
    {
        var table = new ImageSet([1, 10, No, 20, 3, No, 8, 60], null, 1, 2);
        Assert.Equal([4.0, 30], MissingCells.FillValues("it", table, MissingRule.Mean));
        Assert.Equal([3.0, 20], MissingCells.FillValues("it", table, MissingRule.Median));
        Assert.Equal([2.0], MissingCells.FillValues("it", new ImageSet([1, No, 3], null, 1, 1), MissingRule.Median));
        Assert.Equal([1, 10, -1, 20, 3, -2, 8, 60], MissingCells.Fill(table, [-1, -2]).Exact!);
        var floats = new ImageSet([1f, float.NaN], null, 1, 2);
        Assert.Equal([1, 0.5], MissingCells.Fill(floats, [9, 0.5]).Exact!);
    }

    [Fact]
    public void A_column_without_numbers_cannot_be_filled()
    {
        var table = new ImageSet([1, No, 2, No], null, 1, 2) { ColumnNames = ["a", "blood type"] };
        string message = Assert.Throws<DataException>(() => MissingCells.FillValues("it", table, MissingRule.Mean)).Message;
        Assert.Equal(
            "it: column 2 (blood type): has no number in any training example; leave it out with --drop 'blood type'", message);
    }
}
