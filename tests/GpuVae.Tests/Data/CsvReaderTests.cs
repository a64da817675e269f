using System.Text;
using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class CsvReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("1,2\n3,4\n")]
    [InlineData("1,2\n3,4")]
    [InlineData("1,2\r\n3,4\r\n\r\n")]
    [InlineData("\uFEFF1,2\n\n3,4\n")]
    [InlineData("a,b\n1,2\n3,4\n")]
    [InlineData("\"a, b\",\"say \"\"c\"\"\"\n\"1\" , 2\n3,\"4\"\n")]
    [InlineData("1;2\n3;4\n")]
    [InlineData("1\t2\n3\t4\n")]
    [InlineData("1.0,2.0000000e+00\n+3,4.\n")]
    public void Rows_are_examples_whatever_the_file_looks_like(string text)
    {
        ImageSet table = CsvReader.Read(Write(text), null);
        Assert.Equal((2, 1, 2, 1), (table.Count, table.Height, table.Width, table.Channels));
        Assert.Equal([1, 2, 3, 4], table.Exact!);
        Assert.Null(table.Labels);
    }

    [Fact]
    public void Gzip_is_recognised_by_its_bytes()
    {
        string path = _folder.File("table.csv");
        File.WriteAllBytes(path, IdxFiles.Gzip("5,6\n7,8\n"u8.ToArray()));
        Assert.Equal([5, 6, 7, 8], CsvReader.Read(path, null).Exact!);
    }

    [Theory]
    [InlineData("kind", "kind,a,b\ncat,1,2\ndog,3,4\ncat,5,6\n")]
    [InlineData("1", "kind,a,b\ncat,1,2\ndog,3,4\ncat,5,6\n")]
    [InlineData("first", "cat,1,2\ndog,3,4\ncat,5,6\n")]
    [InlineData("last", "1,2,cat\n3,4,dog\n5,6,cat\n")]
    [InlineData("kind", "a,kind,b\n1,cat,2\n3,dog,4\n5,cat,6\n")]
    [InlineData("2", "1,cat,2\n3,dog,4\n5,cat,6\n")]
    [InlineData(null, "Label,a,b\ncat,1,2\ndog,3,4\ncat,5,6\n")]
    [InlineData("kind", "0,1,2,kind\n1,2,3,cat\n4,5,6,dog\n7,8,9,cat\n", 9)]
    [InlineData("last", "0,1,2,kind\n1,2,3,cat\n4,5,6,dog\n7,8,9,cat\n", 9)]
    public void Labels_are_found_by_name_and_by_position(string? column, string text, int last = 6)
    {
        ImageSet table = CsvReader.Read(Write(text), column);
        Assert.Equal(Enumerable.Range(1, last).Select(i => (double)i), table.Exact!);
        Assert.Equal([0, 1, 0], table.Labels!);
        Assert.Equal(["cat", "dog"], table.LabelNames!);
    }

    [Theory]
    [InlineData("1.0000000e+01,2.0,-1e0,1.0000000e+01", "-1,2,10", "2,1,0,2")]
    [InlineData("10,2,-1,10", "-1,2,10", "2,1,0,2")]
    [InlineData("7,007,7.0,10", "007,7,7.0,10", "1,0,2,3")]
    [InlineData("1e5,100000,3,3", "3,1e5,100000", "1,2,0,0")]
    [InlineData("1.0,1.00,2.0,1.0", "1.0,1.00,2.0", "0,1,2,0")]
    [InlineData("1.5,2.0,1.5,1.5", "1.5,2.0", "0,1,0,0")]
    [InlineData("c10,c2,c1,c2", "c1,c2,c10", "2,1,0,1")]
    public void Labels_keep_their_names_and_have_the_order_of_numbers(string labels, string names, string classes)
    {
        ImageSet table = CsvReader.Read(Write(string.Concat(labels.Split(',').Select(label => $"{label},1.5\n"))), "first");
        Assert.Equal(names.Split(','), table.LabelNames!);
        Assert.Equal(classes.Split(',').Select(int.Parse), table.Labels!);
    }

    [Theory]
    [InlineData("", null, ": the file is empty")]
    [InlineData("a,b\n", null, "holds a header and no rows")]
    [InlineData("1,2\n3\n", null, "row 2: 1 cells, and the rows before have 2")]
    [InlineData("1,2\n3,4,5\n", null, "row 2: 3 cells")]
    [InlineData("a,b\n1,2\n3,x\n", null, "row 3, column 2 (b): 'x' is no number")]
    [InlineData("1,2\n1e999,4\n", null, "row 2, column 1: '1e999' is no finite number")]
    [InlineData("1,2\n-inf,4\n", null, "row 2, column 1: '-inf' is no finite number")]
    [InlineData("1,2\n-Infinity,4\n", null, "row 2, column 1: '-Infinity'")]
    [InlineData("cat,1,2\ndog,3,4\n", null, "2 cells are no number such as 0.5 or 1e-3: row 1, column 1: 'cat'; row 2, column 1: 'dog'; column 1 is text: take it as categories with --categorical 1, leave it out with --drop 1, or give --label-column 1 if these are labels")]
    [InlineData("a,b\n1,2\n", "c", "--label-column c: no such column; there is a, b")]
    [InlineData("1,2\n3,4\n", "c", "--label-column c: the file has no header")]
    [InlineData("1,2\n3,4\n", "3", "--label-column 3: the file has columns 1 to 2")]
    [InlineData("1,2\n3,4\n", "0", "--label-column 0: the file has columns 1 to 2")]
    [InlineData("x\n1\n", "x", "has no column besides the labels")]
    [InlineData("1,\"2\n3,4\n", null, "row 1, column 2: a quoted cell does not end")]
    [InlineData("1,\"2\"x\n3,4\n", null, "row 1, column 2: text behind the closing quote")]
    [InlineData("1,2\n3,\0\n", null, "row 2: holds a byte of zero")]
    public void A_fault_is_one_line_with_file_row_and_column(string text, string? column, string fault)
    {
        string path = Write(text);
        string message = Assert.Throws<DataException>(() => CsvReader.Read(path, column)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Damaged_gzip_and_a_bomb_are_refused()
    {
        string path = _folder.File("table.csv.gz");
        byte[] whole = IdxFiles.Gzip(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1,2\n", 20_000))));
        byte[] damaged = [.. whole];
        damaged[^6] ^= 1;
        File.WriteAllBytes(path, damaged);
        Assert.Contains("the gzip data is damaged", Assert.Throws<DataException>(() => CsvReader.Read(path, null)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, IdxFiles.Gzip(Enumerable.Repeat((byte)'1', 70 << 20).ToArray()));
        Assert.Throws<DataException>(() => CsvReader.Read(path, null));
    }

    [Fact]
    public void A_row_of_cells_without_end_is_refused()
    {
        string path = _folder.File("wide.csv");
        File.WriteAllText(path, new string(',', 1 << 21));
        Assert.StartsWith(
            $"{path}: row 1: more than 1048576 cells",
            Assert.Throws<DataException>(() => CsvReader.Read(path, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        Assert.Contains("nowhere.csv: cannot be read", Assert.Throws<DataException>(
            () => CsvReader.Read(_folder.File("nowhere.csv"), null)).Message, StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();

    private string Write(string text)
    {
        string path = _folder.File("table.csv");
        File.WriteAllText(path, text);
        return path;
    }
}
