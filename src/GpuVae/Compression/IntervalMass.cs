namespace GpuVae.Compression;

/// <summary>
/// The logarithm of what a distribution of scale 1 about 0 gives to an interval, far out too: for reports, and so in any arithmetic.
/// </summary>
internal static class IntervalMass
{
    private const double LogRootTwoPi = 0.91893853320467274;

    // An interval of this part of what its density changes over has that density all along.
    private const double Narrow = 1e-4;

    /// <summary>Of N(0, 1).</summary>
    public static double LogOfNormal(double below, double above)
    {
        // Into the lower tail, where masses are not differences of ones.
        if (below > 0)
            (below, above) = (-above, -below);
        double width = above - below, middle = (below + above) / 2;
        if (width * Math.Max(1, Math.Abs(middle)) < Narrow)
            return Math.Log(width) - (middle * middle / 2) - LogRootTwoPi;
        double mass = CanonicalMath.NormalCdf(above) - CanonicalMath.NormalCdf(below);
        // Below what a double holds Φ(x) is φ(x)/|x| but for 1/x².
        return mass > 0 ? Math.Log(mass) : -(above * above / 2) - LogRootTwoPi - Math.Log(-above);
    }

    /// <summary>Of e^−|x| / 2.</summary>
    public static double LogOfLaplace(double below, double above)
    {
        if (below > 0)
            (below, above) = (-above, -below);
        return above <= 0
            ? Math.Log(0.5) + above + Math.Log(-CanonicalMath.ExpMinusOne(below - above))
            : Math.Log(-0.5 * (CanonicalMath.ExpMinusOne(below) + CanonicalMath.ExpMinusOne(-above)));
    }
}
