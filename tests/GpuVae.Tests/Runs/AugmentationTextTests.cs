using System.Text;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Runs;

/// <summary>Augmentation in words, and the data that it is for.</summary>
public sealed class AugmentationTextTests
{
    [Theory]
    [InlineData("flip", 0, true, false)]
    [InlineData("flip-vertical", 0, false, true)]
    [InlineData("shift2", 2, false, false)]
    [InlineData("shift14, flip-vertical,flip", 14, true, true)]
    public void Words_between_commas_are_read_in_any_order(string text, int shift, bool flips, bool flipsVertically) =>
        Assert.Equal(new Augmentation(shift, flips, flipsVertically), AugmentationText.Parse(text));

    [Theory]
    [InlineData("flip", false, "flip")]
    [InlineData("flip-vertical,shift1", false, "flip vertically, shift up to 1 pixel")]
    [InlineData("shift12,flip", false, "flip, shift up to 12 pixels")]
    [InlineData("shift12", true, "shift up to 12 numbers")]
    public void What_is_done_is_said_to_a_person(string text, bool isSeries, string said) =>
        Assert.Equal(said, AugmentationText.Describe(AugmentationText.Parse(text), isSeries));

    [Theory]
    [InlineData("shift", "shift: a whole number of pixels from 1 stands directly behind shift, as in shift2")]
    [InlineData("flip,shift", "flip,shift: shift: a whole number of pixels from 1 stands directly behind shift, as in shift2")]
    [InlineData("shift0", "shift0: a whole number of pixels from 1 stands directly behind shift, as in shift2")]
    [InlineData("shift-1", "shift-1: a whole number of pixels from 1 stands directly behind shift, as in shift2")]
    [InlineData("shift 2", "shift 2: a whole number of pixels from 1 stands directly behind shift, as in shift2")]
    [InlineData("shift2.5", "shift2.5: a whole number of pixels from 1 stands directly behind shift, as in shift2")]
    [InlineData("shift99999999999", "shift99999999999: a whole number of pixels from 1 stands directly behind shift, as in shift2")]
    [InlineData("flip,flip", "flip,flip: flip stands there twice; leave one out")]
    [InlineData("shift2,shift3", "shift2,shift3: shift stands there twice; leave one out")]
    [InlineData("flp", "flp: unknown; did you mean flip? choose from flip, flip-vertical, shiftN")]
    [InlineData("flip2", "flip2: unknown; did you mean flip? choose from flip, flip-vertical, shiftN")]
    [InlineData("flip,shfit3", "flip,shfit3: shfit3: unknown; did you mean shift3? choose from flip, flip-vertical, shiftN")]
    [InlineData("Shift", "Shift: unknown; did you mean shift2? choose from flip, flip-vertical, shiftN")]
    [InlineData("rotate10", "rotate10: unknown; choose from flip, flip-vertical, shiftN")]
    [InlineData("flip shift2", "flip shift2: unknown; words stand between commas, as in flip,shift2")]
    [InlineData("shift2 flip", "shift2 flip: unknown; words stand between commas, as in flip,shift2")]
    [InlineData("shiftN", "shiftN: unknown; did you mean shift2? choose from flip, flip-vertical, shiftN")]
    [InlineData("hflip", "hflip: unknown; write flip")]
    [InlineData("flip,crop28", "flip,crop28: crop28: unknown; write shiftN, a random crop of the picture with N pixels of its edge around it")]
    [InlineData("none", "none: unknown; leave --augment out")]
    [InlineData("", "\"\": no word stands there; write flip, flip-vertical or shiftN, or leave it out")]
    [InlineData("flip,", "flip,: a word is missing between commas; write flip, flip-vertical or shiftN")]
    public void Word_that_is_none_is_named_with_what_may_stand_there(string text, string message) => Assert.Equal(
        $"--augment {message}",
        Assert.Throws<UserException>(() => new RunConfiguration { Augment = text }.Validate()).Message);

    [Fact]
    public void Configuration_holds_it_only_where_something_is_done()
    {
        Assert.DoesNotContain("augment", Json(new RunConfiguration()), StringComparison.Ordinal);
        string json = Json(new RunConfiguration { Augment = "flip,shift2" });
        Assert.Equal("flip,shift2", RunConfiguration.ReadJson(Encoding.UTF8.GetBytes(json), "it").Augment);
    }

    [Fact]
    public void Run_goes_on_with_what_it_began_with()
    {
        var run = new RunConfiguration { Augment = "flip" };
        Assert.StartsWith(
            "--augment shift2: the run began with flip (it)",
            Assert.Throws<UserException>(() => RunDifference.Require(run, run with { Augment = "shift2" }, "it")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flip,shift2", 3, 5, null)]
    [InlineData("shift3", 3, 5, "an example of 3×5 pixels may move by less than its shorter side; take shift1 or shift2")]
    [InlineData("shift99", 28, 28, "an example of 28×28 pixels may move by less than its shorter side; take shift1 to shift27")]
    [InlineData("shift2", 2, 3, "an example of 2×3 pixels may move by less than its shorter side; take shift1")]
    [InlineData("shift4,flip", 1, 5, null)]
    [InlineData("shift5", 1, 5, "an example of 5 numbers may move by less than its length; take shift1 to shift4")]
    [InlineData("shift1", 1, 1, "an example of one number has nowhere to go; leave --augment out")]
    [InlineData("flip-vertical", 1, 5, "an example is one row of numbers, without top and bottom; leave flip-vertical out")]
    [InlineData("flip", 20, 1, "an example is one pixel wide, without left and right; leave flip out")]
    public void Pictures_and_series_are_moved_within_their_size(string text, int height, int width, string? reason)
    {
        var images = new ImageSet(new float[4 * height * width], null, height, width);
        Require(text, images, reason);
    }

    [Theory]
    [InlineData("shift1", 1, "an example of one pixel has nowhere to go; leave --augment out")]
    [InlineData("flip-vertical", 20, "an example is one row of pixels, without top and bottom; leave flip-vertical out")]
    [InlineData("shift20", 20, "an example of 20 pixels may move by less than its length; take shift1 to shift19")]
    public void Bytes_of_one_row_are_pixels(string text, int width, string reason) =>
        Require(text, new ImageSet(new byte[4 * width], null, 1, width), reason);

    [Theory]
    [InlineData("flip", null, "the rows of a table, where each column means something of its own, stay as they are; "
        + "leave it out, or say with --image-size 1x4 that a row is a series")]
    [InlineData("flip", "1x4", null)]
    [InlineData("flip", "2x2", null)]
    public void Rows_of_a_table_stay_as_they_are(string text, string? size, string? reason)
    {
        int height = size == "2x2" ? 2 : 1;
        var table = new ImageSet(new float[12], null, height, 4 / height) { ColumnNames = ["a", "b", "c", "d"] };
        Require(text, table, reason, size);
    }

    [Fact]
    public void Rows_with_categories_are_a_table_whatever_their_size_is_said_to_be()
    {
        var table = new ImageSet(new float[12], null, 1, 4) { ColumnNames = ["a", "b", "c", "d"], Groups = [2] };
        Require(
            "shift1", table, "the rows of a table, where each column means something of its own, stay as they are; leave it out", "1x4");
    }

    private static void Require(string text, ImageSet images, string? reason, string? size = null)
    {
        var configuration = new RunConfiguration { Augment = text, Data = "it", ImageSize = size, Likelihood = "gaussian" };
        var data = new Dataset("it", images, images);
        if (reason is null)
        {
            Assert.Equal(text, configuration.For(data, choosesLikelihood: true).Augment);
            return;
        }
        Assert.Equal(
            $"it: --augment {text}: {reason}",
            Assert.Throws<UserException>(() => configuration.For(data, choosesLikelihood: true)).Message);
    }

    private static string Json(RunConfiguration configuration)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            configuration.WriteJson(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
