using System.Text;

namespace GpuVae.Bench.Reports;

/// <summary>
/// What a verb found: sentences and tables in order. They are shown as they come, and make up the verb's section of a
/// Markdown file.
/// </summary>
internal sealed class Report(string verb)
{
    private readonly StringBuilder _markdown = new();

    /// <summary>Adds a sentence.</summary>
    public void Say(string sentence)
    {
        Console.WriteLine(sentence);
        _markdown.Append(sentence).Append("\n\n");
    }

    /// <summary>Adds a table, under a heading where one is given.</summary>
    public void Show(Table table, string? heading = null)
    {
        if (heading is not null)
        {
            Console.WriteLine();
            Console.WriteLine(heading);
            _markdown.Append("### ").Append(heading).Append("\n\n");
        }
        table.Print();
        _markdown.Append(table.ToMarkdown()).Append('\n');
    }

    /// <summary>Adds a picture to the file.</summary>
    public void Picture(string description, string fileName) =>
        _markdown.Append("![").Append(description).Append("](").Append(fileName).Append(")\n\n");

    /// <summary>
    /// Writes the section into a Markdown file: in the place of the section that an earlier run of the verb left, else at
    /// the end. Other sections stay as they are.
    /// </summary>
    public void Save(FileInfo file)
    {
        string heading = $"## {verb}\n";
        string text = file.Exists ? File.ReadAllText(file.FullName) : $"# {Machine.Name}\n\n{Machine.Description}\n\n";
        string section = $"{heading}\n{Machine.Circumstances()}\n\n{_markdown.ToString().TrimEnd('\n')}\n";

        int start = text.IndexOf("\n" + heading, StringComparison.Ordinal) + 1;
        if (start == 0)
        {
            text = text.TrimEnd('\n') + "\n\n" + section;
        }
        else
        {
            int end = text.IndexOf("\n## ", start, StringComparison.Ordinal);
            text = text[..start] + section + (end < 0 ? "" : text[end..]);
        }
        file.Directory?.Create();
        File.WriteAllText(file.FullName, text);
        Console.WriteLine($"Written: section {verb} of {file.FullName}");
    }
}
