using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>The CPU's vector units on all cores: the device <c>cpu</c>. It loads no ILGPU.</summary>
/// <remarks>
/// Memory is native and every operation is done when its call returns. The width of the vectors is chosen once, here:
/// 512 bits with AVX-512, 256 with AVX2, else 128.
/// </remarks>
public abstract partial class SimdBackend : IDevice
{
    private protected SimdBackend(int threads)
    {
        Team = new WorkerTeam(threads);
        Description = Describe(threads);
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>The width of this processor's vectors that the kernels are written for.</summary>
    private static int VectorBits =>
        Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 512 : Avx2.IsSupported ? 256 : 128;

    /// <summary>The threads that share the work.</summary>
    private protected WorkerTeam Team { get; }

    /// <summary>Opens the CPU.</summary>
    /// <param name="threads">Threads to work with; 0 takes one for each core.</param>
    public static SimdBackend Create(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (threads == 0)
            threads = Environment.ProcessorCount;
        return VectorBits switch
        {
            512 => new SimdBackend<Simd512, Vector512<float>>(threads),
            256 => new SimdBackend<Simd256, Vector256<float>>(threads),
            _ => new SimdBackend<Simd128, Vector128<float>>(threads),
        };
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
        source.CopyTo(new Span<T>(HostBuffer<T>.Of(destination), source.Length));
    }

    /// <inheritdoc/>
    public unsafe void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length);
        new ReadOnlySpan<T>(HostBuffer<T>.Of(source), destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public abstract void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x);

    /// <inheritdoc/>
    public abstract void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x);

    /// <inheritdoc/>
    public abstract void Multiply(
        Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c);

    /// <inheritdoc/>
    public abstract void SumColumns(View<float> values, View<float> sums);

    /// <inheritdoc/>
    public abstract void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters);

    /// <inheritdoc/>
    public unsafe void SumTerms(View<float> terms, View<int> counters, View<float> history)
    {
        float* source = HostBuffer<float>.Of(terms);
        int step = HostBuffer<int>.Of(counters)[Counter.StepInEpoch];
        float* destination = HostBuffer<float>.Of(history.RowRange(step, 1));
        for (int row = 0; row < terms.Rows; row++)
        {
            double sum = 0;
            for (int column = 0; column < terms.Columns; column++)
                sum += source[((long)row * terms.Columns) + column];
            destination[row] = (float)sum;
        }
    }

    /// <inheritdoc/>
    public unsafe void Advance(View<int> counters)
    {
        int* values = HostBuffer<int>.Of(counters);
        values[Counter.StepInEpoch]++;
        values[Counter.GlobalStep]++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the threads and frees what the operations keep.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            Team.Dispose();
    }
}
