using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class ConfusionMatrixTests
{
    [Fact]
    public void Counts_and_ratios_are_those_computed_by_hand()
    {
        // Three positives, of which two are found; five negatives, of which one is taken for a positive.
        bool[] positive = [true, true, true, false, false, false, false, false];
        bool[] predicted = [true, false, true, false, true, false, false, false];
        var matrix = ConfusionMatrix.Of(predicted, positive);
        Assert.Equal(new ConfusionMatrix(2, 1, 4, 1), matrix);
        Assert.Equal(8, matrix.Count);
        Assert.Equal(6 / 8.0, matrix.Accuracy, 1e-15);
        Assert.Equal(2 / 3.0, matrix.Precision, 1e-15);
        Assert.Equal(2 / 3.0, matrix.Recall, 1e-15);
        Assert.Equal(4 / 6.0, matrix.F1, 1e-15);
    }

    [Fact]
    public void The_other_class_as_the_positive_one_turns_the_table_and_changes_precision_and_recall()
    {
        bool[] positive = [true, true, true, true, false, false];
        bool[] predicted = [true, true, true, false, true, false];
        var matrix = ConfusionMatrix.Of(predicted, positive);
        var turned = ConfusionMatrix.Of(
            [.. predicted.Select(value => !value)], [.. positive.Select(value => !value)]);
        Assert.Equal((matrix.TruePositives, matrix.FalsePositives), (turned.TrueNegatives, turned.FalseNegatives));
        Assert.Equal(matrix.Accuracy, turned.Accuracy);
        Assert.Equal((0.75, 0.75), (matrix.Precision, matrix.Recall));
        Assert.Equal((0.5, 0.5), (turned.Precision, turned.Recall));
    }

    [Fact]
    public void F1_is_the_harmonic_mean_of_precision_and_recall()
    {
        var matrix = new ConfusionMatrix(7, 3, 11, 2);
        Assert.Equal(2 / ((1 / matrix.Precision) + (1 / matrix.Recall)), matrix.F1, 1e-15);
    }

    [Fact]
    public void A_ratio_of_nothing_is_not_a_number_rather_than_a_good_or_a_bad_one()
    {
        var nothingPredicted = ConfusionMatrix.Of([false, false], [true, false]);
        Assert.Equal((double.NaN, 0.0, 0.0), (nothingPredicted.Precision, nothingPredicted.Recall, nothingPredicted.F1));
        var noPositives = ConfusionMatrix.Of([true, false], [false, false]);
        Assert.Equal((0.0, double.NaN, 0.0), (noPositives.Precision, noPositives.Recall, noPositives.F1));
        var neither = ConfusionMatrix.Of([false], [false]);
        Assert.Equal((1.0, double.NaN), (neither.Accuracy, neither.F1));
        Assert.Equal(double.NaN, ConfusionMatrix.Of([], []).Accuracy);
    }

    [Fact]
    public void Predictions_of_another_number_of_examples_are_refused() =>
        Assert.Throws<ArgumentException>(() => ConfusionMatrix.Of([true], [true, false]));
}
