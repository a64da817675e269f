using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// z = σ(a + deviation · ε) with a and z (B, k); ε of a row belongs to the image that the order has there; without
/// an order there is no noise. An item is a row.
/// </summary>
internal unsafe struct SampleSigmoidKernel
{
    public float* Activations;
    public int* Order;
    public int Units;
    public float Deviation;
    public RandomSource Noise;
    public float* Z;

    /// <summary><see cref="SampleSigmoid"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in SampleSigmoid operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        View<int> order = operation.Order;
        int rows = operation.Z.Rows;
        long first = order.IsEmpty
            ? 0 : (long)operation.Counters.Pointer()[Counter.StepInEpoch] * operation.BatchSize;
        Shapes.Require(order.IsEmpty || first + rows <= order.Length, "the batch ends within the order");
        var sampling = new SampleSigmoidKernel
        {
            Activations = operation.Activations.Pointer(),
            Order = order.IsEmpty ? null : order.Pointer() + first,
            Units = operation.Z.Columns,
            Deviation = operation.Deviation,
            Noise = operation.Noise,
            Z = operation.Z.Pointer(),
        };
        device.Pool.Run(&Rows<S, V>, &sampling, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly SampleSigmoidKernel sampling = ref *(SampleSigmoidKernel*)context;
        int k = sampling.Units;
        V deviation = S.Broadcast(sampling.Deviation);
        for (int row = first; row < first + count; row++)
        {
            float* a = sampling.Activations + ((long)row * k);
            float* z = sampling.Z + ((long)row * k);
            if (sampling.Order != null)
                PhiloxBlocks.FillNormal<S, V>(sampling.Noise, (uint)sampling.Order[row], 0, k, z);
            for (int unit = 0; unit < k; unit += S.Lanes)
            {
                V input = S.Load(a + unit);
                if (sampling.Order != null)
                    input = S.MultiplyAdd(deviation, S.Load(z + unit), input);
                V value = VectorMath.Sigmoid<S, V>(input);
                VectorStore.Store<S, V>(value, k - unit, z + unit);
            }
        }
    }
}
