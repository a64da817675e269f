using Xunit;

namespace GpuVae.Tests;

/// <summary>The README's library example is a sample that is built.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Library_example_is_the_sample_that_compiles()
    {
        string root = Root();
        string readme = File.ReadAllText(Path.Combine(root, "README.md"));
        const string Fence = "```csharp\n";
        int library = readme.IndexOf("As a library", StringComparison.Ordinal);
        Assert.True(library >= 0);
        int begin = readme.IndexOf(Fence, library, StringComparison.Ordinal) + Fence.Length;
        Assert.True(begin >= Fence.Length);
        string[] example = Lines(readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)]);
        string[] sample = Lines(File.ReadAllText(Path.Combine(root, "src", "Samples", "ReadmeExample.cs")));
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
