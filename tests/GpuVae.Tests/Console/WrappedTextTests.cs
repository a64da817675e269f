using GpuVae.CommandLine;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Sentences in a terminal and in a pipe, and the list of a run's files.</summary>
public sealed class WrappedTextTests
{
    private const string Sentence =
        "gpuvae: interrupted after epoch 3, step 17; saved in runs/mine; to go on: gpuvae train --resume runs/mine --epochs 30";

    [Fact]
    public void A_pipe_gets_a_sentence_on_one_line() => Assert.Equal([Sentence], Lines(Sentence, width: null));

    [Theory]
    [InlineData(79)]
    [InlineData(60)]
    [InlineData(40)]
    public void A_terminal_breaks_it_between_words(int width)
    {
        string[] lines = Lines(Sentence, width);
        Assert.True(lines.Length > 1);
        Assert.Equal(Sentence, string.Join(' ', lines));
        if (width >= 60)
        {
            Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
            // A command that a line has room for is not taken apart.
            Assert.Equal("gpuvae train --resume runs/mine --epochs 30", lines[^1]);
        }
    }

    [Fact]
    public void What_fits_stays_as_it_is() => Assert.Equal(["  a  b = c"], Lines("  a  b = c", 79));

    [Fact]
    public void Files_of_epochs_between_which_others_have_none_are_counted() => Assert.Equal(
        ["images/samples-0001…0003.png", "images/reconstruction-0001…0009.png (2 files)", "images/manifold-0004.png", "metrics.jsonl"],
        TrainSummary.Collapse(
        [
            "images/samples-0001.png", "images/samples-0002.png", "images/samples-0003.png", "images/reconstruction-0009.png",
            "images/reconstruction-0001.png", "images/manifold-0004.png", "metrics.jsonl",
        ]));

    private static string[] Lines(string text, int? width)
    {
        using var written = new StringWriter { NewLine = "\n" };
        WrappedText.WriteLine(written, text, width);
        return written.ToString().TrimEnd('\n').Split('\n');
    }
}
