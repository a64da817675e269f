using Xunit;

namespace GpuVae.Tests;

/// <summary>The README's examples of the library are samples that are built.</summary>
public sealed class ReadmeTests
{
    [Theory]
    [InlineData("ReadmeExample.cs", 0)]
    [InlineData("DetectorExample.cs", 1)]
    public void Library_example_is_the_sample_that_compiles(string name, int place)
    {
        string root = Root();
        string readme = File.ReadAllText(Path.Combine(root, "README.md"));
        const string Fence = "```csharp\n";
        int begin = readme.IndexOf("As a library", StringComparison.Ordinal);
        Assert.True(begin >= 0);
        for (int fence = 0; fence <= place; fence++)
        {
            begin = readme.IndexOf(Fence, begin, StringComparison.Ordinal) + Fence.Length;
            Assert.True(begin >= Fence.Length);
        }
        string[] example = Lines(readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)]);
        string[] sample = Lines(File.ReadAllText(Path.Combine(root, "src", "Samples", name)));
        Assert.True(example.Length > 5);

        int at = 0;
        foreach (string line in example)
        {
            int found = Array.IndexOf(sample, line, at);
            Assert.True(found >= 0, $"the sample lacks, or has too early: {line}");
            at = found + 1;
        }
    }

    private static string[] Lines(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "GpuVae.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
