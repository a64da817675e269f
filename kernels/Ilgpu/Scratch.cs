using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>Memory for what a launch leaves to the next one of the same operation.</summary>
/// <remarks>
/// Memory that has become too small is kept to the end all the same: a graph of launches may hold its address.
/// </remarks>
internal sealed class Scratch(Accelerator accelerator) : IDisposable
{
    private readonly List<MemoryBuffer1D<float, Stride1D.Dense>> buffers = [];

    /// <summary>At least so many numbers, whatever they are; the next call gives the same ones.</summary>
    public ArrayView<float> Take(long length)
    {
        if (buffers.Count == 0 || buffers[^1].Length < length)
            buffers.Add(accelerator.Allocate1D<float>(length));
        return buffers[^1].View;
    }

    /// <inheritdoc/>
    public void Dispose() => buffers.ForEach(buffer => buffer.Dispose());
}
