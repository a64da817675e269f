using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Kernels;

public sealed class PhiloxTests
{
    private const int Count = 1 << 20;

    // Five standard errors: chance exceeds them once in two million.
    private static readonly double _fiveErrors = 5 / Math.Sqrt(Count);

    private static readonly RandomSource _source = new(1, RandomPurpose.TrainingCode);

    /// <summary>The known answers that come with the paper's own implementation.</summary>
    [Theory]
    [InlineData(
        0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u,
        0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(
        0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu,
        0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u,
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Blocks_are_the_published_ones(
        uint counter0, uint counter1, uint counter2, uint counter3, uint key0, uint key1,
        uint word0, uint word1, uint word2, uint word3)
    {
        PhiloxWords block = Philox.Block(new PhiloxWords(counter0, counter1, counter2, counter3), key0, key1);
        Assert.Equal(new PhiloxWords(word0, word1, word2, word3), block);
    }

    [Fact]
    public void Key_is_the_seed_and_the_counter_is_element_step_and_purpose()
    {
        var source = new RandomSource(0x299f31d0_a4093822, RandomPurpose.EvaluationCode);
        Assert.Equal(
            Philox.Block(new PhiloxWords(7, 0, 9, 4), 0xa4093822, 0x299f31d0), Philox.Block(source, step: 9, block: 7));
    }

    [Fact]
    public void Uniform_numbers_leave_out_both_ends()
    {
        Assert.Equal(0.5f / (1 << 23), Philox.Uniform(0));
        Assert.Equal(1 - (0.5f / (1 << 23)), Philox.Uniform(uint.MaxValue));
        Assert.True(Philox.Uniform(uint.MaxValue) < 1);
    }

    [Fact]
    public void Uniform_numbers_fill_the_interval_evenly()
    {
        var uniforms = new float[Count];
        Philox.FillUniform(_source, 0, uniforms);
        var bins = new int[64];
        foreach (float uniform in uniforms)
            bins[(int)(uniform * bins.Length)]++;
        double expected = (double)Count / bins.Length;
        double chiSquared = bins.Sum(count => (count - expected) * (count - expected) / expected);
        // χ² with 63 degrees of freedom: mean 63, standard deviation √126.
        Assert.InRange(chiSquared, 63 - (5 * Math.Sqrt(126)), 63 + (5 * Math.Sqrt(126)));
    }

    [Fact]
    public void Normals_have_the_moments_of_the_standard_normal()
    {
        float[] normals = Normals(_source, 0);
        double mean = normals.Average(x => (double)x);
        double variance = normals.Average(x => Math.Pow(x - mean, 2));
        double skewness = normals.Average(x => Math.Pow(x - mean, 3));
        double kurtosis = normals.Average(x => Math.Pow(x - mean, 4)) / (variance * variance);
        Assert.InRange(mean, -_fiveErrors, _fiveErrors);
        Assert.InRange(variance, 1 - (Math.Sqrt(2) * _fiveErrors), 1 + (Math.Sqrt(2) * _fiveErrors));
        Assert.InRange(skewness, -Math.Sqrt(15) * _fiveErrors, Math.Sqrt(15) * _fiveErrors);
        Assert.InRange(kurtosis, 3 - (Math.Sqrt(24) * _fiveErrors), 3 + (Math.Sqrt(24) * _fiveErrors));
        // P(|x| > 2) = 0.0455.
        double tail = normals.Average(x => Math.Abs(x) > 2 ? 1.0 : 0);
        Assert.InRange(tail, 0.0455 - (0.21 * _fiveErrors), 0.0455 + (0.21 * _fiveErrors));
    }

    [Fact]
    public void Normals_of_other_seeds_steps_purposes_and_elements_are_independent()
    {
        float[] normals = Normals(_source, 0);
        float[][] others =
        [
            Normals(_source, 1), Normals(_source, 1 << 20), Normals(_source with { Seed = 2 }, 0),
            Normals(_source with { Seed = 1 | (1ul << 32) }, 0),
            Normals(_source with { Purpose = RandomPurpose.EvaluationCode }, 0),
            .. Enumerable.Range(1, 5).Select(lag => (float[])[.. normals[lag..], .. normals[..lag]]),
        ];
        foreach (float[] other in others)
        {
            // Squares as well: two numbers of one Box–Muller pair share a radius.
            double correlation = normals.Zip(other, (x, y) => (double)x * y).Average();
            double ofSquares = normals.Zip(other, (x, y) => ((x * x) - 1.0) * ((y * y) - 1.0)).Average() / 2;
            Assert.InRange(correlation, -_fiveErrors, _fiveErrors);
            Assert.InRange(ofSquares, -_fiveErrors, _fiveErrors);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(17)]
    public void Shorter_fills_are_the_start_of_longer_ones(int length)
    {
        (var normals, var uniforms) = (new float[length], new float[length]);
        (var moreNormals, var moreUniforms) = (new float[64], new float[64]);
        Philox.FillNormal(_source, 5, normals);
        Philox.FillNormal(_source, 5, moreNormals);
        Philox.FillUniform(_source, 5, uniforms);
        Philox.FillUniform(_source, 5, moreUniforms);
        Assert.Equal(moreNormals[..length], normals);
        Assert.Equal(moreUniforms[..length], uniforms);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void Permutation_holds_every_number_once(int length)
    {
        int[] order = Permutation(length, epoch: 3);
        Assert.Equal(Enumerable.Range(0, length), order.Order());
        Assert.Equal(order, Permutation(length, epoch: 3));
    }

    [Fact]
    public void Permutation_differs_between_epochs()
    {
        int agreements = Permutation(1000, 0).Zip(Permutation(1000, 1), (a, b) => a == b ? 1 : 0).Sum();
        // Two random orders agree at one place in the mean, at over ten once in a hundred million.
        Assert.InRange(agreements, 0, 10);
    }

    [Fact]
    public void Every_permutation_is_equally_likely()
    {
        const int Draws = 6000;
        Dictionary<string, int> counts = [];
        for (int epoch = 0; epoch < Draws; epoch++)
        {
            string order = string.Join(' ', Permutation(3, epoch));
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(6, counts.Count);
        double fiveDeviations = 5 * Math.Sqrt(Draws / 6.0 * 5 / 6);
        Assert.All(counts.Values, count => Assert.InRange(count, 1000 - fiveDeviations, 1000 + fiveDeviations));
    }

    private static float[] Normals(RandomSource source, uint step)
    {
        var values = new float[Count];
        Philox.FillNormal(source, step, values);
        return values;
    }

    private static int[] Permutation(int length, int epoch)
    {
        var order = new int[length];
        Philox.FillPermutation(new RandomSource(1, RandomPurpose.Shuffle), (uint)epoch, order);
        return order;
    }
}
