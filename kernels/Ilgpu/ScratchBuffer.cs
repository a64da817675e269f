using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>Room that operations use between their launches; it grows to the most that was asked for and stays.</summary>
internal sealed class ScratchBuffer(Accelerator accelerator, AcceleratorStream stream) : IDisposable
{
    private MemoryBuffer1D<float, Stride1D.Dense>? memory;

    /// <summary>Room for so many numbers, which hold anything.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than kernels can index with 32 bits.</exception>
    public ArrayView<float> Take(long length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, int.MaxValue, nameof(length));
        if (memory is null || memory.Length < length)
        {
            stream.Synchronize();
            memory?.Dispose();
            memory = accelerator.Allocate1D<float>(length);
        }
        return memory.View;
    }

    /// <inheritdoc/>
    public void Dispose() => memory?.Dispose();
}
