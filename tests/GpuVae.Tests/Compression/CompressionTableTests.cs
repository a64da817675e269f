using GpuVae.Compression;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>Slots of buckets and of pixels: each symbol has some, they fill the range, and the inverse finds them.</summary>
public sealed class CompressionTableTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2.5, 0.03)]
    [InlineData(-3, 1e-4)]
    [InlineData(1e6, 4.5e-5)]
    [InlineData(-1e6, 2.2e4)]
    [InlineData(0.1, 2.2e4)]
    public void Buckets_fill_the_range_of_a_posterior(double mean, double deviation)
    {
        foreach (int bits in new[] { 1, 12, LatentBuckets.MostBits })
        {
            var buckets = new LatentBuckets(bits);
            uint end = 0;
            for (int bucket = 0; bucket < buckets.Count; bucket++)
            {
                SymbolInterval slots = buckets.Posterior(bucket, mean, deviation);
                Assert.Equal(end, slots.Start);
                Assert.True(slots.Frequency is > 0 and < 1u << 28);
                end = slots.Start + slots.Frequency;
                Assert.Equal(bucket, buckets.Find(slots.Start, mean, deviation));
                Assert.Equal(bucket, buckets.Find(end - 1, mean, deviation));
            }
            Assert.Equal(1u << LatentBuckets.PosteriorBits, end);
        }
    }

    [Fact]
    public void Under_the_prior_a_posterior_that_is_the_prior_costs_nothing()
    {
        var buckets = new LatentBuckets(12);
        double bits = Enumerable.Range(0, buckets.Count)
            .Average(bucket => LatentBuckets.PosteriorBits - Math.Log2(buckets.Posterior(bucket, 0, 1).Frequency));
        Assert.InRange(bits, 12 - 1e-4, 12 + 1e-4);
        Assert.True(Math.Abs(buckets.Center(2048) + buckets.Center(2047)) < 1e-7);
    }

    [Theory]
    [InlineData("bernoulli", 0)]
    [InlineData("bernoulli", 60)]
    [InlineData("bernoulli", -3.7)]
    [InlineData("bernoulli", float.NaN)]
    [InlineData("bernoulli", float.NegativeInfinity)]
    [InlineData("logistic", 0)]
    [InlineData("logistic", 0.503)]
    [InlineData("logistic", 1.7)]
    [InlineData("logistic", -1e30)]
    [InlineData("logistic", float.NaN)]
    [InlineData("beta-binomial", 0)]
    [InlineData("beta-binomial", -3.2)]
    [InlineData("beta-binomial", 14.5)]
    [InlineData("beta-binomial", 1e30)]
    [InlineData("beta-binomial", float.NaN)]
    public void Symbols_fill_the_range_of_a_pixel(string kind, float output)
    {
        // With the outputs of two pixels: the second is asked.
        (IPixelModel Model, float[] Outputs)[] models = kind switch
        {
            "bernoulli" => [(new BernoulliPixels(), [5, output])],
            "logistic" => [.. new[] { -3.5f, -13, 13 }.Select(scale => ((IPixelModel)new LogisticPixels(scale), new[] { 5, output }))],
            _ => [.. new[] { 0, -9, 3.3f, 6.9f, float.NaN }.Select(
                concentration => ((IPixelModel)new BetaBinomialPixels(1), new[] { 5, 1, output, concentration }))],
        };
        foreach ((IPixelModel model, float[] outputs) in models)
        {
            uint end = 0;
            for (int symbol = 0; symbol < model.Symbols; symbol++)
            {
                SymbolInterval slots = model.IntervalOf(outputs, 1, symbol);
                Assert.Equal(end, slots.Start);
                Assert.True(slots.Frequency is > 0 and < 1u << 24);
                end = slots.Start + slots.Frequency;
                Assert.Equal(slots, model.Find(outputs, 1, slots.Start, out int first));
                Assert.Equal(slots, model.Find(outputs, 1, end - 1, out int last));
                Assert.Equal((symbol, symbol), (first, last));
                Assert.Equal(symbol, model.SymbolOf(model.Value(symbol)));
                double cost = model.Cost(outputs, 1, symbol) / Math.Log(2);
                // A symbol that hardly ever comes has more slots than it should.
                if (cost < 12)
                    Assert.InRange(24 - Math.Log2(slots.Frequency), cost - 0.01, cost + 0.01);
            }
            Assert.Equal(1u << model.Bits, end);
        }
    }

    [Fact]
    public void Numbers_that_are_no_symbols_are_told()
    {
        Assert.Equal(-1, new BernoulliPixels().SymbolOf(0.5f));
        Assert.Equal(-1, new BernoulliPixels().SymbolOf(float.NaN));
        Assert.Equal(-1, new LogisticPixels(0).SymbolOf(0.5f));
        Assert.Equal(-1, new LogisticPixels(0).SymbolOf(1.1f));
    }
}
