using GpuVae.CommandLine;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Tables of runs and of what tells them apart keep within 80 columns, and whatever a person copies stays whole.</summary>
public sealed class RunsWidthTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    private const int Width = 80;

    [Fact]
    public void Paths_are_whole_where_there_is_room_and_a_long_note_stands_below()
    {
        using Workplace workplace = Put("all/a", "all/b");
        File.WriteAllText(workplace.In("all/b/run.lock"), "");
        File.AppendAllText(workplace.In("all/b/metrics.jsonl"), "{]\n");
        Outcome outcome = Runner.Run(workplace.Folder, "runs", "all", "--sort", "run");
        Assert.Matches(@"(?m)^run +preset +data +epochs +test loss +at epoch +time$", outcome.Output);
        Assert.Matches(@"(?m)^all/a +vae +tiny +2 ", outcome.Output);
        Assert.Matches(@"(?m)^all/b: metrics\.jsonl: line 3: no valid JSON", outcome.Output);
        Assert.EndsWith("\n2 runs in all", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Paths_begin_in_the_folder_where_they_would_be_too_long()
    {
        const string Folder = "a-folder-of-some-length/and-another";
        using Workplace workplace = Put($"{Folder}/first", $"{Folder}/second");
        Outcome outcome = Runner.Run(workplace.Folder, "runs", Folder, "--sort", "run");
        AssertFits(outcome.Output);
        Assert.Matches(@"(?m)^first +vae +tiny +2 ", outcome.Output);
        Assert.EndsWith($"\n2 runs in {Folder}, where these paths begin", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Paths_that_leave_no_room_for_figures_have_lines_of_their_own()
    {
        string one = $"all/{new string('x', 60)}-1", other = $"all/{new string('x', 90)}-2";
        using Workplace workplace = Put(one, other);
        File.WriteAllText(workplace.In($"{one}/run.lock"), "");
        Outcome outcome = Runner.Run(workplace.Folder, "runs", "all", "--sort", "run");
        string[] lines = outcome.Output.Split('\n');
        Assert.Equal("run", lines[0]);
        Assert.Matches(@"^  preset +data +epochs +test loss +at epoch +time$", lines[1]);
        Assert.Equal(one, lines[2]);
        Assert.Matches(@"^  vae +tiny +2 +[0-9.]+ +[12] +0:\d\d$", lines[3]);
        Assert.Equal("  killed; train --resume goes on", lines[4]);
        Assert.Equal(other, lines[5]);
        AssertFits(outcome.Output, path => path == other);
    }

    [Fact]
    public void Columns_that_were_asked_for_take_the_place_of_others()
    {
        using Workplace workplace = Put($"all/{new string('x', 60)}");
        Outcome outcome = Runner.Run(
            workplace.Folder, "runs", "all", "--sort", "learning_rate", "--where", "evaluate_every=1", "--where", "active_units>=0");
        AssertFits(outcome.Output);
        Assert.Matches(@"(?m)^  preset +data +epochs +test loss +evaluate_every +active_units +learning_rate$", outcome.Output);
    }

    [Fact]
    public void Many_runs_are_compared_in_tables_below_each_other()
    {
        string[] paths = [.. Enumerable.Range(0, 12).Select(i => FormattableString.Invariant($"all/{i:00}"))];
        using Workplace workplace = Put(paths);
        string longest = "conv 4 3/2 norm batch relu, conv 8 3/2 relu, dense 16";
        Change(workplace, $"{paths[1]}/config.json", "\"seed\": 1", "\"seed\": 12345678901234567");
        Change(workplace, $"{paths[3]}/config.json", "\"seed\": 1", $"\"network\": \"{longest}\",\n  \"seed\": 1");
        Outcome outcome = Runner.Run(workplace.Folder, ["compare", .. paths]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        AssertFits(outcome.Output);
        Assert.Contains("\nL  all/11\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains($"\nnetwork\n  A  nothing\n  B  nothing\n  C  nothing\n  D  {longest}\n", outcome.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^setting +A +B ", outcome.Output);
        Assert.Matches(@"(?m)^best( +[A-L]){6,11}\n", outcome.Output);
        Assert.Matches(@"(?m)^best − A +B +C ", outcome.Output);
    }

    [Theory]
    [InlineData(new[] { 5, 5, 5 }, 21, "0,1,2")]
    [InlineData(new[] { 5, 5, 5, 5, 5 }, 21, "0,1,2|0,3,4")]
    [InlineData(new[] { 5, 5, 5, 5 }, 20, "0,1|0,2|0,3")]
    [InlineData(new[] { 5, 50, 5, 5 }, 21, "0,1|0,2,3")]
    [InlineData(new[] { 5 }, 3, "0")]
    public void Columns_that_do_not_fit_are_in_further_tables(int[] widths, int width, string expected) =>
        Assert.Equal(expected, string.Join('|', TextTable.Parts(widths, width, gap: 2).Select(part => string.Join(',', part))));

    private static void AssertFits(string output, Predicate<string>? but = null) =>
        Assert.All(output.Split('\n').Where(line => but?.Invoke(line) != true), line => Assert.InRange(line.EnumerateRunes().Count(), 0, Width));

    private static void Change(Workplace workplace, string path, string from, string to)
    {
        string text = File.ReadAllText(workplace.In(path));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(workplace.In(path), text.Replace(from, to, StringComparison.Ordinal));
    }

    /// <summary>A folder with copies of a run under other names.</summary>
    private Workplace Put(params string[] paths)
    {
        var workplace = new Workplace();
        foreach (string path in paths)
        {
            Directory.CreateDirectory(workplace.In(path));
            foreach (string file in (string[])["config.json", "metrics.jsonl", "best.safetensors"])
                File.Copy(runs.In($"vae/{file}"), workplace.In($"{path}/{file}"));
        }
        return workplace;
    }
}
