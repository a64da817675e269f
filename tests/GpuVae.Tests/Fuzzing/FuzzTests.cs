using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Fuzzing;

/// <summary>A sample of what <c>bench/fuzz.sh</c> does at length.</summary>
public sealed class FuzzTests : IDisposable
{
    private const int Inputs = 300;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Readers => [.. FuzzReaders.All.Select(reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Readers))]
    public void Hostile_files_are_read_or_refused_in_one_line(string name)
    {
        FuzzReader reader = FuzzReaders.All.Single(reader => reader.Name == name);
        // Other tests share the processor: a time says little here, an endless one all the same.
        var run = new FuzzRun(reader, _folder.FullPath) { Limit = TimeSpan.FromSeconds(20) };
        FuzzResult result = run.Execute(Inputs);
        Assert.Empty(result.Escapes);
        Assert.Equal(Inputs, result.Parsed + result.Refused);
        // Mutations that none survives, or that change nothing, would show nothing.
        Assert.InRange(result.Refused, Inputs / 4, Inputs);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Whole_files_are_read(string name)
    {
        FuzzReader reader = FuzzReaders.All.Single(reader => reader.Name == name);
        reader.Prepare(_folder.FullPath);
        foreach (byte[] seed in reader.Seeds)
        {
            string path = _folder.File(reader.FileName);
            File.WriteAllBytes(path, reader.Wrap is null ? seed : reader.Wrap(seed));
            reader.Read(path);
        }
    }

    [Fact]
    public void A_reader_that_lets_exceptions_through_is_found()
    {
        var careless = new FuzzReader("careless", "file", [[1, 2, 3, 4]], path =>
        {
            if (File.ReadAllBytes(path).Length != 4)
                throw new DivideByZeroException();
        });
        Assert.Contains(
            new FuzzRun(careless, _folder.FullPath).Execute(Inputs).Escapes,
            escape => escape.What.Contains(nameof(DivideByZeroException), StringComparison.Ordinal));
    }

    [Fact]
    public void A_reader_that_takes_no_end_is_found()
    {
        using var never = new ManualResetEventSlim();
        var endless = new FuzzReader("endless", "file", [[1]], _ => never.Wait(TimeSpan.FromSeconds(30)));
        var run = new FuzzRun(endless, _folder.FullPath) { Patience = TimeSpan.FromSeconds(1) };
        Assert.Throws<TimeoutException>(() => run.Execute(Inputs));
        never.Set();
    }

    public void Dispose() => _folder.Dispose();
}
