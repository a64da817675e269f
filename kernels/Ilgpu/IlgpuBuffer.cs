using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>Device memory, zero at first, starting on a 64-byte boundary.</summary>
internal sealed class IlgpuBuffer<T> : DeviceBuffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    private readonly MemoryBuffer1D<T, Stride1D.Dense> memory;

    /// <summary>Takes the memory; every GPU driver aligns to more than 64 bytes, the CPU accelerator to less.</summary>
    public unsafe IlgpuBuffer(IlgpuBackend owner, Accelerator accelerator, AcceleratorStream stream, long length)
        : base(length)
    {
        Owner = owner;
        bool isHost = accelerator.AcceleratorType == AcceleratorType.CPU;
        // ILGPU has no buffer of zero elements that a kernel could be given.
        memory = accelerator.Allocate1D<T>(Math.Max(length, 1) + (isHost ? Alignment / sizeof(T) : 0));
        memory.MemSetToZero(stream);
        long skip = isHost ? (Alignment - (memory.NativePtr % Alignment)) % Alignment / sizeof(T) : 0;
        Memory = memory.AsContiguous().SubView(skip, Math.Max(length, 1));
    }

    /// <summary>The backend whose kernels can read it.</summary>
    public IlgpuBackend Owner { get; }

    /// <summary>The elements.</summary>
    public ArrayView<T> Memory { get; }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            memory.Dispose();
    }
}
