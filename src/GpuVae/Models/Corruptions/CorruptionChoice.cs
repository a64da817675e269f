using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>A corruption that can be chosen.</summary>
/// <param name="LargestAmount">Of what amounts it takes, from above 0; 0 where it takes none.</param>
/// <param name="Create">Makes it of an amount.</param>
public sealed record CorruptionChoice(double LargestAmount, Func<double, ICorruption> Create)
{
    /// <summary>Whether what it gives is within 0 … 1, so that the data has to be.</summary>
    public bool NeedsUnitRange { get; init; }

    /// <summary>Whether numbers beside each other are taken for neighbours, as those of a picture or of a series are.</summary>
    public bool NeedsPlaces { get; init; }

    /// <summary>A defect of a kind.</summary>
    internal static CorruptionChoice Defect(PatchKind kind) => new(1, amount => new PatchCorruption(kind, amount))
    {
        NeedsUnitRange = kind == PatchKind.Noise,
        NeedsPlaces = true,
    };

    /// <summary>Noise of a kind.</summary>
    internal static CorruptionChoice Noise(double largestAmount, CorruptionKind kind, bool isClipped = true) =>
        new(largestAmount, amount => new NoisyCorruption(kind, amount, isClipped))
        {
            NeedsUnitRange = isClipped && kind != CorruptionKind.Masking,
        };
}
