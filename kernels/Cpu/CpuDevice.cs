using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Cpu;

/// <summary>A kernel for <see cref="CpuDevice"/> from outside this library: does an operation before it returns.</summary>
/// <remarks>Shapes have been checked. <see cref="CpuDevice.Span{T}"/> gives the memory of a view.</remarks>
/// <typeparam name="TOperation">The operation that it is for.</typeparam>
/// <param name="device">The device that runs it.</param>
/// <param name="operation">The operands.</param>
public delegate void CpuKernel<TOperation>(CpuDevice device, in TOperation operation)
    where TOperation : struct, IOperation;

/// <summary>The CPU's vector units on all cores: the device <c>cpu</c>. It loads no ILGPU.</summary>
/// <remarks>
/// Memory is native and every operation is done when its call returns. The width of the vectors is chosen once, here:
/// 512 bits with AVX-512, 256 with AVX2, else 128.
/// </remarks>
public abstract class CpuDevice : IDevice
{
    private bool _isDisposed;

    private protected CpuDevice(int threads)
    {
        Pool = new CpuThreadPool(threads);
        Description = Describe(threads);
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>The threads that share the work.</summary>
    internal CpuThreadPool Pool { get; }

    /// <summary>Who is inside.</summary>
    private protected SingleCaller Caller { get; } = new();

    /// <summary>Memory that kernels keep between calls.</summary>
    internal ScratchMemory Scratch { get; } = new();

    /// <summary>The width of this processor's vectors that the kernels are written for.</summary>
    private static int VectorBits =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 512 : Avx2.IsSupported ? 256 : 128;

    /// <summary>Opens the CPU.</summary>
    /// <param name="threads">Threads to work with; 0 takes one for each core.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static CpuDevice Create(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (threads == 0)
            threads = Environment.ProcessorCount;
        return VectorBits switch
        {
            512 => new CpuDevice<Simd512, Vector512<float>>(threads),
            256 => new CpuDevice<Simd256, Vector256<float>>(threads),
            _ => new CpuDevice<Simd128, Vector128<float>>(threads),
        };
    }

    /// <summary>
    /// Gives every CPU device of this process a kernel for an operation that this library has none for. A second one for
    /// the same operation takes the place of the first; the library's own kernels are never replaced.
    /// </summary>
    /// <typeparam name="TOperation">The operation.</typeparam>
    /// <param name="kernel">Does it.</param>
    public static void Register<TOperation>(CpuKernel<TOperation> kernel)
        where TOperation : struct, IOperation
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Volatile.Write(ref Registered<TOperation>.Kernel, kernel);
    }

    /// <summary>The elements of a view, row after row.</summary>
    /// <exception cref="ArgumentException">The view is of another device's memory, or holds more than a span can.</exception>
    /// <exception cref="ObjectDisposedException">Its buffer has been disposed of, or the device.</exception>
    public unsafe Span<T> Span<T>(View<T> view)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (view.Length > int.MaxValue)
            throw new ArgumentException($"A span holds up to {int.MaxValue} elements, not {view.Length}.", nameof(view));
        return new Span<T>(view.Pointer(), (int)view.Length);
    }

    /// <summary>The device that <see cref="Create"/> opens with so many threads, for a person.</summary>
    internal static string Describe(int threads) =>
        $"{RuntimeInformation.ProcessArchitecture}, {threads} core{(threads == 1 ? "" : "s")}, {VectorBits}-bit vectors";

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged => new NativeBuffer<T>(length);

    /// <inheritdoc/>
    public DeviceBuffer<T> Import<T>(T[] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        return new PinnedArray<T>(values);
    }

    /// <inheritdoc/>
    public unsafe void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, destination.Length);
        var memory = new Span<T>(destination.Pointer(), source.Length);
        bool entered = Caller.Enter();
        source.CopyTo(memory);
        if (entered)
            Caller.Leave();
    }

    /// <inheritdoc/>
    public unsafe void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length);
        var memory = new ReadOnlySpan<T>(source.Pointer(), destination.Length);
        bool entered = Caller.Enter();
        memory.CopyTo(destination);
        if (entered)
            Caller.Leave();
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public abstract void Run<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the threads and frees what the kernels keep.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _isDisposed)
            return;
        _isDisposed = true;
        Pool.Dispose();
        Scratch.Dispose();
    }

    /// <summary>The kernel from outside for one type of operation.</summary>
    private protected static class Registered<TOperation>
        where TOperation : struct, IOperation
    {
        public static CpuKernel<TOperation>? Kernel;
    }
}
