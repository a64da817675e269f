using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>Reads tables from texts, and hears what is said of them.</summary>
public abstract class TextTable : IDisposable
{
    /// <summary>Four rows of numbers, each column at another place.</summary>
    protected const string Rows = "0.5,11.5,3.25\n0.75,12.5,2.5\n0.25,11,3\n0.5,12,2.75\n";

    /// <summary>Where the file is.</summary>
    private protected TemporaryFolder Folder { get; } = new();

    /// <summary>What was said of the table.</summary>
    protected List<string> Told { get; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The table of a text.</summary>
    protected ImageSet Read(string text, Func<DataSettings, DataSettings>? change = null)
    {
        Told.Clear();
        string path = Folder.File("table.csv");
        File.WriteAllText(path, text);
        var settings = new DataSettings { Data = path, Tell = Told.Add };
        return CsvReader.Read(change is null ? settings : change(settings));
    }

    /// <summary>Why a text is refused.</summary>
    protected string Refusal(string text) => Assert.Throws<DataException>(() => Read(text)).Message;
}
