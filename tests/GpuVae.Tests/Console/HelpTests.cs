using System.Text.RegularExpressions;
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
        string[] options =
        [
            "--data", "--limit", "--train-labels", "--preset", "--hidden", "--activation", "--latent", "--code", "--likelihood",
            "--objective", "--beta", "--epochs", "--batch", "--learning-rate", "--seed", "--device", "--precision", "--out",
            "--binarize", "--initializer", "--output-bias", "--schedule", "--rate-steps", "--final-learning-rate",
            "--adam-beta1", "--adam-beta2", "--adam-epsilon", "--evaluate-every",
            "--corruption", "--noise", "--sigma", "--weight-decay", "--clip-norm",
            "--samples", "--divergence", "--warm-up", "--free-bits", "--code-noise",
        ];
        foreach (string option in options)
        {
            string explained = $@"(?m)^  {option} (?<value>\S+)(\s+[^-\s].*\n?)+";
            Match match = Regex.Match(outcome.Output, explained);
            Assert.True(match.Success, $"{option} is not explained");
            Assert.Contains("Default:", match.Value.ReplaceLineEndings(" "), StringComparison.Ordinal);
        }

        AssertFits(outcome.Output);
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
