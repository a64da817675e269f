using GpuVae.Compression;
using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>Steps of codes, the frequencies of their symbols, and what is searched by them.</summary>
public sealed class QuantizedCodesTests
{
    [Theory]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(5)]
    [InlineData(100)]
    public void A_number_is_half_a_step_away_at_most(double step)
    {
        float[] codes = Normal(1000, 1, mean: 3, deviation: 2);
        UnitRange range = Assert.Single(UnitRange.Of(codes, 1));
        UnitQuantizer unit = UnitQuantizer.Of(range, step)!.Value;
        Assert.True(unit.IsPossible);
        Assert.InRange(range.Mean, 2.7, 3.3);
        Assert.InRange(range.Deviation, 1.8, 2.2);
        double error = codes.Max(code => Math.Abs(code - unit.Value(unit.SymbolOf(code))));
        Assert.InRange(error, 0, unit.Levels == 1 ? range.Most - range.Least : (step / 2) + 1e-5);
        Assert.Equal((unit.Levels == 1, step == 100), (step == 100, unit.Levels == 1));
        Assert.All(Enumerable.Range(0, unit.Levels), symbol => Assert.Equal(symbol, unit.SymbolOf(unit.Value(symbol))));
        var bytes = new byte[UnitQuantizer.Length];
        unit.Write(bytes);
        Assert.Equal(unit, UnitQuantizer.Read(bytes));
    }

    [Fact]
    public void Too_many_symbols_are_none()
    {
        UnitRange range = new(0, 1, -4, 4);
        Assert.Null(UnitQuantizer.Of(range, 8.0 / UnitQuantizer.MostLevels));
        Assert.Equal(UnitQuantizer.MostLevels - 1, UnitQuantizer.Of(range, 8.0 / (UnitQuantizer.MostLevels - 1.5))!.Value.Levels);
        Assert.Null(UnitQuantizer.Of(range, 0));
        Assert.Null(UnitQuantizer.Of(new UnitRange(0, 1e38, -3e38, 3e38), 1e39));
        Assert.Equal(1, UnitQuantizer.Of(range, double.PositiveInfinity)!.Value.Levels);
        Assert.Equal(1, UnitQuantizer.Of(new UnitRange(2, 0, 2, 2), 1e-9)!.Value.Levels);
    }

    [Theory]
    [InlineData(float.NaN, 1, 1, 0, 2)]
    [InlineData(0, 0, 1, 0, 2)]
    [InlineData(0, float.PositiveInfinity, 1, 0, 2)]
    [InlineData(0, 1, -1, 0, 2)]
    [InlineData(0, 1, 1, -5000, 2)]
    [InlineData(0, 1, 1, 0, 0)]
    [InlineData(0, 1, 1, 0, 5000)]
    public void What_no_file_has_is_refused(float offset, float step, float deviation, int least, int levels) =>
        Assert.False(new UnitQuantizer(offset, step, deviation, least, levels).IsPossible);

    [Theory]
    [InlineData(0.05, 200_000, 1.002)]
    [InlineData(0.7, 200_000, 1.002)]
    [InlineData(4, 200_000, 1.01)]
    [InlineData(0.7, 300, 1.13)]
    public void Symbols_take_what_their_distribution_says(double step, int count, double most)
    {
        // Two normal distributions, of which no unit of a quantiser knows.
        float[] codes = [.. Normal(count / 2, 5, -3, 0.5f), .. Normal(count / 2, 6, 3, 0.5f)];
        new Random(9).Shuffle(codes);
        UnitQuantizer unit = UnitQuantizer.Of(UnitRange.Of(codes, 1)[0], step)!.Value;
        int[] symbols = Array.ConvertAll(codes, unit.SymbolOf);
        double entropy = symbols.GroupBy(symbol => symbol).Sum(group => -group.Count() * Math.Log2((double)group.Count() / symbols.Length));
        double bits = QuantizedCoder.Cost([unit], symbols, symbols.Length);
        Assert.InRange(bits, entropy * 0.98, entropy * most);
    }

    [Fact]
    public void Frequencies_hold_all_slots_and_find_each()
    {
        var frequencies = new AdaptiveFrequencies(new UnitQuantizer(0, 0.5f, 1, -9, 20));
        var random = new Random(2);
        for (int i = 0; i < 70_000; i++)
        {
            if (i % 1000 == 0)
            {
                uint next = 0;
                for (int symbol = 0; symbol < 20; symbol++)
                {
                    SymbolInterval interval = frequencies.IntervalOf(symbol);
                    Assert.Equal(next, interval.Start);
                    Assert.InRange(interval.Frequency, 1u, 1u << AdaptiveFrequencies.Bits);
                    Assert.Equal(interval, frequencies.Find(interval.Start, out int found));
                    Assert.Equal(interval, frequencies.Find(interval.Start + interval.Frequency - 1, out int last));
                    Assert.Equal((symbol, symbol), (found, last));
                    next += interval.Frequency;
                }
                Assert.Equal(1u << AdaptiveFrequencies.Bits, next);
            }
            frequencies.Count(Math.Min(random.Next(20), random.Next(20)));
        }
    }

    [Fact]
    public void Steps_follow_what_the_decoder_makes_of_a_unit()
    {
        // x = (z₀, 10 z₁), and nothing of z₂.
        float[] codes = Normal(3000, 3, 0, 1);
        float[] x = Rebuilt(codes);
        var search = new QuantizationSearch(codes, 3, x, 2, 2, (z, rebuilt) => Rebuilt(z).CopyTo(rebuilt, 0));
        Assert.Equal(10, search.Ratios[0] / search.Ratios[1], 3);
        Assert.Equal(double.PositiveInfinity, search.Ratios[2]);
        double scale = search.ScaleOfError(0.01)!.Value;
        UnitQuantizer[] units = search.Fit(scale)!;
        Assert.Equal(1, units[2].Levels);
        Assert.InRange(search.Error(units), 0.0095, 0.01);
        // Of a uniform quantiser the error is Δ²/12, and a symbol takes h(z) − log Δ.
        Assert.InRange(units[0].Step / Math.Sqrt(0.12), 0.97, 1.01);
        double bits = search.Bits(units, search.Count) / search.Count;
        double normal = 0.5 * Math.Log2(2 * Math.PI * Math.E);
        Assert.InRange(bits / (normal - Math.Log2(units[0].Step) + normal + Math.Log2(10) - Math.Log2(10 * units[1].Step)), 0.97, 1.1);
        Assert.Null(search.ScaleOfError(1e-12));

        UnitQuantizer[] cheap = search.Fit(search.ScaleOfBits(3 * search.Count, search.Count)!.Value)!;
        Assert.InRange(search.Bits(cheap, search.Count) / search.Count, 2.9, 3);
        Assert.True(search.Error(cheap) > 0.01);

        static float[] Rebuilt(float[] z) => [.. Enumerable.Range(0, z.Length / 3).SelectMany(row => new[] { z[row * 3], 10 * z[(row * 3) + 1] })];
    }

    [Fact]
    public void What_goes_together_is_paid_once()
    {
        // Of four units two are the sum and the difference of what x is made of, and two say nearly the same again.
        float[] sources = Normal(2 * 2000, 3, 0, 1), noise = Normal(2 * 2000, 4, 0, 0.01f);
        var codes = new float[4 * 2000];
        var x = new float[2 * 2000];
        for (int row = 0; row < 2000; row++)
        {
            (float a, float b) = (sources[row * 2], sources[(row * 2) + 1]);
            (codes[row * 4], codes[(row * 4) + 1]) = (a + b, a - b);
            (codes[(row * 4) + 2], codes[(row * 4) + 3]) = (a + noise[row * 2], b + noise[(row * 2) + 1]);
            (x[row * 2], x[(row * 2) + 1]) = (X(codes.AsSpan(row * 4, 4)));
        }
        var units = new QuantizationSearch(codes, 4, x, 2, 2, (z, rebuilt) =>
        {
            for (int row = 0; row < z.Length / 4; row++)
                (rebuilt[row * 2], rebuilt[(row * 2) + 1]) = X(z.AsSpan(row * 4, 4));
        })
        { CountsSteps = true };
        QuantizationSearch turned = units.Turned()!;
        UnitQuantizer[] plain = units.Fit(units.ScaleOfError(0.01)!.Value)!, directions = turned.Fit(turned.ScaleOfError(0.01)!.Value)!;
        Assert.InRange(turned.Bits(directions, 2000), 1, 0.6 * units.Bits(plain, 2000));
        (CodeSteps steps, int[] symbols) = turned.Quantize(directions);
        Assert.Equal((2, 4), (steps.Units.Count, steps.Width));
        Assert.Equal(2 * 2000, symbols.Length);
        double sum = 0;
        var code = new float[4];
        for (int row = 0; row < 2000; row++)
        {
            steps.Transform!.Apply([steps.Units[0].Value(symbols[row * 2]), steps.Units[1].Value(symbols[(row * 2) + 1])], code);
            (float a, float b) = X(code);
            sum += QuantizationSearch.SquaredDistance([a, b], x.AsSpan(row * 2, 2));
        }
        Assert.InRange(sum / 4000, 0.008, 0.0101);

        byte[] bytes = steps.ToArray();
        CodeSteps read = CodeSteps.Read(bytes)!;
        Assert.Equal(steps.Units, read.Units);
        Assert.Equal(bytes, read.ToArray());
        Assert.Null(CodeSteps.Read(bytes.AsSpan(0, bytes.Length - 1)));
        for (int at = 0; at < 12; at++)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1 << 4;
            Assert.Null(CodeSteps.Read(changed));
        }
        // Numbers of everything as large as they can be.
        byte[] most = [.. bytes];
        most.AsSpan(0, 12).Fill(0xFF);
        Assert.Null(CodeSteps.Read(most));
        bytes[^1] = 0x7C; // infinity
        Assert.Null(CodeSteps.Read(bytes));
        // As many directions as nobody needs, each of which takes memory.
        Assert.Null(CodeSteps.Read((steps with { Units = [.. Enumerable.Repeat(steps.Units[0], 6)], Transform = steps.Transform!.Take([0, 1, 0, 1, 0, 1]) }).ToArray()));

        static (float A, float B) X(ReadOnlySpan<float> z) => (z[0] + z[1] + z[2], z[0] - z[1] + z[3]);
    }

    [Fact]
    public void Principal_components_of_many_numbers_are_those_of_their_covariance()
    {
        const int Dimensions = 30;
        var random = new Random(4);
        float[] sources = Normal(400 * 5, 8, 0, 1), mixing = Normal(5 * Dimensions, 9, 0, 1), x = Normal(400 * Dimensions, 10, 1, 0.1f);
        for (int i = 0; i < x.Length; i++)
        {
            for (int source = 0; source < 5; source++)
                x[i] += sources[(i / Dimensions * 5) + source] * mixing[(source * Dimensions) + (i % Dimensions)] * (5 - source);
        }
        using GpuVae.Kernels.IDevice device = GpuVae.Kernels.Device.Open("cpu");
        var some = PrincipalSubspace.Of(device, x, Dimensions, 4);
        var all = PrincipalComponents.Of(x, Dimensions);
        Assert.Equal(4, some.Components);
        float[] codes = some.Project(x);
        for (int component = 0; component < 4; component++)
        {
            double[] expected = all.Project(x, component);
            double sign = Math.Sign(expected[0] * codes[component]);
            Assert.All(expected, (value, row) => Assert.Equal(value, sign * codes[(row * 4) + component], 0.002 * Math.Abs(value) + 0.01));
        }
        var rebuilt = new float[x.Length];
        some.Rebuild(codes, rebuilt);
        // The rest is the fifth source and the noise.
        double left = QuantizationSearch.SquaredDistance(x, rebuilt), whole = x.Sum(value => (value - 1.0) * (value - 1.0));
        double explained = Enumerable.Range(0, 4).Sum(all.ExplainedVariance);
        Assert.Equal(1 - explained, left / whole, 2);
        Assert.Equal(2, PrincipalSubspace.Of(device, x.AsSpan(0, 2 * Dimensions), Dimensions, 9).Components);
    }

    private static float[] Normal(int count, int seed, float mean, float deviation)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
                mean + (deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))),
        ];
    }
}
