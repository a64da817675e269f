using System.Text;
using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>Tables of text as programs and people write them: what lies between cells, and what stands for nothing.</summary>
public sealed class TextTableTests : TextTable
{
    [Theory]
    [InlineData(" 1.5  2.0e+00\n-3 4\n", "1.5,2,-3,4", "cells lie between white space")]
    [InlineData("1.5\t 2\t\t3\n4\t5  6\n", "1.5,2,3,4,5,6", "cells lie between white space")]
    [InlineData("1;2\n3;4\n", "1,2,3,4", "cells lie between semicolons")]
    [InlineData("a;b\n1,5;2\n3;4,25\n", "1.5,2,3,4.25", "cells lie between semicolons, and a comma stands before decimals")]
    [InlineData("1.234,5;1\n2;-3,5\n", "1234.5,1,2,-3.5", "a comma stands before decimals")]
    [InlineData("day;a;b\n1.12;1,5;2\n2.12;3;4\n3.12;5,5;6,5\n4;7,5;8,5\n", "1.12,1.5,2,2.12,3,4,3.12,5.5,6.5,4,7.5,8.5", "a comma stands before decimals")]
    [InlineData("1.234;1,5\n2;2\n", "1234,1.5,2,2", "a comma stands before decimals")]
    [InlineData("1.5;2\n3;4.25\n", "1.5,2,3,4.25", "cells lie between semicolons")]
    [InlineData("1,5 2,5\n3 4,5\n", "1.5,2.5,3,4.5", "cells lie between white space, and a comma stands before decimals")]
    [InlineData("1,5\t2,5\n3\t4,5\n", "1.5,2.5,3,4.5", "cells lie between tabs, and a comma stands before decimals")]
    [InlineData("\"1,5\",\"2,5\"\n\"3\",\"4,25\"\n", "1.5,2.5,3,4.25", "a comma stands before decimals")]
    [InlineData("\"1,234\",2\n\"12,345,678.5\",0.5\n", "1234,2,12345678.5,0.5", "commas in numbers part thousands: 1,234 is 1234")]
    [InlineData(
        "a,b\n9007199254740993,1\n12345678901234567890,-9007199254740992\n", "9007199254740992,1,12345678901234567168,-9007199254740992",
        "column a: 2 whole numbers have more digits than a number keeps: 9007199254740993 in row 2 is taken as 9007199254740992 (--categorical a: as words; --drop a: left out)")]
    [InlineData("1e300,900719925474099200\n10000000000000000000000,1.7976931348623157e308\n", "1e300,900719925474099200,1e22,1.7976931348623157e308", null)]
    [InlineData("a\tb\n0,411\t1\n-0,250\t2\n", "0.411,1,-0.25,2", "cells lie between tabs, and a comma stands before decimals")]
    [InlineData("a,b\n\"0,411\",1\n\"0,250\",2\n", "0.411,1,0.25,2", "a comma stands before decimals")]
    [InlineData("1,5;0.411\n2,5;0.250\n3,25;4\n", "1.5,0.411,2.5,0.25,3.25,4", "a comma stands before decimals")]
    [InlineData("sep=;\n1;2\n3;4\n", "1,2,3,4", "cells lie between semicolons")]
    [InlineData("1|2\n3|4\n", "1,2,3,4", "cells lie between '|'")]
    [InlineData("# of x and y\n1,2\n% a note, too\n3,4\n", "1,2,3,4", "2 lines that begin with # or % are left out")]
    [InlineData("1,2\r3,4\r", "1,2,3,4", null)]
    [InlineData("1,2\r\n3,4\r\n", "1,2,3,4", null)]
    [InlineData("1,2,\n3,4,\n", "1,2,3,4", null)]
    [InlineData("a,b\n1,2,\n3,4,\n", "1,2,3,4", null)]
    [InlineData("a,b,\n1,2,\n3,4,\n", "1,2,3,4", null)]
    [InlineData("1, 2\n3, 4\n", "1,2,3,4", null)]
    public void What_lies_between_cells_is_found(string text, string numbers, string? told)
    {
        Assert.Equal(Numbers(numbers), Read(text).Exact!);
        Assert.Equal(told is null, Told.Count == 0);
        Assert.Contains(told ?? "", string.Join("; ", Told), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\tb\n0,411\t1.5\n1,250\t2.5\n", "row 2, column 1 (a): '0,411' is no number")]
    [InlineData("a,b\n\"-0,411\",1.5\n\"1,250\",2.5\n", "row 2, column 1 (a): '-0,411' is no number")]
    public void A_leading_zero_is_before_no_thousands(string text, string fault) =>
        Assert.Contains(fault, Refusal(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-8")]
    public void Byte_order_marks_say_how_letters_are_written(string encoding)
    {
        string path = Folder.File("table.csv");
        File.WriteAllText(path, "größe,b\n1,2\n3,4\n", Encoding.GetEncoding(encoding));
        ImageSet table = CsvReader.Read(path, null);
        Assert.Equal([1, 2, 3, 4], table.Exact!);
        Assert.Equal(["größe", "b"], table.ColumnNames!);
    }

    [Theory]
    [InlineData(".csv")]
    [InlineData(".tsv")]
    [InlineData(".txt")]
    [InlineData(".data")]
    [InlineData(".DAT")]
    [InlineData(".tra")]
    [InlineData(".amat")]
    [InlineData(".arff")]
    [InlineData(".data.gz")]
    public void Endings_of_tables_are_known(string ending)
    {
        string path = Folder.File("t" + ending);
        File.WriteAllText(path, "1,2\n3,4\n");
        Assert.Equal("csv", DataFormats.Find(path)?.Name);
        Assert.Equal([1, 2, 3, 4], DataFormats.Find(path)!.Read(path, new DataSettings()).Train.Exact!);
    }

    [Fact]
    public void Numbers_are_as_exact_as_float64()
    {
        ImageSet table = Read("time,x\n1700000000.25,3.88e+38\n1700000059.5,1e99\n");
        Assert.Equal([1700000000.25, 3.88e38, 1700000059.5, 1e99], table.Exact!);
        Assert.Equal(["2", "3"], table.ExampleNames!);
        Assert.Equal(["time", "x"], table.ColumnNames!);
    }

    [Fact]
    public void Rows_are_named_as_an_editor_counts_them() =>
        Assert.Equal(["3", "5", "6"], Read("a,b\n\n1,2\n# no row\n3,4\n5,6\n").ExampleNames!);

    [Theory]
    [InlineData("?")]
    [InlineData("NA")]
    [InlineData("n/a")]
    [InlineData("nan")]
    [InlineData("NULL")]
    [InlineData("none")]
    [InlineData("-")]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("#N/A")]
    public void Words_for_nothing_are_missing_cells(string word)
    {
        ImageSet table = Read($"{word},1\n{word},2\n3,{word}\n4,5\n");
        Assert.Equal([double.NaN, 1, double.NaN, 2, 3, double.NaN, 4, 5], table.Exact!);
    }

    [Fact]
    public void Cells_that_are_no_numbers_areTold_together()
    {
        string rows = string.Concat(Enumerable.Range(1, 30).Select(i => $"2020-01-{i % 28 + 1:d2},{i},name{i},{(i % 10 == 0 ? "x" : "1")}\n"));
        string message = Refusal("day,n,who is it,v\n" + rows);
        Assert.StartsWith(
            $"{Folder.File("table.csv")}: 63 cells are no number such as 0.5 or 1e-3: row 2, column 1 (day): '2020-01-02'; "
            + "row 2, column 3 (who is it): 'name1'; row 3, column 1", message, StringComparison.Ordinal);
        Assert.Equal(10, message.Split("; row ").Length);
        Assert.Contains("column day is dates: leave it out with --drop day", message, StringComparison.Ordinal);
        Assert.Contains(
            "column 'who is it' is text: take it as categories with --categorical 'who is it', leave it out with --drop 'who is it', or give --label-column 'who is it'", message,
            StringComparison.Ordinal);
        Assert.EndsWith("; mend the cells, or leave their columns out with --drop", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_row_may_begin_with_a_sign_of_comments_where_its_first_cell_is_text()
    {
        ImageSet table = Read("tag,a,b\nx,1,2\n#y,3,4\n# only a note\n", settings => settings with { LabelColumn = "tag" });
        Assert.Equal(["#y", "x"], table.LabelNames!);
        Assert.Equal([1, 2, 3, 4], table.Exact!);
    }

    [Fact]
    public void Weka_files_have_names_and_a_class()
    {
        const string Iris = "% iris\n@RELATION iris\n\n@ATTRIBUTE 'sepal length' REAL\n@attribute w numeric\n"
            + "@attribute class {'a b',c}\n@DATA\n% rows\n5.1,?,'a b'\n4.9,3,c\n";
        ImageSet table = Read(Iris);
        Assert.Equal([5.1, double.NaN, 4.9, 3], table.Exact!);
        Assert.Equal(["sepal length", "w"], table.ColumnNames!);
        Assert.Equal(["a b", "c"], table.LabelNames!);
        Assert.Equal(["9", "10"], table.ExampleNames!);
        Assert.Contains("labels are the attribute class (--label-column none: no labels)", Told);
        Assert.Null(Read(Iris, settings => settings with { LabelColumn = "none", Drop = ["class"] }).Labels);
        Assert.Contains(
            "row 4: is sparse", Refusal("@relation r\n@attribute a numeric\n@data\n{0 1}\n"), StringComparison.Ordinal);
        Assert.Contains("without @data", Refusal("@relation r\n@attribute a numeric\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Series_of_the_ucr_archive_are_read_with_what_stands_behind_the_colon_as_label()
    {
        const string Header = "#ECG\n#\n@problemName Beats\n@timeStamps false\n@missing false\n@univariate true\n";
        ImageSet table = Read(Header + "@equalLength true\n@seriesLength 3\n@classLabel true 1 2\n@data\n1.5,2,-3:2\n4,?,1e-1:1\n");
        Assert.Equal([1.5, 2, -3, 4, double.NaN, 0.1], table.Exact!);
        Assert.Equal([1, 0], table.Labels!);
        Assert.Equal(["11", "12"], table.ExampleNames!);
        Assert.Contains("labels are what stands behind the colon of each series (--label-column none: no labels)", Told);

        ImageSet bare = Read(Header + "@classLabel true 1 2\n@data\n1.5,2:2\n4,5:1\n", settings => settings with { LabelColumn = "none" });
        Assert.Null(bare.Labels);
        Assert.Equal([1.5, 2, 4, 5], bare.Exact!);
        Assert.Equal([1.0, 2], Read(Header + "@classLabel false\n@data\n1,2\n").Exact!);
        string path = Folder.File("Beats_TRAIN.ts");
        File.WriteAllText(path, Header + "@classLabel true a b\n@data\n1,2:a\n3,4:b\n");
        Assert.Equal("csv", DataFormats.Find(path)!.Name);
    }

    [Theory]
    [InlineData("@univariate false\n@data\n1,2:3,4:a\n", "row 1: the series have several dimensions")]
    [InlineData("@problemName p\n@dimensions 3\n@data\n1,2:3,4:a\n", "row 2: the series have several dimensions")]
    [InlineData("@univariate true\n@classLabel true a\n@data\n1,2:3,4:a\n", "row 4: has several dimensions")]
    [InlineData("@univariate true\n@classLabel false\n@data\n1,2:a\n", "row 4: has several dimensions")]
    [InlineData("@univariate true\n@equalLength false\n@data\n1:a\n", "row 2: the series have different lengths")]
    [InlineData("@timestamps true\n@data\n(1,2),(2,3):a\n", "row 1: the series have times of their own")]
    [InlineData("@univariate true\n@classLabel true a\n@data\n1,2\n", "row 4: lacks the colon before its label")]
    [InlineData("@univariate true\n@classLabel true a\n@data\n1,2:a\n1:a\n", "row 5: 2 cells, and the rows before have 3")]
    [InlineData("@univariate true\n@seriesLength 5\n@data\n1,2\n", "row 4: 2 numbers, and @seriesLength promises 5")]
    [InlineData("@univariate true\n@data\n", "holds a header and no series")]
    [InlineData("@univariate true\n1,2\n", "row 2: '1,2' is no @ line of a .ts file")]
    [InlineData("@univariate true\n", "a .ts file without @data")]
    public void Series_that_are_not_read_are_refused_by_the_line_that_says_so(string text, string said) =>
        Assert.Contains(said, Refusal(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("a\n0,0\n1,3\n2,25\n", "0,1.3,2.25", true)]
    [InlineData("\"länge\"\n10,5\n-3,25\n", "10.5,-3.25", true)]
    [InlineData("x,y\n0,0\n1,3\n", "0,0,1,3", false)]
    [InlineData("\"x\"\n1,5\n2,7\n3,9\n", "5,7,9", false)]
    [InlineData("sep=,\n0,0\n1,3\n2,25\n", "0,0,1,3,2,25", false)]
    public void One_column_with_decimal_commas_is_no_table_of_two(string text, string numbers, bool isTold)
    {
        Assert.Equal(Numbers(numbers), Read(text).Exact!);
        Assert.Equal(isTold, Told.Exists(said => said.Contains("a single column (a first line sep=, says", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("1\n2\n3\n")]
    [InlineData("a\n1\n2\n")]
    public void A_single_column_has_nothing_between_its_cells(string text)
    {
        Read(text);
        Assert.DoesNotContain(Told, said => said.Contains("cells lie between", StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_that_are_measurements_areTold_of()
    {
        string rows = string.Concat(Enumerable.Range(1, 30).Select(i => $"{i % 5},{i % 7},{i}.5\n"));
        Read($"a,b,yield\n{rows}", settings => settings with { LabelColumn = "yield" });
        Assert.Contains(Told, said => said.StartsWith("column yield is taken as labels, and nearly every row has a number of its own", StringComparison.Ordinal));
        Read($"a,b,yield\n{rows.Replace(".5", "", StringComparison.Ordinal)}", settings => settings with { LabelColumn = "yield" });
        Assert.DoesNotContain(Told, said => said.Contains("nearly every row", StringComparison.Ordinal));
    }

    // Cells such as 1,945 alone leave open what their comma is; the table that the run was trained on says it.
    [Theory]
    [InlineData("0,411\t0,25\n1,5\t2\n", "1,945\t2,125\n3,500\t4,250\n", 1.945)]
    [InlineData("0,411;0,25\n1,5;2\n", "1,945;2,125\n3,500;4,250\n", 1.945)]
    [InlineData("0.411;0.25\n1.5;2\n", "1,945;2,125\n3,500;4,250\n", 1945)]
    [InlineData("0.411\t0.25\n1.5\t2\n", "1,945\t2,125\n3,500\t4,250\n", 1945)]
    [InlineData("0,411\t0,25\n1,5\t2\n", "1,945.5\t2.125\n3.5\t4.250\n", 1945.5)]
    [InlineData("0.411\t0.25\n1.5\t2\n", "1,94\t2,125\n3,500\t4,250\n", 1.94)]
    public void Other_tables_have_the_decimal_mark_of_the_trained_one_where_they_leave_it_open(
        string trained, string other, double number)
    {
        Pipeline pipeline = Pipeline.None.Fit(Read(trained));
        Assert.Equal(number, Read(other, settings => settings with { Pipeline = pipeline, Dimensions = 2 }).Exact![0]);
    }

    private static double[] Numbers(string text) =>
        [.. text.Split(',').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
}
