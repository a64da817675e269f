using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="Adam"/>: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − a·m / (c·√v + ε). It moves 28 bytes for
/// each number and computes next to nothing: memory is its limit. An item is a <see cref="Chunk"/>, in the order of a
/// <see cref="MatrixPartition"/>.
/// </summary>
internal unsafe struct AdamKernel
{
    // A moment this small changes no parameter by a digit; left to decay, it would leave the normal numbers, which
    // processors multiply slowly. So it becomes 0.
    private const float Smallest = 1e-30f;

    public float* Gradient;
    public float* FirstMoment;
    public float* SecondMoment;
    public float* Parameters;
    public long Length;

    /// <summary>Which numbers each item is, in units of <see cref="Chunk.Length"/>.</summary>
    public int* Items;

    public float StepSize;
    public float Correction;
    public AdamSettings Settings;

    public static void Run<S, V>(CpuDevice<S, V> device, in Adam operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* row = ViewPointers.ScheduleRow(operation.Schedule, operation.Counters);
        var kernel = new AdamKernel
        {
            Gradient = operation.Gradient.Pointer(),
            FirstMoment = operation.FirstMoment.Pointer(),
            SecondMoment = operation.SecondMoment.Pointer(),
            Parameters = operation.Parameters.Pointer(),
            Length = operation.Parameters.Length,
            Items = device.Parameters.Items(operation.Parameters, Chunk.Length, device.Pool.Size),
            StepSize = row[Schedule.StepSize],
            Correction = row[Schedule.SecondMomentCorrection],
            Settings = operation.Settings,
        };
        device.Pool.Run(&Update<S, V>, &kernel, Chunk.Count(kernel.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        AdamKernel adam = *(AdamKernel*)context;
        for (int item = first; item < first + count; item++)
        {
            long begin = (long)adam.Items[item] * Chunk.Length;
            long end = Math.Min(adam.Length, begin + Chunk.Length);
            long whole = begin + ((end - begin) / S.Lanes * S.Lanes);
            for (long i = begin; i < whole; i += S.Lanes)
            {
                (V m, V v, V p) = Update<S, V>(
                    in adam, S.Load(adam.Gradient + i), S.Load(adam.FirstMoment + i), S.Load(adam.SecondMoment + i),
                    S.Load(adam.Parameters + i));
                S.Store(m, adam.FirstMoment + i);
                S.Store(v, adam.SecondMoment + i);
                S.Store(p, adam.Parameters + i);
            }
            if (whole < end)
                UpdateRest<S, V>(in adam, whole, (int)(end - whole));
        }
    }

    // Apart, because a call inside the loop above would send all that it keeps in vector registers to memory and back.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void UpdateRest<S, V>(in AdamKernel adam, long first, int count)
        where S : ISimd<V>
        where V : unmanaged
    {
        (V m, V v, V p) = Update<S, V>(
            in adam, S.Load(adam.Gradient + first), S.Load(adam.FirstMoment + first), S.Load(adam.SecondMoment + first),
            S.Load(adam.Parameters + first));
        VectorStore.StoreFirst<S, V>(m, count, adam.FirstMoment + first);
        VectorStore.StoreFirst<S, V>(v, count, adam.SecondMoment + first);
        VectorStore.StoreFirst<S, V>(p, count, adam.Parameters + first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V FirstMoment, V SecondMoment, V Parameter) Update<S, V>(in AdamKernel adam, V g, V m, V v, V p)
        where S : ISimd<V>
        where V : unmanaged
    {
        V smallest = S.Broadcast(Smallest);
        m = S.MultiplyAdd(S.Broadcast(adam.Settings.Beta1), m, S.Multiply(S.Broadcast(1f - adam.Settings.Beta1), g));
        v = S.MultiplyAdd(
            S.Broadcast(adam.Settings.Beta2), v, S.Multiply(S.Broadcast(1f - adam.Settings.Beta2), S.Multiply(g, g)));
        m = S.Select(S.GreaterThan(smallest, S.Abs(m)), S.Zero, m);
        v = S.Select(S.GreaterThan(smallest, v), S.Zero, v);
        V denominator = S.MultiplyAdd(S.Broadcast(adam.Correction), S.Sqrt(v), S.Broadcast(adam.Settings.Epsilon));
        p = S.MultiplyAdd(S.Multiply(S.Broadcast(-adam.StepSize), m), S.Reciprocal(denominator), p);
        return (m, v, p);
    }
}
