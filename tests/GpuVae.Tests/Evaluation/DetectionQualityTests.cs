using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class DetectionQualityTests
{
    private static readonly double[] _scores = [1, 2, 3, 4, 5];
    private static readonly bool[] _isAnomaly = [false, false, true, false, true];

    [Fact]
    public void Anomalies_as_the_positive_class_are_predicted_above_the_threshold()
    {
        var detection = DetectionQuality.Of(_scores, threshold: 3, _isAnomaly, positiveIsNormal: false);
        Assert.Equal(new ConfusionMatrix(1, 1, 2, 1), detection.Confusion);
        Assert.Equal(5 / 6.0, detection.RocAuc, 1e-15);
        Assert.Equal((1 + (2 / 3.0)) / 2, detection.AveragePrecision, 1e-15);
    }

    [Fact]
    public void Normals_as_the_positive_class_turn_the_table_but_not_the_area()
    {
        var detection = DetectionQuality.Of(
            _scores, threshold: 3, [.. _isAnomaly.Select(anomaly => !anomaly)], positiveIsNormal: true);
        Assert.Equal(new ConfusionMatrix(2, 1, 1, 1), detection.Confusion);
        Assert.Equal(5 / 6.0, detection.RocAuc, 1e-15);
        Assert.Equal((1 + 1 + (3 / 4.0)) / 3, detection.AveragePrecision, 1e-15);
    }
}
