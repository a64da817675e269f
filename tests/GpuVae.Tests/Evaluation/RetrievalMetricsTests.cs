using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class RetrievalMetricsTests
{
    [Fact]
    public void Precision_and_recall_are_those_computed_by_hand()
    {
        // One query 00 of label 1 over the codes 00, 01, 11, 00 of labels 1, 2, 1, 2.
        var codes = new BitCodes(4, 2);
        codes.Pack([0, 0, 1, 0, 1, 1, 0, 0], 0.5f, 0);
        RetrievalQuality quality = RetrievalMetrics.Evaluate(new BitCodes(1, 2), [1], codes, [1, 2, 1, 2], k: 3);
        Assert.Equal(1 / 3.0, quality.PrecisionAtK, 1e-15);
        Assert.Equal([new(0, 0.5, 0.5), new(1, 1 / 3.0, 0.5), new(2, 0.5, 1)], quality.Curve);
    }

    [Fact]
    public void Random_codes_agree_with_counting_every_pair()
    {
        const int Bits = 6, K = 9;
        var random = new Random(3);
        BitCodes queries = HammingSearchTests.RandomCodes(random, 40, Bits);
        BitCodes codes = HammingSearchTests.RandomCodes(random, 80, Bits);
        int[] queryLabels = [.. Enumerable.Range(0, 40).Select(_ => random.Next(3))];
        int[] labels = [.. Enumerable.Range(0, 80).Select(_ => random.Next(3))];
        RetrievalQuality quality = RetrievalMetrics.Evaluate(queries, queryLabels, codes, labels, K);

        (int Distance, int Index, bool Same)[][] pairs =
        [
            .. Enumerable.Range(0, 40).Select(query => Enumerable.Range(0, 80)
                .Select(i => (
                    HammingSearchTests.Distance(codes, i, queries, query), i, labels[i] == queryLabels[query]))
                .Order().ToArray()),
        ];
        Assert.Equal(pairs.Average(row => row[..K].Average(pair => pair.Same ? 1 : 0)), quality.PrecisionAtK, 1e-13);
        Assert.Equal(Bits + 1, quality.Curve.Count);
        int relevant = pairs.Sum(row => row.Count(pair => pair.Same));
        foreach (RetrievalPoint point in quality.Curve)
        {
            (int Distance, int Index, bool Same)[] retrieved =
                [.. pairs.SelectMany(row => row.Where(pair => pair.Distance <= point.Radius))];
            int same = retrieved.Count(pair => pair.Same);
            Assert.Equal((double)same / retrieved.Length, point.Precision, 1e-13);
            Assert.Equal((double)same / relevant, point.Recall, 1e-13);
        }
    }

    [Fact]
    public void Codes_that_are_the_labels_retrieve_perfectly()
    {
        var codes = new BitCodes(4, 1);
        codes.Pack([0, 1, 0, 1], 0.5f, 0);
        RetrievalQuality quality = RetrievalMetrics.Evaluate(codes, [8, 9, 8, 9], codes, [8, 9, 8, 9], k: 2);
        Assert.Equal(1.0, quality.PrecisionAtK);
        Assert.Equal(new RetrievalPoint(0, 1, 1), quality.Curve[0]);
    }

    [Fact]
    public void A_ratio_of_nothing_is_not_a_number()
    {
        var codes = new BitCodes(1, 2);
        codes.Pack([1, 1], 0.5f, 0);
        RetrievalQuality quality = RetrievalMetrics.Evaluate(new BitCodes(1, 2), [1], codes, [2], k: 1);
        Assert.Equal(0.0, quality.PrecisionAtK);
        Assert.Equal([new(0, double.NaN, double.NaN), new(1, double.NaN, double.NaN), new(2, 0, double.NaN)], quality.Curve);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        var codes = new BitCodes(2, 4);
        Assert.Throws<ArgumentException>(() => RetrievalMetrics.Evaluate(new BitCodes(1, 3), [1], codes, [1, 2], 1));
        Assert.Throws<ArgumentException>(() => RetrievalMetrics.Evaluate(codes, [1], codes, [1, 2], 1));
        Assert.Throws<ArgumentException>(() => RetrievalMetrics.Evaluate(codes, [1, 2], codes, [1], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalMetrics.Evaluate(codes, [1, 2], codes, [1, 2], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalMetrics.Evaluate(codes, [1, 2], codes, [1, 2], 3));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => RetrievalMetrics.Evaluate(new BitCodes(0, 4), [], codes, [1, 2], 1));
    }
}
