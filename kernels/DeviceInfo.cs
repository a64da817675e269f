namespace GpuVae.Kernels;

/// <summary>A device that can be opened.</summary>
/// <param name="Name">The name to open it with.</param>
/// <param name="Description">What it is.</param>
/// <param name="Memory">Its memory in bytes.</param>
public sealed record DeviceInfo(string Name, string Description, long Memory)
{
    /// <summary>True for a GPU, which <c>auto</c> prefers to the CPU.</summary>
    public bool IsGpu { get; init; }

    /// <summary>What else a person may want to know, a few words each: driver, compute capability, caches.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>The precisions in which it can multiply.</summary>
    public IReadOnlyList<Precision> Precisions { get; init; } = [Precision.Fp32];
}
