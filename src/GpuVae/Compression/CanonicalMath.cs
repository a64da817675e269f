namespace GpuVae.Compression;

/// <summary>
/// Functions of double precision that have the same bits on every machine: made of + − × ÷ √, each rounded by itself as IEEE 754
/// says, and of what may be done to the bits of a number. No library's exp or log, and no fused multiply-add. What is not a
/// number stays so.
/// </summary>
/// <remarks>
/// <see cref="Version"/> counts whatever changes a bit: files name theirs, and are read by that alone. Their errors, relative to
/// the value: exp, log, σ, log(1 + eˣ), eˣ − 1 and tanh 10⁻¹⁵; Φ(−x) 10⁻¹⁵ (1 + x²); Φ⁻¹ 10⁻¹⁴.
/// </remarks>
internal static class CanonicalMath
{
    /// <summary>The version of this arithmetic, and of the order of sums in <see cref="CanonicalNetwork"/>.</summary>
    public const int Version = 1;

    // Beyond, eˣ is taken for 0 and for infinity: no step has a subnormal number then.
    private const double LeastExponent = -708;
    private const double MostExponent = 709;

    private const double InverseLog2 = 1.4426950408889634;

    // log 2 in two parts, the first with so few bits that a multiple of it is exact.
    private const double Log2High = 6.93147180369123816490e-01;
    private const double Log2Low = 1.90821492927058770002e-10;

    private const double HalfRoot2 = 0.70710678118654752440;
    private const double InverseRootTwoPi = 0.39894228040143267794;

    private const int MantissaBits = 52;
    private const int ExponentBias = 1023;

    // 1/n! from n = 2 on.
    private static readonly double[] _inverseFactorials =
    [
        1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800,
        1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200,
    ];

    // With u = 1/(1 + x/4) and t = (u − TailCenter)·TailScale, Φ(−x) = e^−x²/2 u P(t): P is the polynomial through the 22 Chebyshev
    // nodes of x from 0 to 38, beyond which Φ(−x) is 0. It is 2·10⁻¹⁶ away at most.
    private const double TailCenter = 0.5476190476190477;
    private const double TailScale = 2.210526315789474;
    private const double TailEnd = 38;

    private static readonly double[] _tail =
    [
        0.20421441221214479, 0.1553756994513664, 0.09081827303876108, 0.038910855483764654, 0.010631982851585724,
        0.0007957380783046319, -0.0006193570622999293, -0.0001805154169821111, 3.6564932600757576e-05,
        2.1553965911656162e-05, -3.3916084564713717e-06, -2.5308243092865537e-06, 5.393093939011533e-07,
        2.903205766441035e-07, -1.0580485805397556e-07, -2.6919887407241367e-08, 1.9733668214337158e-08,
        5.881619634648291e-10, -2.9299476346324006e-09, 4.1902776541540397e-10, 2.5051751783277924e-10,
        -6.904479919860186e-11,
    ];

    /// <summary>eˣ; 0 below −708, infinity above 709.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (x < LeastExponent)
            return 0;
        if (x > MostExponent)
            return double.PositiveInfinity;
        double k = Math.Floor((x * InverseLog2) + 0.5);
        double r = (x - (k * Log2High)) - (k * Log2Low);
        return (1 + ExpMinusOneNear0(r)) * PowerOfTwo((int)k);
    }

    /// <summary>eˣ − 1.</summary>
    public static double ExpMinusOne(double x) => x is > -0.35 and < 0.35 ? ExpMinusOneNear0(x) : Exp(x) - 1;

    /// <summary>log x; −infinity of 0, and not a number below.</summary>
    public static double Log(double x)
    {
        if (!(x > 0))
            return x == 0 ? double.NegativeInfinity : double.NaN;
        if (double.IsPositiveInfinity(x))
            return x;
        int exponent = 0;
        if (x < 1e-300)
            (x, exponent) = (x * PowerOfTwo(64), -64);
        ulong bits = BitConverter.DoubleToUInt64Bits(x);
        exponent += (int)(bits >> MantissaBits) - ExponentBias;
        // Within 1 … 2, then about 1.
        double m = BitConverter.UInt64BitsToDouble((bits & ((1ul << MantissaBits) - 1)) | ((ulong)ExponentBias << MantissaBits));
        if (m > 2 * HalfRoot2)
            (m, exponent) = (m * 0.5, exponent + 1);
        double s = (m - 1) / (m + 1);
        return (exponent * Log2High) + (TwiceArtanh(s, 21) + (exponent * Log2Low));
    }

    /// <summary>1/(1 + e⁻ˣ).</summary>
    public static double Sigmoid(double x)
    {
        double e = Exp(-Math.Abs(x));
        return (x < 0 ? e : 1) / (1 + e);
    }

    /// <summary>log(1 + eˣ).</summary>
    public static double Softplus(double x)
    {
        double e = Exp(-Math.Abs(x));
        return (x < 0 ? 0 : x) + TwiceArtanh(e / (2 + e), 35);
    }

    /// <summary>tanh x.</summary>
    public static double Tanh(double x)
    {
        double e = ExpMinusOne(-2 * Math.Abs(x));
        double size = -e / (2 + e);
        return x < 0 ? -size : size;
    }

    /// <summary>Φ(x), the part of a normal distribution below x.</summary>
    public static double NormalCdf(double x) => x < 0 ? NormalTail(-x) : 1 - NormalTail(x);

    /// <summary>Φ⁻¹(p), for p above 0 and below 1.</summary>
    public static double NormalQuantile(double p)
    {
        if (p > 0.5)
            return -NormalQuantile(1 - p);
        // Abramowitz and Stegun 26.2.23, and three steps of Halley's method.
        double t = Math.Sqrt(-2 * Log(p));
        double x = -(t - ((2.515517 + (t * (0.802853 + (t * 0.010328)))) / (1 + (t * (1.432788 + (t * (0.189269 + (t * 0.001308))))))));
        for (int step = 0; step < 3; step++)
        {
            double error = (NormalCdf(x) - p) / (InverseRootTwoPi * Exp(-0.5 * x * x));
            x -= error / (1 + (0.5 * x * error));
        }
        return x;
    }

    /// <summary>Φ(−x) for x from 0.</summary>
    private static double NormalTail(double x)
    {
        if (x > TailEnd)
            return 0;
        double u = 1 / (1 + (0.25 * x)), t = (u - TailCenter) * TailScale;
        double sum = 0;
        for (int i = _tail.Length - 1; i >= 0; i--)
            sum = (sum * t) + _tail[i];
        return Exp(-0.5 * x * x) * (u * sum);
    }

    /// <summary>eˣ − 1 where |x| is up to 0.35.</summary>
    private static double ExpMinusOneNear0(double x)
    {
        double sum = 0;
        for (int i = _inverseFactorials.Length - 1; i >= 0; i--)
            sum = (sum * x) + _inverseFactorials[i];
        return x + (x * x * sum);
    }

    /// <summary>log((1 + s)/(1 − s)) = 2 (s + s³/3 + … + sⁿ/n).</summary>
    private static double TwiceArtanh(double s, int last)
    {
        double square = s * s, sum = 0;
        for (int n = last; n > 1; n -= 2)
            sum = (sum + (1.0 / n)) * square;
        return 2 * (s + (s * sum));
    }

    private static double PowerOfTwo(int exponent)
    {
        // 2¹⁰²⁴ is no number by itself, but half of it is.
        int first = exponent / 2;
        return Power(first) * Power(exponent - first);

        static double Power(int e) => BitConverter.Int64BitsToDouble((long)(e + ExponentBias) << MantissaBits);
    }
}
