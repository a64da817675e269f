using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class DataFormatsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_formats_that_come_along_are_tried_in_their_order() =>
        Assert.Equal(["idx", "pictures", "csv", "npy", "npz", "npy-shards"], DataFormats.All.Take(6).Select(format => format.Name));

    [Fact]
    public void A_format_that_was_added_is_read_like_the_others_and_named_in_messages()
    {
        DataFormats.Add(new LinesFormat("lines", ".lines"));
        string path = _folder.File("set.lines");
        File.WriteAllText(path, "0.5\n0.25\n1\n");

        Dataset data = Datasets.Open(new DataSettings { Data = path, HoldOut = 0.34 });
        Assert.Equal((2, 1, 1), (data.Train.Count, data.Test.Count, data.Train.Dimensions));
        Assert.Equal("set", data.Name);
        string message = Assert.Throws<DataException>(() => Datasets.Open(_folder.File("absent"))).Message;
        Assert.Contains("a folder of IDX files, of pictures or of .npy files, a CSV file, or a .npy or .npz file, ", message);
        Assert.Contains(", a file of lines", message);
        message = Assert.Throws<DataException>(() => Datasets.Open(_folder.FullPath)).Message;
        Assert.Contains("also in subfolders, ", message);
        Assert.Contains(", and for a file of lines", message);
    }

    [Fact]
    public void A_name_is_given_once_whatever_its_case()
    {
        Assert.Throws<ArgumentException>(() => DataFormats.Add(new LinesFormat("CSV", ".lines")));
        Assert.Throws<ArgumentException>(() => DataFormats.Add(new LinesFormat(" ", ".lines")));
        DataFormats.Add(new LinesFormat("once", ".once"));
        Assert.Throws<ArgumentException>(() => DataFormats.Add(new LinesFormat("once", ".other")));
    }

    [Fact]
    public void Threads_add_at_the_same_time_and_none_is_lost()
    {
        const int Count = 64;
        int refused = 0;
        Parallel.For(0, 2 * Count, i =>
        {
            try
            {
                DataFormats.Add(new LinesFormat($"parallel-{i % Count}", $".parallel-{i % Count}"));
            }
            catch (ArgumentException)
            {
                Interlocked.Increment(ref refused);
            }
        });
        Assert.Equal(Count, refused);
        Assert.Equal(Count, DataFormats.All.Count(format => format.Name.StartsWith("parallel-", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_endings_of_built_in_formats_count_in_any_case_and_for_files_only()
    {
        string table = _folder.File("TABLE.CSV");
        File.WriteAllText(table, "1,2\n3,4\n");
        Assert.Equal("csv", DataFormats.Find(table)?.Name);
        Directory.CreateDirectory(_folder.File("folder.csv"));
        Assert.Null(DataFormats.Find(_folder.File("folder.csv")));
        Assert.Null(DataFormats.Find(typeof(Dataset).Assembly.Location));
    }

    public void Dispose() => _folder.Dispose();

    // A number a line, an example of one number each.
    private sealed class LinesFormat(string name, string ending) : IDataFormat
    {
        public string Name
        {
            get
            {
                // Gives other threads a chance while the table compares names.
                Thread.Yield();
                return name;
            }
        }

        public string Summary => $"a file of {name}";

        public bool Recognizes(string path) => path.EndsWith(ending, StringComparison.Ordinal);

        public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings) =>
            (new ImageSet([.. File.ReadLines(path).Select(float.Parse)], null, 1, 1), null);
    }
}
