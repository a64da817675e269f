using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>
/// A posterior N(μ, LLᵀ) unit by unit: zⱼ given those before it is N(μⱼ + Σᵢ Lⱼᵢ εᵢ, Lⱼⱼ²) with εᵢ = (zᵢ − its mean)/Lᵢᵢ, so that a
/// full covariance is coded as a diagonal one is.
/// </summary>
internal ref struct CanonicalPosterior
{
    // As far as a normal distribution is of use: beyond, every bucket but the last has the same slots.
    private const double MostMean = 1e6;

    private readonly ReadOnlySpan<float> _head;
    private readonly Span<double> _epsilon; // (k), of the units so far
    private readonly bool _isFull;
    private readonly int _units;

    /// <summary>Reads a head.</summary>
    /// <param name="head">As <see cref="Covariance"/> says.</param>
    /// <param name="covariance">How it holds μ and L.</param>
    /// <param name="epsilon">(k), memory.</param>
    public CanonicalPosterior(ReadOnlySpan<float> head, Covariance covariance, Span<double> epsilon)
    {
        _head = head;
        _epsilon = epsilon;
        _isFull = covariance == Covariance.Full;
        _units = epsilon.Length;
    }

    /// <summary>Mean and deviation of a unit, after <see cref="Know"/> was told of those before it.</summary>
    public readonly (double Mean, double Deviation) Unit(int unit)
    {
        double mean = _head[unit];
        for (int i = 0; _isFull && i < unit; i++)
            mean += _head[(2 * _units) + (unit * (unit - 1) / 2) + i] * _epsilon[i];
        return (Bounded(mean, MostMean), CanonicalMath.Exp(LogDeviation(unit)));
    }

    /// <summary>Tells which number a unit has.</summary>
    public readonly void Know(int unit, double z)
    {
        if (!_isFull)
            return;
        (double mean, double deviation) = Unit(unit);
        _epsilon[unit] = (z - mean) / deviation;
    }

    /// <summary>KL(q ‖ N(0, I)) in nats.</summary>
    public readonly double Divergence()
    {
        double sum = 0;
        for (int j = 0; j < _units; j++)
        {
            double mean = _head[j], log = LogDeviation(j);
            sum += (mean * mean) + Math.Exp(2 * log) - 1 - (2 * log);
        }
        for (int i = 2 * _units; _isFull && i < _head.Length; i++)
            sum += (double)_head[i] * _head[i];
        return sum / 2;
    }

    private readonly double LogDeviation(int unit)
    {
        double log = _head[_units + unit];
        return Bounded(_isFull ? log : log * 0.5, GaussianCode.LogDeviationLimit);
    }

    /// <summary>Within ±limit; 0 where it is not a number.</summary>
    private static double Bounded(double value, double limit) =>
        value > limit ? limit : value < -limit ? -limit : double.IsNaN(value) ? 0 : value;
}
