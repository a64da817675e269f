using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class ClassSelectionTests
{
    private static readonly ImageSet _beats = new(
        new float[] { 10, 11, 12, 13, 14 }, [1, 0, 1, 2, 0], 1, 1, labelNames: ["normal", "early", "late", "never"]);

    [Fact]
    public void Examples_of_the_classes_stay_in_their_order_with_their_labels()
    {
        ImageSet kept = ClassSelection.Keep(_beats, ["late", "normal"], "--train-labels");
        Assert.Equal([11, 13, 14], kept.Values!);
        Assert.Equal([0, 2, 0], kept.Labels!);
        Assert.Equal(_beats.LabelNames, kept.LabelNames);
    }

    [Fact]
    public void Classes_that_are_named_are_found() =>
        Assert.Equal([true, false, false, true], ClassSelection.Find(_beats, ["never", "normal"], "--positive"));

    [Theory]
    [InlineData("strange", "--train-labels strange: there is no class strange; the classes are normal, early, late, never")]
    [InlineData("never", "--train-labels never: the data has no example of that class")]
    public void A_class_that_is_not_there_is_named(string name, string said)
    {
        UserException exception = Assert.Throws<UserException>(
            () => ClassSelection.Keep(_beats, [name], "--train-labels"));
        Assert.Equal(said, exception.Message);
    }

    [Fact]
    public void Data_without_labels_has_no_classes()
    {
        UserException exception = Assert.Throws<UserException>(
            () => ClassSelection.Keep(new ImageSet(new float[4], null, 1, 2), ["a"], "--train-labels"));
        Assert.StartsWith("--train-labels a: the data has no labels", exception.Message, StringComparison.Ordinal);
    }
}
