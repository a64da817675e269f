using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>Whether the first row of a table names its columns, and what the names are.</summary>
public sealed class TableHeaderTests : TextTable
{
    // What is above 0.25 … 12.5: names are numbers where they count, or are far away in one direction.
    [Theory]
    [InlineData("a,b,c\n", true, false)]
    [InlineData("0,1,2\n", true, true)]
    [InlineData("1,2,3\n", true, true)]
    [InlineData("400.5,401.0,401.5\n", true, true)]
    [InlineData("-3,-60,-99\n", true, true)]
    [InlineData("NA,NA,3\n", false, false)]
    [InlineData("0.4,11,3\n", false, false)]
    [InlineData("0.5,12,13\n", false, false)]
    [InlineData("400.5,402.0,401.5\n", false, false)]
    [InlineData("a,12,3\n", false, true)]
    [InlineData("a,b,3\n", true, true)]
    public void The_first_row_is_names_or_an_example(string first, bool isHeader, bool isTold)
    {
        bool readable = isHeader || !first.Contains('a', StringComparison.Ordinal);
        int count = readable ? Read(first + Rows).Count : Refusal(first + Rows).Length;
        Assert.True(!readable || count == (isHeader ? 4 : 5));
        string said = isHeader
            ? "the first row is taken as names of the columns (--header no: as an example)"
            : "the first row is taken as an example (--header yes: as names of the columns)";
        Assert.Equal(isTold, Told.Contains(said));
    }

    [Fact]
    public void Rows_that_count_themselves_have_no_header() => Assert.Equal(
        5, Read(string.Concat(Enumerable.Range(0, 5).Select(i => string.Join(',', Enumerable.Range(6 * i, 6)) + "\n"))).Count);

    [Fact]
    public void Years_beside_the_name_of_the_labels_are_names()
    {
        ImageSet table = Read("c,2018,2019\nx,1.5,2\ny,3.5,4\n", settings => settings with { LabelColumn = "first" });
        Assert.Equal(["x", "y"], table.LabelNames!);
        Assert.Equal(["2018", "2019"], table.ColumnNames!);
    }

    [Theory]
    [InlineData(HeaderRule.Yes, "1,2\n3,4\n5,6\n", 2)]
    [InlineData(HeaderRule.No, "0,1,2\n" + Rows, 5)]
    public void The_setting_decides(HeaderRule rule, string text, int count)
    {
        Assert.Equal(count, Read(text, settings => settings with { Header = rule }).Count);
        Assert.Empty(Told);
    }

    [Fact]
    public void A_comment_above_the_rows_may_hold_the_names()
    {
        Assert.Equal(["x", "y"], Read("# made by savetxt\n# x y\n1 2\n3 4\n").ColumnNames!);
        Assert.Contains("the comment above the first row is taken as names of the columns (--header no: as nothing)", Told);
        Assert.Null(Read("# x y\n1 2\n3 4\n", settings => settings with { Header = HeaderRule.No }).ColumnNames);
    }

    [Fact]
    public void The_first_column_of_R_has_no_name_and_is_left_out()
    {
        const string Cars = "\"mpg\",\"cyl\"\n\"Mazda\",21,6\n\"Fiat\",32.4,4\n";
        ImageSet table = Read(Cars);
        Assert.Equal([21, 6, 32.4, 4], table.Exact!);
        Assert.Equal(["mpg", "cyl"], table.ColumnNames!);
        Assert.Contains(Told, said => said.StartsWith("the first column has no name", StringComparison.Ordinal));
        Assert.Equal([21, 32.4], Read(Cars, settings => settings with { Columns = ["2"] }).Exact!);
        Assert.Equal(["Fiat", "Mazda"], Read(Cars, settings => settings with { LabelColumn = "1" }).LabelNames!);
    }

    [Theory]
    [InlineData("\"heat\nin °C\",b\n1,2\n3,x\n", 4)]
    [InlineData("\"heat\r\nin °C\";\"b\"\r\n1;2\r\n3;x\r\n", 4)]
    [InlineData("# a comment\na,\"heat\n\nin °C\"\n1,2\n3,x\n", 6)]
    public void Line_breaks_in_names_of_columns_become_spaces_and_rows_keep_their_numbers(string text, int row)
    {
        Assert.Contains($"row {row}, column 2 (", Refusal(text), StringComparison.Ordinal);
        ImageSet table = Read(text.Replace('x', '4'));
        Assert.Contains("heat", string.Join(' ', table.ColumnNames!), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', string.Join("", table.ColumnNames!));
        Assert.Equal([1, 2, 3, 4], table.Exact!);
        Assert.Equal($"{row}", table.ExampleNames![1]);
    }

    [Fact]
    public void A_quote_in_the_first_row_that_is_never_closed_is_refused_still() =>
        Assert.Contains("close the quote", Refusal("\"a,b\n1,2\n3,4\n"), StringComparison.Ordinal);

    [Fact]
    public void A_row_of_words_that_a_run_knows_is_an_example_though_it_stands_alone()
    {
        Pipeline pipeline = Pipeline.None.Fit(
            Read("red,big\nblue,small\nred,small\nblue,big\nred,big\n", settings => settings with { Categorical = ["auto"] }));
        ImageSet Other(string text) => Read(text, settings => settings with { Pipeline = pipeline, Dimensions = 2 });
        Assert.Equal(1, Other("red,big\n").Count);
        Assert.Equal(2, Other("red,big\nblue,small\n").Count);
        Assert.Equal(1, Other("colour,size\nred,big\n").Count);
    }
}
