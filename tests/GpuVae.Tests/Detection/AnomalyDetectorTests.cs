using GpuVae.Detection;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Detection;

public sealed class AnomalyDetectorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly float[] _hot = [2, 4, 60, 8, 10, 12];

    private readonly AnomalyDetector _detector = Sensors.Shared;

    [Fact]
    public void Normal_rows_are_let_pass_and_the_odd_column_is_named()
    {
        float[][] normal = Sensors.Rows(500, seed: 7);
        Assert.InRange(normal.Count(row => _detector.Verdict(row).IsAnomaly) / 500.0, 0, 0.06);
        AnomalyExplanation explained = _detector.Explain(_hot);
        Assert.True(explained.Verdict.IsAnomaly);
        Assert.InRange(explained.Verdict.Probability, 0.999, 1);
        Assert.Null(explained.Verdict.ImpossibleColumn);
        ColumnContribution first = explained.Largest(2)[0];
        Assert.Equal((2, "heat", 60.0), (first.Column, first.Name, first.Given.Number));
        Assert.InRange(first.Expected.Number, 0, 59);
        Assert.Equal(Sensors.Names, explained.Columns.Select(column => column.Name));
    }

    [Fact]
    public void The_parts_of_the_columns_add_up_to_the_score()
    {
        foreach (float[] row in (float[][])[.. Sensors.Rows(50, seed: 3), _hot])
        {
            AnomalyExplanation explained = _detector.Explain(row);
            double score = _detector.Score(row);
            Assert.Equal(BitConverter.DoubleToInt64Bits(score), BitConverter.DoubleToInt64Bits(explained.Verdict.Score));
            Assert.InRange(explained.Columns.Sum(column => column.Contribution), score * (1 - 1e-5), score * (1 + 1e-5));
            Assert.All(explained.Columns, column => Assert.True(column.Contribution >= 0));
            Assert.Equal(explained.Columns.Select(column => column.Contribution), explained.Pixels());
        }
    }

    [Fact]
    public void Every_way_to_give_a_row_has_the_same_score()
    {
        float[][] rows = Sensors.Rows(200, seed: 4);
        rows[17] = _hot;
        rows[18] = [1, 2, float.NaN, 4, 5, 6];
        long[] expected = Sensors.Bits(rows.Select(row => _detector.Score(row)));
        Assert.Equal(expected, Sensors.Bits(_detector.ScoreMany(rows, Token)));
        Assert.Equal(expected, Sensors.Bits(rows.Select(row => _detector.Score(Array.ConvertAll(row, number => (double)number)))));
        var images = new GpuVae.Data.ImageSet([.. rows.SelectMany(row => row)], null, 1, 6);
        Assert.Equal(expected, Sensors.Bits(_detector.ScoreMany(images, Token)));
        Dictionary<string, ColumnValue>[] named =
            [.. rows.Select(row => row.Index().Reverse().ToDictionary(pair => Sensors.Names[pair.Index], pair => (ColumnValue)pair.Item))];
        Assert.Equal(expected, Sensors.Bits(named.Select(row => _detector.Score(row))));
        Assert.Equal(expected, Sensors.Bits(_detector.ScoreMany(named, Token)));
        Assert.Empty(_detector.ScoreMany(Array.Empty<float[]>(), Token));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_scores_infinity_and_names_its_column(float strange)
    {
        float[] row = [1, 2, 3, strange, 5, 6];
        AnomalyVerdict verdict = _detector.Verdict(row);
        Assert.Equal((double.PositiveInfinity, true, 1.0, "noise"), (verdict.Score, verdict.IsAnomaly, verdict.Probability, verdict.ImpossibleColumn));
        Assert.Equal(verdict.Score, _detector.Score(row));
        row[5] = strange;
        AnomalyExplanation explained = _detector.Explain(row);
        Assert.Equal(verdict, explained.Verdict);
        Assert.Equal(
            [0, 0, 0, double.PositiveInfinity, 0, double.PositiveInfinity], explained.Columns.Select(column => column.Contribution));
        Assert.All(explained.Columns, column => Assert.True(column.Expected.IsMissing));
    }

    [Fact]
    public void A_row_so_far_away_that_the_model_overflows_scores_infinity()
    {
        double[] far = [1, 2, 3, 4, 1e300, 6];
        AnomalyVerdict verdict = _detector.Verdict(far);
        Assert.Equal((double.PositiveInfinity, "speed"), (verdict.Score, verdict.ImpossibleColumn));
        float[] large = [3e38f, -3e38f, 3e38f, 3e38f, -3e38f, 3e38f];
        Assert.True(_detector.Score(large) > 1e30);
        Assert.False(double.IsNaN(_detector.Score(large)));
    }

    [Fact]
    public void The_threshold_and_its_false_alarms_are_kept()
    {
        Assert.Equal(ThresholdRule.Quantile(0.99), _detector.Rule);
        Assert.Equal((360, 40), (_detector.TrainingRows, _detector.HeldOutRows));
        Assert.Equal(4 / 360.0, _detector.TrainingShareFlagged);
        Assert.InRange(_detector.HeldOutShareFlagged!.Value, 0, 0.2);
        Assert.True(_detector.Calibration!.IsHeldOut);
        Assert.Equal(40, _detector.Calibration.Rows);
        AnomalyVerdict verdict = _detector.VerdictOf(_detector.Threshold);
        Assert.False(verdict.IsAnomaly);
        Assert.True(_detector.VerdictOf(Math.BitIncrement(_detector.Threshold)).IsAnomaly);
    }

    [Fact]
    public void A_row_of_another_length_is_refused_in_the_words_of_the_library()
    {
        DetectorInputException fault = Assert.Throws<DetectorInputException>(() => _detector.Score([1f, 2f]));
        Assert.Equal(InputFault.WrongLength, fault.Fault);
        Assert.Equal("a row of 2 numbers, and the detector was trained on 6 columns; give one for each", fault.Message);
        Assert.Throws<DetectorInputException>(() => _detector.Explain([1.0, 2, 3, 4, 5, 6, 7]));
        Assert.Throws<DetectorInputException>(() => _detector.Verdict(Array.Empty<byte>()));
        Assert.Throws<DetectorInputException>(() => _detector.ScoreMany([[1, 2, 3, 4, 5, 6], [1]], Token));
    }

    [Fact]
    public async Task Training_tells_where_it_stands_and_can_be_ended()
    {
        var heard = new List<TrainingProgress>();
        float[][] rows = Sensors.Rows(60, seed: 5);
        using AnomalyDetector detector = await AnomalyDetector.TrainAsync(
            rows, options: Sensors.Options(epochs: 2), progress: new Heard(heard.Add), cancellation: Token);
        Assert.Equal("column 3", detector.Columns[2].Name);
        Assert.False(detector.HasColumnNames);
        Assert.Equal(2, heard[^1].Epoch);
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AnomalyDetector.Train(
            rows, null, Sensors.Options(epochs: 1000), new Heard(_ => source.Cancel()), source.Token));
        Assert.Throws<OperationCanceledException>(() => detector.ScoreMany(rows, source.Token));
    }

    [Fact]
    public void Equal_rows_and_seed_give_equal_detectors_and_leave_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        AnomalyOptions options = Sensors.Options(epochs: 2) with { WorkFolder = folder.FullPath };
        float[][] rows = Sensors.Rows(60, seed: 5);
        bool worked = false;
        var heard = new Heard(_ => worked |= Directory.EnumerateDirectories(folder.FullPath).Count() == 1);
        using AnomalyDetector one = AnomalyDetector.Train(rows, null, options, heard, cancellation: Token);
        using AnomalyDetector two = AnomalyDetector.Train(rows, null, options, cancellation: Token);
        Assert.Equal(Sensors.Bits(one.ScoreMany(rows, Token)), Sensors.Bits(two.ScoreMany(rows, Token)));
        Assert.Equal(one.Threshold, two.Threshold);
        Assert.True(worked);
        Assert.ThrowsAny<UserException>(() => AnomalyDetector.Train(
            rows, null, options with { Configuration = options.Configuration with { Likelihood = "bernoulli" } }, cancellation: Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.FullPath));
    }

    private sealed class Heard(Action<TrainingProgress> hear) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => hear(value);
    }
}
