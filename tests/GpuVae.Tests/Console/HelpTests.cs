using System.Text.RegularExpressions;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class HelpTests
{
    [Fact]
    public void Without_arguments_it_says_what_it_is_and_what_to_type_first()
    {
        Outcome outcome = Run();
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("variational autoencoders", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("Start here: gpuvae train", outcome.Output, StringComparison.Ordinal);
        Assert.Empty(outcome.Error);
    }

    [Fact]
    public void Help_lists_the_verbs()
    {
        Outcome outcome = Run("--help");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches(@"(?m)^  train +\w", outcome.Output);
        Assert.Matches(@"(?m)^  devices +\w", outcome.Output);
        AssertFits(outcome.Output);
    }

    [Fact]
    public void Help_of_train_explains_each_option_and_gives_its_default()
    {
        Outcome outcome = Run("train", "--help");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("Examples:", outcome.Output, StringComparison.Ordinal);
        IEnumerable<string> options = Settings.All.Where(setting => setting.IsOption).Select(setting => setting.Option);
        string[] all = [.. options, "--resume", "--max-time", "--distributed", "--config", "--out", "--show", "--tensorboard", "--live", "--quiet", "--json"];
        foreach (string option in all)
        {
            // What is further in than an option continues its text, with whatever it begins.
            string explained = $@"(?m)^  {option}( (?<value>\S+))?(\s+[^-\s].*\n?| {{20,}}\S.*\n?)+";
            Match match = Regex.Match(outcome.Output, explained);
            Assert.True(match.Success, $"{option} is not explained");
            if (option != "--resume")
                Assert.Contains("Default:", match.Value.ReplaceLineEndings(" "), StringComparison.Ordinal);
        }

        Assert.DoesNotMatch(@"(?m)^  --[a-z-]+( [^ \n]+)?[a-z|][A-Z][a-z]+ ", outcome.Output); // a text that touches its name

        // Each heading once, in the order of the table, with every option of its settings under it.
        string[] lines = outcome.Output.Split('\n');
        Assert.All(Settings.Groups, group => Assert.Single(lines, $"{group.Key}:"));
        string[] shown = [.. lines.Where(line => line.StartsWith("  --", StringComparison.Ordinal))
            .Select(line => line.Trim().Split(' ')[0])];
        Assert.Equal(
            Settings.Groups.SelectMany(group => group).Select(setting => setting.Option),
            shown.Except(["--resume", "--max-time", "--distributed", "--config", "--out", "--show", "--tensorboard", "--live", "--quiet", "--json", "--verbose"]));
        Assert.Equal(shown.Distinct(), shown);

        AssertFits(outcome.Output);
    }

    [Theory]
    [InlineData("gpuvae train --code ", "binary diagonal full point")]
    [InlineData("gpuvae train --code d", "diagonal")]
    [InlineData("gpuvae train --sigma ", "learned")]
    [InlineData("gpuvae train --data ", "fashion-mnist kmnist mnist")]
    [InlineData("gpuvae train --adam", "--adam-beta1 --adam-beta2 --adam-epsilon")]
    public void A_shell_is_told_how_a_line_may_go_on(string line, string values)
    {
        Outcome outcome = Run(FormattableString.Invariant($"[suggest:{line.Length}]"), line);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(values, string.Join(' ', outcome.Output.Split('\n').Order()));
    }

    [Fact]
    public void Help_of_a_verb_asks_for_nothing_else()
    {
        Outcome outcome = Run("decode", "--help");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("Usage: gpuvae decode CODES", outcome.Output, StringComparison.Ordinal);
        AssertFits(outcome.Output);
    }

    [Fact]
    public void Help_of_each_verb_fits_and_its_examples_can_be_copied()
    {
        string[] verbs = [.. Regex.Matches(Run("--help").Output, @"(?m)^  ([a-z]+) +[A-Z]").Select(match => match.Groups[1].Value)];
        Assert.Contains("import", verbs);
        foreach (string verb in verbs)
        {
            Outcome outcome = Run(verb, "--help");
            AssertFits(outcome.Output);
            // A long one goes on behind a backslash, with its quotes closed.
            foreach (string line in outcome.Output.Split('\n').Where(line => line.EndsWith(" \\", StringComparison.Ordinal)))
                Assert.True(line.Count(letter => letter == '\'') % 2 == 0, line);
        }

        string import = Run("import", "--help").Output;
        Assert.Contains("--network 'conv 32 3/2 pad 1, dense 16' \\\n      --decoder '14x14x32, up C 3*2 pad 1+1' --latent 2\n", import, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help train", "train --help")]
    [InlineData("help evaluate", "evaluate --help")]
    public void Help_may_be_a_verb_too(string line, string usual)
    {
        Outcome outcome = Run(line.Split(' '));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(Run(usual.Split(' ')).Output, outcome.Output);
    }

    [Fact]
    public void Version_is_one_line()
    {
        Outcome outcome = Run("--version");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches(@"^gpuvae \d+\.\d+\.\d+$", outcome.Output);
    }

    private static Outcome Run(params string[] arguments) => Runner.Run(Path.GetTempPath(), arguments);

    private static void AssertFits(string output) =>
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
}
