using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// The norm of a gradient, what clips it, and weight decay: loops over n numbers that ask for no shape. An item is a
/// <see cref="Chunk"/> of them.
/// </summary>
internal unsafe struct GradientNormKernels
{
    private static readonly ScratchUse _sums = new();

    public float* Values;
    public long Length;
    public float Factor;

    /// <summary>Σ valueᵢ² of each item: (items).</summary>
    public float* Sums;

    /// <summary><see cref="Kernels.SumSquares"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in SumSquares operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        long length = operation.Values.Length;
        int chunks = Chunk.Count(length);
        var arrays = new GradientNormKernels
        {
            Values = operation.Values.Pointer(),
            Length = length,
            Sums = device.Scratch.Take<float>(_sums, chunks),
        };
        device.Pool.Run(&SumSquares<S, V>, &arrays, chunks);
        double total = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
            total += arrays.Sums[chunk];
        *operation.Sum.Pointer() = (float)total;
    }

    /// <summary><see cref="ClipNorm"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in ClipNorm operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float norm = MathF.Sqrt(*operation.SumOfSquares.Pointer());
        if (norm > operation.Limit)
            Scale(device, operation.Limit / norm, operation.Gradient);
    }

    /// <summary><see cref="DecayWeights"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in DecayWeights operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* row = ViewPointers.ScheduleRow(operation.Schedule, operation.Counters);
        Scale(device, 1f - row[Schedule.WeightDecay], operation.Parameters);
    }

    /// <summary>values ← factor · values, divided among the threads.</summary>
    public static void Scale<S, V>(CpuDevice<S, V> device, float factor, View<float> values)
        where S : ISimd<V>
        where V : unmanaged
    {
        var arrays = new GradientNormKernels { Values = values.Pointer(), Length = values.Length, Factor = factor };
        device.Pool.Run(&Scale<S, V>, &arrays, Chunk.Count(values.Length));
    }

    /// <summary>valueᵢ ← factor · valueᵢ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly GradientNormKernels arrays = ref *(GradientNormKernels*)context;
        V factor = S.Broadcast(arrays.Factor);
        long end = Math.Min(arrays.Length, (long)(first + count) * Chunk.Length);
        for (long i = (long)first * Chunk.Length; i < end; i += S.Lanes)
        {
            V value = S.Multiply(factor, S.Load(arrays.Values + i));
            VectorStore.Store<S, V>(value, (int)Math.Min(S.Lanes, end - i), arrays.Values + i);
        }
    }

    /// <summary>The sum of squares of each item.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumSquares<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly GradientNormKernels arrays = ref *(GradientNormKernels*)context;
        for (int item = first; item < first + count; item++)
        {
            long begin = (long)item * Chunk.Length, end = Math.Min(arrays.Length, begin + Chunk.Length);
            V sum = S.Zero;
            for (long i = begin; i < end; i += S.Lanes)
            {
                V value = S.Load(arrays.Values + i);
                if (end - i < S.Lanes)
                    value = S.Select(S.FirstLanes((int)(end - i)), value, S.Zero);
                sum = S.MultiplyAdd(value, value, sum);
            }
            arrays.Sums[item] = S.Sum(sum);
        }
    }
}
