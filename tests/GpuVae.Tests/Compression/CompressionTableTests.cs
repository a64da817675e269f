using GpuVae.Compression;
using GpuVae.Kernels;
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
    [InlineData("logistic-mixture", 0)]
    [InlineData("logistic-mixture", 0.7)]
    [InlineData("logistic-mixture", -60)]
    [InlineData("logistic-mixture", 1e30)]
    [InlineData("logistic-mixture", float.NaN)]
    public void Symbols_fill_the_range_of_a_pixel(string kind, float output)
    {
        // With the outputs of two pixels: the second is asked.
        (IPixelModel Model, float[] Outputs)[] models = kind switch
        {
            "bernoulli" => [(new BernoulliPixels(), [5, output])],
            "logistic" => [.. new[] { -3.5f, -13, 13 }.Select(scale => ((IPixelModel)new LogisticPixels(scale), new[] { 5, output }))],
            // Of two components: m, ℓ and λ.
            "logistic-mixture" => [.. new[] { 0, -9, 3.3f, float.NaN }.Select(
                scale => ((IPixelModel)new LogisticMixturePixels(2, 1), new[] { 5, 1, 3, 2, 1, 0, output, 0.1f, -output, 0.5f, scale, -1 }))],
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

    [Theory]
    [InlineData(0f)]
    [InlineData(0.51f)]
    [InlineData(-40f)]
    [InlineData(1e30f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Symbols_fill_the_range_of_a_column(float output)
    {
        var scale = new ColumnScale(2, 0.5, false);
        var layout = new TableLayout(
        [
            new SteppedColumn("a", scale, true, 1000, true, -1500, 3001), new ListedColumn("b", scale, false, [-7, 0.5, 3]),
            new WordColumn("c", 2, ["x", "y", "new", ""]), new SteppedColumn("d", new ColumnScale(0, 1, true), false, 0.5, false, 0, 4),
        ]);
        Assert.Equal((5, 8), (layout.Variables, layout.Starts[^1]));
        float[] outputs = [output, output, output, output, -output, 0.3f, output, 1];
        foreach (TablePixels model in (TablePixels[])[new(layout, false, 0), new(layout, true, -3), new(layout, false, -12), new(layout, false, 9)])
        {
            for (int variable = 0; variable < layout.Variables; variable++)
            {
                int count = variable < 3 ? layout.Numbers[variable].Symbols : layout.SymbolsOf(variable);
                uint end = 0;
                for (int symbol = 0; symbol < count; symbol++)
                {
                    SymbolInterval slots = model.IntervalOf(outputs, variable, symbol);
                    Assert.Equal(end, slots.Start);
                    Assert.True(slots.Frequency is > 0 and < 1u << AnsCoder.MostBits);
                    end = slots.Start + slots.Frequency;
                    Assert.Equal(slots, model.Find(outputs, variable, slots.Start, out int first));
                    Assert.Equal(slots, model.Find(outputs, variable, end - 1, out int last));
                    Assert.Equal((symbol, symbol), (first, last));
                    double cost = model.Cost(outputs, variable, symbol) / Math.Log(2);
                    if (cost < 18)
                        Assert.InRange(AnsCoder.MostBits - Math.Log2(slots.Frequency), cost - 0.01, cost + 0.01);
                }
                Assert.Equal(1u << AnsCoder.MostBits, end);
            }
        }
    }

    [Fact]
    public void Numbers_that_are_too_many_for_slots_have_a_rest()
    {
        // 2²⁷ + 1 numbers about 2, in steps of 2⁻²⁶.
        var column = new SteppedColumn("a", new ColumnScale(2, 1, false), true, 1 << 26, true, 1 << 26, (1L << 27) + 1);
        var layout = new TableLayout([new WordColumn("w", 1, ["x"]), column]);
        Assert.Equal((4, (1 << 23) + 1, 4), (column.RestBits, column.Symbols, layout.Variables));
        var model = new TablePixels(layout, false, -1);
        float[] outputs = [0.1f, 0, 0, 0, 0];
        byte[] symbols = new byte[layout.Variables * sizeof(int)];
        for (long place = 0; place < column.Places; place += 1_234_567)
        {
            layout.Put(0, place, symbols);
            Assert.Equal(place, layout.PlaceOf(0, symbols));
            Assert.Equal(place, column.PlaceOf(column.Value(place)));
            int symbol = BitConverter.ToInt32(symbols), rest = BitConverter.ToInt32(symbols, 3 * sizeof(int));
            SymbolInterval slots = model.IntervalOf(outputs, 0, symbol), part = model.IntervalOf(outputs, 3, rest);
            Assert.Equal(slots, model.Find(outputs, 0, slots.Start + slots.Frequency - 1, out int found));
            Assert.Equal(part, model.Find(outputs, 3, part.Start + part.Frequency - 1, out int foundRest));
            Assert.Equal((symbol, rest), (found, foundRest));
            double density = Math.Exp(-Math.Pow((column.Value(place) - 2.1) * Math.E, 2) / 2) * Math.E / Math.Sqrt(2 * Math.PI);
            double cost = (model.Cost(outputs, 0, symbol) + model.Cost(outputs, 3, rest)) / Math.Log(2);
            if (place > 0)
                Assert.Equal(26 - Math.Log2(density), cost, 3);
            // Slots that every symbol has are a part of 64 of all here.
            Assert.InRange((2 * AnsCoder.MostBits) - Math.Log2((double)slots.Frequency * part.Frequency), cost - 2, cost + 0.05);
        }
    }

    [Fact]
    public void Masses_far_out_go_on_as_near_ones_do()
    {
        Assert.Equal(Math.Log(0.5), IntervalMass.LogOfNormal(double.NegativeInfinity, 0), 12);
        Assert.Equal(Math.Log(0.5), IntervalMass.LogOfLaplace(0, double.PositiveInfinity), 12);
        Assert.Equal(Math.Log(0.5 * (1 - Math.Exp(-1e-9))), IntervalMass.LogOfLaplace(0, 1e-9), 6);
        Assert.Equal(-50 - Math.Log(Math.Sqrt(2 * Math.PI)) + Math.Log(1e-6), IntervalMass.LogOfNormal(10, 10 + 1e-6), 3);
        // φ(60)/60 is far below the least double.
        Assert.Equal(-1800 - Math.Log(Math.Sqrt(2 * Math.PI) * 60), IntervalMass.LogOfNormal(60, double.PositiveInfinity), 3);
        Assert.Equal(IntervalMass.LogOfNormal(-61, -60), IntervalMass.LogOfNormal(60, 61), 12);
    }

    [Fact]
    public void Columns_of_a_table_are_read_as_they_were_written_and_nothing_else()
    {
        var scale = new ColumnScale(0.1, 3, true);
        var layout = new TableLayout(
            [new SteppedColumn("ä", scale, true, 8, true, -5, 9) { IsExact = false }, new ListedColumn("b", scale, false, [1, 2]), new WordColumn("", 1, ["w", "v"])])
        {
            LargestError = 0.25,
            WorstColumn = 0,
        };
        var image = new Shape(1, 6, 1);
        TableLayout read = TableLayoutBytes.Read(TableLayoutBytes.Of(layout), image)!;
        Assert.Equal(TableLayoutBytes.Of(layout), TableLayoutBytes.Of(read));
        Assert.Equal(layout.Columns[0], read.Columns[0]);
        Assert.Null(TableLayoutBytes.Read(TableLayoutBytes.Of(layout), new Shape(1, 7, 1)));
        Assert.Null(TableLayoutBytes.Read(TableLayoutBytes.Of(layout), new Shape(6, 1, 1)));
        Assert.Null(TableLayoutBytes.Read([.. TableLayoutBytes.Of(layout), 0], image));
        Assert.Null(TableLayoutBytes.Read(TableLayoutBytes.Of(layout)[..^1], image));
        TableColumn[] impossible =
        [
            new SteppedColumn("a", scale, false, 0, true, 0, 1), new SteppedColumn("a", scale, false, 1, true, 1L << 54, 1),
            new SteppedColumn("a", scale, false, 1, true, 0, TablePixels.MostNumbers + 1), new SteppedColumn("a", scale with { Factor = 0 }, false, 1, true, 0, 1),
            new SteppedColumn("a", scale with { Offset = double.NaN }, false, 1, true, 0, 1), new ListedColumn("a", scale, false, [2, 1]),
            new ListedColumn("a", scale, false, []), new ListedColumn("a", scale, false, [double.NaN]),
            new SteppedColumn("a", scale, false, 1, true, 0, 1) { IsExact = false },
        ];
        Assert.All(impossible, column => Assert.Null(TableLayoutBytes.Read(TableLayoutBytes.Of(new TableLayout([column])), new Shape(1, 1, 1))));
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
