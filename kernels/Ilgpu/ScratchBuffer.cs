using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>Room that operations use between their launches; it grows to the most that was asked for and stays.</summary>
/// <remarks>
/// Memory that has become too small is kept to the end all the same: a graph of launches may hold its address.
/// </remarks>
internal sealed class ScratchBuffer(Accelerator accelerator) : IDisposable
{
    private readonly List<MemoryBuffer1D<float, Stride1D.Dense>> buffers = [];

    /// <summary>Room for so many numbers, which hold anything.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than kernels can index with 32 bits.</exception>
    public ArrayView<float> Take(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue, nameof(length));
        if (buffers.Count == 0 || buffers[^1].Length < length)
            buffers.Add(accelerator.Allocate1D<float>(length));
        return buffers[^1].View;
    }

    /// <inheritdoc/>
    public void Dispose() => buffers.ForEach(buffer => buffer.Dispose());
}
