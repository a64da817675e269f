using GpuVae.Data;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Runs;

/// <summary>Of what a synthetic defect can be put into.</summary>
public sealed class CorruptionPlacesTests
{
    private static readonly string[] _names = ["a", "b", "c", "d"];

    [Theory]
    [InlineData("cut-paste", 1, null, true)]
    [InlineData("noise-patch", 1, null, true)]
    [InlineData("cut-paste", 1, "1x4", false)]
    [InlineData("cut-paste", 2, "2x2", false)]
    [InlineData("masking", 1, null, false)]
    public void Rows_of_a_table_take_no_defect_and_the_line_says_so(string corruption, int height, string? size, bool isRefused)
    {
        var table = new ImageSet(new float[12], null, height, 4 / height) { ColumnNames = _names };
        Require(corruption, table, size, isRefused ? ", or say with --image-size 1x4 that a row is a series" : null);
    }

    [Fact]
    public void Series_and_pictures_have_places_and_categories_have_none()
    {
        Require("cut-paste", new ImageSet(new float[12], null, 1, 4), size: null, advice: null);
        Require("cut-paste", new ImageSet(new byte[12], null, 2, 2), size: null, advice: null);
        Require("cut-paste", new ImageSet(new float[12], null, 1, 4) { ColumnNames = _names, Groups = [2] }, "1x4", "take --corruption masking");
    }

    [Fact]
    public void Noise_for_numbers_of_another_range_is_answered_with_the_other_defect()
    {
        var far = new ImageSet([.. Enumerable.Range(-6, 12).Select(number => (float)number)], null, 2, 2);
        string message = Refusal("noise-patch", far, size: null)!;
        Assert.EndsWith("or take --corruption cut-paste", message, StringComparison.Ordinal);
    }

    private static void Require(string corruption, ImageSet examples, string? size, string? advice)
    {
        string? message = Refusal(corruption, examples, size);
        if (advice is null)
        {
            Assert.Null(message);
            return;
        }
        Assert.StartsWith($"it: --corruption {corruption} puts a defect into a picture", message, StringComparison.Ordinal);
        Assert.EndsWith(advice, message, StringComparison.Ordinal);
    }

    private static string? Refusal(string corruption, ImageSet examples, string? size)
    {
        var configuration = new RunConfiguration
        {
            Corruption = corruption,
            Noise = 0.3,
            Data = "it",
            ImageSize = size,
            Likelihood = "gaussian",
        };
        return Record.Exception(() => configuration.For(new Dataset("it", examples, examples), choosesLikelihood: true)) switch
        {
            null => null,
            UserException refused => refused.Message,
            Exception other => throw other,
        };
    }
}
