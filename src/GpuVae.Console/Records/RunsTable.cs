using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// The table of <c>gpuvae runs</c>, as wide as there is room. Where that is little, notes stand below it, then paths begin in the
/// folder that was asked for, and at last each path has a line of its own, whole, above its figures.
/// </summary>
/// <param name="runs">At least one.</param>
/// <param name="folder">The folder that was asked for.</param>
/// <param name="others">What was asked for beside the usual columns.</param>
internal sealed class RunsTable(IReadOnlyList<RunRecord> runs, string folder, IReadOnlyList<RunKey> others)
{
    private const int LongestData = 32;
    private const int ShortData = 16;

    /// <summary>What figures are moved in by, under a path of their own.</summary>
    private const string Indent = "  ";

    private static readonly string[] _headings = ["run", "preset", "data", "epochs", "test loss", "at epoch", "time"];

    /// <summary>Columns in the order in which a row that is too wide can do without them.</summary>
    private static readonly string[] _dispensable = ["time", "at epoch", "data", "preset"];

    private readonly int[] _numbers = [.. Enumerable.Range(3, 4 + others.Count)];

    private readonly bool _hasNotes = runs.Any(run => Note(run) is not null);

    /// <summary>Whether the last <see cref="Write"/> had paths that begin in the folder.</summary>
    public bool IsRelative { get; private set; }

    /// <summary>What a person should know of a run that is not as others.</summary>
    public static string? Note(RunRecord run) =>
        run.Fault
        ?? (run.IsOpen ? "being trained"
        : run.WasKilled ? "killed; train --resume goes on"
        : run.IsImported ? "imported weights"
        : run.Last is null ? "stopped before its first epoch was measured"
        : null);

    /// <summary>Writes it to stdout.</summary>
    /// <param name="width">Columns that lines may take.</param>
    public void Write(int width)
    {
        IReadOnlyList<string> paths = [.. runs.Select(run => run.FullPath)], inside = [.. runs.Select(Inside)];
        string[] headings = [.. _headings, .. others.Select(key => key.Name)];
        (IReadOnlyList<string> Paths, int Data, bool HasNotes)[] forms =
        [
            (paths, LongestData, _hasNotes), (paths, ShortData, _hasNotes), (paths, LongestData, false), (paths, ShortData, false),
            (inside, LongestData, false), (inside, ShortData, false),
        ];
        foreach ((IReadOnlyList<string> shown, int data, bool hasNotes) in forms)
        {
            string[] all = hasNotes ? [.. headings, ""] : headings;
            List<string[]> rows = [.. runs.Select((run, i) => (string[])[shown[i], .. Figures(run, data), .. hasNotes ? [Note(run) ?? ""] : (string[])[]])];
            if (!TextTable.Fits(all, rows, width, _numbers))
            {
                continue;
            }

            TextTable.Write(all, rows, _numbers);
            IsRelative = shown == inside;
            if (!hasNotes)
            {
                WriteNotes();
            }

            return;
        }

        WriteApart(headings[1..], width);
    }

    /// <summary>Writes the notes below the table, a line for each.</summary>
    private void WriteNotes()
    {
        if (_hasNotes)
        {
            Console.Out.WriteLine();
        }

        foreach (RunRecord run in runs.Where(run => Note(run) is not null))
        {
            WrappedText.WriteLine(TextTable.Printable($"{run.FullPath}: {Note(run)}"));
        }
    }

    private void WriteApart(string[] headings, int width)
    {
        List<string[]> rows = [.. runs.Select(run => Figures(run, ShortData))];
        List<int> columns = [.. Enumerable.Range(0, headings.Length)];
        string[] Lines() =>
        [
            .. TextTable.Lines(
                [.. columns.Select(i => headings[i])], [.. rows.Select(row => (string[])[.. columns.Select(i => row[i])])],
                [.. Enumerable.Range(0, columns.Count).Where(place => _numbers.Contains(columns[place] + 1))]),
        ];
        string[] lines = Lines();
        for (int i = 0; i < _dispensable.Length && lines.Max(line => line.Length) + Indent.Length > width; i++)
        {
            columns.Remove(Array.IndexOf(headings, _dispensable[i]));
            lines = Lines();
        }

        Console.Out.WriteLine(_headings[0]);
        Console.Out.WriteLine(Indent + lines[0]);
        for (int i = 0; i < runs.Count; i++)
        {
            Console.Out.WriteLine(TextTable.Printable(runs[i].FullPath));
            Console.Out.WriteLine(Indent + lines[i + 1]);
            if (Note(runs[i]) is string note)
            {
                WrappedText.WriteBehind(Indent, TextTable.Printable(note));
            }
        }
    }

    /// <summary>The path of a run from the folder that was asked for; whole where it is that folder.</summary>
    private string Inside(RunRecord run)
    {
        string path = Path.GetRelativePath(folder, run.FullPath);
        return path == "." ? run.FullPath : path;
    }

    private string[] Figures(RunRecord run, int longestData)
    {
        RunConfiguration? configuration = run.Configuration;
        string done = ReportText.Text($"{run.Last?.Epoch ?? 0}");
        return
        [
            configuration?.Preset ?? "–",
            configuration is null ? "–" : Cut(configuration.Data, longestData),
            configuration is null || run.IsImported ? "–"
                : run.Last?.Epoch == configuration.Epochs ? done : ReportText.Text($"{done} of {configuration.Epochs}"),
            run.Best is null ? "–" : ReportText.Loss(run.Best.TestLoss),
            run.Best is null ? "–" : ReportText.Text($"{run.Best.Epoch}"),
            run.Last is null ? "–" : ReportText.Duration(TimeSpan.FromSeconds(Math.Clamp(run.Seconds, 0, int.MaxValue))),
            .. others.Select(key => key.Read(run) is string text ? RunKey.Shown(text) : "–"),
        ];
    }

    // The name at its end says more than the folders before it.
    private static string Cut(string data, int longest)
    {
        if (data.Length <= longest)
        {
            return data;
        }

        int name = data.LastIndexOf('/', data.Length - 2) + 1;
        return $"…{data[(name > 0 && data.Length - name < longest ? name - 1 : data.Length - longest)..]}";
    }
}
