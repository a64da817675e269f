using GpuVae.Compression;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>Canonical functions against the runtime's own, or against 20 digits of another program, to the stated errors.</summary>
public sealed class CanonicalMathTests
{
    private const double Error = 1e-15;

    public static TheoryData<string> Functions => ["exp", "log", "sigmoid", "softplus", "expm1", "tanh"];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Elementary_functions_are_right_to_fifteen_digits(string name)
    {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            double x = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 3));
            (double found, double expected) = name switch
            {
                "exp" => (CanonicalMath.Exp(x), Math.Exp(x)),
                "log" => (CanonicalMath.Log(Math.Abs(x)), Math.Log(Math.Abs(x))),
                "sigmoid" => (CanonicalMath.Sigmoid(x), x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x))),
                "softplus" => (CanonicalMath.Softplus(x), Math.Max(x, 0) + LogOnePlus(Math.Exp(-Math.Abs(x)))),
                "expm1" => (CanonicalMath.ExpMinusOne(x), 2 * Math.Exp(x / 2) * Math.Sinh(x / 2)),
                _ => (CanonicalMath.Tanh(x), Math.Tanh(x)),
            };
            Assert.InRange(found, expected - (2 * Error * Math.Abs(expected)), expected + (2 * Error * Math.Abs(expected)));
        }
    }

    [Theory]
    [InlineData(-30, 4.9067139271481870595e-198)]
    [InlineData(-10, 7.619853024160526066e-24)]
    [InlineData(-5, 2.8665157187919391167e-7)]
    [InlineData(-2.5, 0.006209665325776135167)]
    [InlineData(-1, 0.15865525393145705141)]
    [InlineData(-0.5, 0.30853753872598689636)]
    [InlineData(-1e-3, 0.49960105778608893742)]
    [InlineData(0, 0.5)]
    [InlineData(0.25, 0.59870632568292372424)]
    [InlineData(1, 0.84134474606854294859)]
    [InlineData(3, 0.99865010196836990547)]
    [InlineData(6, 0.99999999901341235496)]
    public void The_normal_distribution_is_right(double x, double expected) =>
        Assert.InRange(CanonicalMath.NormalCdf(x) / expected, 1 - (Error * (1 + (x * x))), 1 + (Error * (1 + (x * x))));

    [Theory]
    [InlineData(1e-12, -7.0344838253011319298)]
    [InlineData(1e-6, -4.7534243088228989482)]
    [InlineData(0.0001220703125, -3.6683292851213230192)]
    [InlineData(0.02, -2.0537489106318230529)]
    [InlineData(0.3, -0.52440051270804078404)]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 0.6744897501960817432)]
    [InlineData(0.999, 3.0902323061678135415)]
    public void Its_quantiles_are_right(double p, double expected) =>
        Assert.InRange(
            CanonicalMath.NormalQuantile(p), expected - (1e-14 * (1 + Math.Abs(expected))), expected + (1e-14 * (1 + Math.Abs(expected))));

    [Fact]
    public void Ends_of_the_line_have_their_limits()
    {
        Assert.Equal(0, CanonicalMath.Exp(-1e9));
        Assert.Equal(0, CanonicalMath.Exp(double.NegativeInfinity));
        Assert.Equal(double.PositiveInfinity, CanonicalMath.Exp(710));
        Assert.Equal(1, CanonicalMath.Exp(0));
        Assert.Equal(double.NegativeInfinity, CanonicalMath.Log(0));
        Assert.Equal(double.PositiveInfinity, CanonicalMath.Log(double.PositiveInfinity));
        Assert.Equal(Math.Log(double.Epsilon), CanonicalMath.Log(double.Epsilon), 12);
        Assert.Equal((0.0, 1.0), (CanonicalMath.NormalCdf(-100), CanonicalMath.NormalCdf(100)));
        Assert.Equal((0.0, 1.0), (CanonicalMath.Sigmoid(double.NegativeInfinity), CanonicalMath.Sigmoid(double.PositiveInfinity)));
        Assert.Equal((-1.0, 1.0), (CanonicalMath.Tanh(-1e9), CanonicalMath.Tanh(1e9)));
        Func<double, double>[] functions =
        [
            CanonicalMath.Exp, CanonicalMath.Log, CanonicalMath.Sigmoid, CanonicalMath.Softplus, CanonicalMath.ExpMinusOne,
            CanonicalMath.Tanh, CanonicalMath.NormalCdf,
        ];
        Assert.All(functions, f => Assert.True(double.IsNaN(f(double.NaN))));
    }

    [Fact]
    public void Their_bits_are_those_of_every_machine()
    {
        // A machine that computes others cannot read what another one wrote; this sum is of 60,000 values.
        ulong sum = 0;
        for (int i = -5000; i < 5000; i++)
        {
            double x = i / 137.0;
            double[] values =
            [
                CanonicalMath.Exp(x), CanonicalMath.Log(x * x), CanonicalMath.Softplus(x), CanonicalMath.Tanh(x), CanonicalMath.NormalCdf(x),
                CanonicalMath.NormalQuantile((i + 5000.5) / 10_000),
            ];
            foreach (double value in values)
                sum = (sum * 6364136223846793005) + BitConverter.DoubleToUInt64Bits(value);
        }
        Assert.Equal(15997454191799955857, sum);
    }

    private static double LogOnePlus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
    }
}
