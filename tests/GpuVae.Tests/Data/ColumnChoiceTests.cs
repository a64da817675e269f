using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class ColumnChoiceTests : IDisposable
{
    private const string Table = "id,a,b c,\"d,e\",7,label\n1,10,20,30,40,x\n2,11,21,31,41,y\n";

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    [Theory]
    [InlineData("", "id", "a|b c|d,e|7", true)]
    [InlineData("", "1,3-4", "a|7", true)]
    [InlineData("a,b c", "", "a|b c", true)]
    [InlineData("2-5", "7", "a|b c|d,e", true)]
    [InlineData("", "id,label", "a|b c|d,e|7", false)]
    [InlineData("4", "", "d,e", true)]
    public void Columns_are_taken_and_left_out(string columns, string drop, string names, bool labels)
    {
        ImageSet table = Read(columns, drop);
        Assert.Equal(names.Split('|'), table.ColumnNames!);
        Assert.Equal(labels, table.Labels is not null);
        int[] positions = [.. names.Split('|').Select(name => Array.IndexOf(["id", "a", "b c", "d,e", "7"], name))];
        double[] second = [2, 11, 21, 31, 41];
        Assert.Equal(positions.Select(position => second[position]), table.Exact![positions.Length..]);
    }

    [Theory]
    [InlineData("", "z", null, "--drop z: no such column; there is id, a, b c, d,e, 7, label")]
    [InlineData("9", "", null, "--columns 9: the file has columns 1 to 6")]
    [InlineData("", "5-2", null, "--drop 5-2: the file has columns 1 to 6")]
    [InlineData("a", "a", null, "--columns and --drop leave no column of numbers; the columns are id, a, ")]
    [InlineData("", "label", "label", "--label-column label: --drop leaves that column out")]
    public void What_cannot_be_chosen_is_named(string columns, string drop, string? label, string fault)
    {
        string message = Assert.Throws<DataException>(() => Read(columns, drop, label)).Message;
        Assert.StartsWith($"{_folder.File("t.csv")}: {fault}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_of_two_columns_needs_a_position() => Assert.Contains(
        "--drop a: 2 columns have that name; give their positions, 1, 3",
        Assert.Throws<DataException>(() => Read("", "a", text: "a,b,a\n1,2,3\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Columns_of_text_can_be_left_out() =>
        Assert.Equal([1, 2], Read("", "who", text: "who,n\nAda,1\nBob,2\n").Exact!);

    [Fact]
    public void No_labels_are_wanted()
    {
        ImageSet table = Read("", "", "none", "label,a\n1,2\n3,4\n");
        Assert.Null(table.Labels);
        Assert.Equal([1, 2, 3, 4], table.Exact!);
        Assert.Contains(
            "column label is trained on as a number (--label-column label: it holds the labels; --drop label: it is left out)",
            _told);
    }

    [Theory]
    [InlineData(",a,target\n0,5,1\n1,7,0\n2,5,1\n", "column 1 counts the rows and is trained on as a number (--drop 1: it is left out)")]
    [InlineData("Unnamed: 0,a,b\n1,5,1\n2,7,0\n3,5,1\n", "column 'Unnamed: 0' counts the rows and is trained on as a number (--drop 'Unnamed: 0': it is left out)")]
    [InlineData("a,Class\n1,5\n2,7\n", "column Class is trained on as a number (--label-column Class: it holds the labels; --drop Class: it is left out)")]
    [InlineData("1,0.5\n2,0.5\n3,0.5\n4,0.5\n5,0.5\n6,0.5\n7,0.5\n8,0.5\n9,0.5\n10,0.5\n", "column 1 counts the rows and is trained on as a number (--drop 1: it is left out)")]
    public void Columns_that_hardly_are_numbers_are_told_of(string text, string said)
    {
        Read("", "", text: text);
        Assert.Contains(said, _told);
    }

    [Fact]
    public void Names_that_no_line_holds_are_positions()
    {
        string[] header = [new string('x', 5000), "a,b", "it's", "", "-9", "last", "plain", "two words"];
        Assert.Equal(
            ["1", "2", "3", "4", "5", "6", "plain", "'two words'"],
            Enumerable.Range(0, header.Length).Select(column => ColumnChoice.OptionValue(header, column)));
        string text = $"{header[0]},b\nx,1\ny,2\n";
        Assert.InRange(Assert.Throws<DataException>(() => Read("", "", text: text)).Message.Length, 100, 600);
    }

    [Fact]
    public void Columns_that_are_numbers_are_not()
    {
        Read("", "", text: "id,a\n7,5\n9,7\n4,5\n");
        Assert.Empty(_told);
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Entries(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private ImageSet Read(string columns, string drop, string? label = null, string text = Table)
    {
        string path = _folder.File("t.csv");
        File.WriteAllText(path, text);
        return CsvReader.Read(new DataSettings
        {
            Data = path,
            Columns = Entries(columns),
            Drop = Entries(drop),
            LabelColumn = label,
            Tell = _told.Add,
        });
    }
}
