using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class CsvTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Fields_that_would_break_the_row_are_quoted()
    {
        string path = _folder.File("table.csv");
        Csv.Write(path, ["name", "score"], [["a,b", "1"], ["say \"so\"", "2"], ["two\nlines", "3"], ["Größe", ""]]);
        Assert.Equal(
            "name,score\n\"a,b\",1\n\"say \"\"so\"\"\",2\n\"two\nlines\",3\nGröße,\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_row_of_another_length_is_refused_and_leaves_the_old_file()
    {
        string path = _folder.File("table.csv");
        File.WriteAllText(path, "old");
        Assert.Throws<ArgumentException>(() => Csv.Write(path, ["a", "b"], [["1", "2"], ["3"]]));
        Assert.Equal("old", File.ReadAllText(path));
    }

    public void Dispose() => _folder.Dispose();
}
