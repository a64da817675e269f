namespace GpuVae.Evaluation;

/// <summary>
/// The inverse of the standard normal distribution function, by rational approximations (Wichura 1988, algorithm
/// AS 241, "The percentage points of the normal distribution", routine PPND16), to about 16 digits.
/// </summary>
public static class NormalQuantile
{
    private static readonly double[] _centralNumerator =
    [
        3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ];

    private static readonly double[] _centralDenominator =
    [
        1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
        2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ];

    private static readonly double[] _middleNumerator =
    [
        1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ];

    private static readonly double[] _middleDenominator =
    [
        1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ];

    private static readonly double[] _tailNumerator =
    [
        6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ];

    private static readonly double[] _tailDenominator =
    [
        1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ];

    /// <summary>The x with P(X ≤ x) = <paramref name="probability"/> for X ~ N(0, 1).</summary>
    /// <param name="probability">In (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not inside (0, 1).</exception>
    public static double At(double probability)
    {
        if (!(probability > 0 && probability < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability inside (0, 1).");

        double q = probability - 0.5;
        if (Math.Abs(q) <= 0.425)
            return q * Ratio(_centralNumerator, _centralDenominator, 0.180625 - (q * q));

        double r = Math.Sqrt(-Math.Log(Math.Min(probability, 1 - probability)));
        double magnitude = r <= 5
            ? Ratio(_middleNumerator, _middleDenominator, r - 1.6)
            : Ratio(_tailNumerator, _tailDenominator, r - 5);
        return Math.CopySign(magnitude, q);
    }

    private static double Ratio(double[] numerator, double[] denominator, double x) =>
        Polynomial(numerator, x) / Polynomial(denominator, x);

    private static double Polynomial(double[] coefficients, double x)
    {
        double value = 0;
        for (int i = coefficients.Length - 1; i >= 0; i--)
            value = (value * x) + coefficients[i];
        return value;
    }
}
