using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// What happens to gradients and parameters besides Adam: <see cref="SumSquares"/>, Σ valueᵢ² by vectors within a
/// <see cref="Chunk"/> and then chunk by chunk in double precision; <see cref="ClipNorm"/>, g ← g · limit/‖g‖ where ‖g‖ is above
/// the limit; <see cref="DecayWeights"/>, θ ← (1 − αλ)·θ. An item is a chunk.
/// </summary>
internal unsafe struct GradientNormKernels
{
    private static readonly ScratchUse _chunkSums = new();

    public float* Values;
    public long Length;
    public float Factor;

    /// <summary>Σ valueᵢ² of each chunk: (chunks).</summary>
    public float* Sums;

    public static void Run<S, V>(CpuDevice<S, V> device, in SumSquares operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        int chunks = Chunk.Count(operation.Values.Length);
        var kernel = new GradientNormKernels
        {
            Values = operation.Values.Pointer(),
            Length = operation.Values.Length,
            Sums = device.Scratch.Take<float>(_chunkSums, chunks),
        };
        device.Pool.Run(&SumChunks<S, V>, &kernel, chunks);
        double total = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
            total += kernel.Sums[chunk];
        *operation.Sum.Pointer() = (float)total;
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in ClipNorm operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float norm = MathF.Sqrt(*operation.SumOfSquares.Pointer());
        if (norm > operation.Limit)
            Scale(device, operation.Limit / norm, operation.Gradient);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in DecayWeights operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* row = ViewPointers.ScheduleRow(operation.Schedule, operation.Counters);
        Scale(device, 1f - row[Schedule.WeightDecay], operation.Parameters);
    }

    /// <summary>valueᵢ ← factor · valueᵢ.</summary>
    public static void Scale<S, V>(CpuDevice<S, V> device, float factor, View<float> values)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new GradientNormKernels
        {
            Values = values.Pointer(),
            Length = values.Length,
            Factor = factor,
        };
        device.Pool.Run(&ScaleChunks<S, V>, &kernel, Chunk.Count(values.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleChunks<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly GradientNormKernels kernel = ref *(GradientNormKernels*)context;
        V factor = S.Broadcast(kernel.Factor);
        long end = Math.Min(kernel.Length, (long)(first + count) * Chunk.Length);
        for (long i = (long)first * Chunk.Length; i < end; i += S.Lanes)
        {
            V value = S.Multiply(factor, S.Load(kernel.Values + i));
            if (end - i >= S.Lanes)
                S.Store(value, kernel.Values + i);
            else
                VectorStore.StoreFirst<S, V>(value, (int)(end - i), kernel.Values + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumChunks<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly GradientNormKernels kernel = ref *(GradientNormKernels*)context;
        for (int chunk = first; chunk < first + count; chunk++)
        {
            long begin = (long)chunk * Chunk.Length, end = Math.Min(kernel.Length, begin + Chunk.Length);
            V sum = S.Zero;
            for (long i = begin; i < end; i += S.Lanes)
            {
                V value = S.Load(kernel.Values + i);
                if (end - i < S.Lanes)
                    value = S.Select(S.FirstLanes((int)(end - i)), value, S.Zero);
                sum = S.MultiplyAdd(value, value, sum);
            }
            kernel.Sums[chunk] = S.Sum(sum);
        }
    }
}
