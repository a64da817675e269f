using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary><see cref="MovingAverage"/>: a ← (1 − momentum) · a + momentum · scale · v. An item is a <see cref="Chunk"/>.</summary>
internal unsafe struct MovingAverageKernel
{
    public float* Values;
    public float* Average;
    public long Length;
    public float Kept;
    public float Added;

    public static void Run<S, V>(CpuDevice<S, V> device, in MovingAverage operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new MovingAverageKernel
        {
            Values = operation.Values.Pointer(),
            Average = operation.Average.Pointer(),
            Length = operation.Values.Length,
            Kept = 1f - operation.Momentum,
            Added = operation.Momentum * operation.Scale,
        };
        device.Pool.Run(&Chunks<S, V>, &kernel, Chunk.Count(kernel.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chunks<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly MovingAverageKernel kernel = ref *(MovingAverageKernel*)context;
        V kept = S.Broadcast(kernel.Kept), added = S.Broadcast(kernel.Added);
        long end = Math.Min(kernel.Length, (long)(first + count) * Chunk.Length);
        for (long i = (long)first * Chunk.Length; i < end; i += S.Lanes)
        {
            V value = S.MultiplyAdd(
                kept, S.Load(kernel.Average + i), S.Multiply(added, S.Load(kernel.Values + i)));
            VectorStore.Store<S, V>(value, (int)Math.Min(S.Lanes, end - i), kernel.Average + i);
        }
    }
}
