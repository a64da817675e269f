using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="SampleSigmoid"/>: z = σ(a + deviation · ε); ε of a row belongs to the image that the order has there; without
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

    /// <exception cref="ArgumentException">The counters point behind the end of the order.</exception>
    public static void Run<S, V>(CpuDevice<S, V> device, in SampleSigmoid operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        bool hasNoise = !operation.Order.IsEmpty;
        long first = hasNoise ? (long)operation.Counters.Pointer()[Counter.StepInEpoch] * operation.BatchSize : 0;
        Shapes.Require(!hasNoise || first + operation.Z.Rows <= operation.Order.Length);
        var kernel = new SampleSigmoidKernel
        {
            Activations = operation.Activations.Pointer(),
            Order = hasNoise ? operation.Order.Pointer() + first : null,
            Units = operation.Z.Columns,
            Deviation = operation.Deviation,
            Noise = operation.Noise,
            Z = operation.Z.Pointer(),
        };
        device.Pool.Run(&Rows<S, V>, &kernel, operation.Z.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly SampleSigmoidKernel kernel = ref *(SampleSigmoidKernel*)context;
        int k = kernel.Units;
        V deviation = S.Broadcast(kernel.Deviation);
        for (int row = first; row < first + count; row++)
        {
            float* a = kernel.Activations + ((long)row * k);
            float* z = kernel.Z + ((long)row * k);
            if (kernel.Order != null)
                PhiloxBlocks.FillNormal<S, V>(kernel.Noise, (uint)kernel.Order[row], 0, k, z);
            for (int unit = 0; unit < k; unit += S.Lanes)
            {
                V input = S.Load(a + unit);
                if (kernel.Order != null)
                    input = S.MultiplyAdd(deviation, S.Load(z + unit), input);
                V value = VectorMath.Sigmoid<S, V>(input);
                if (k - unit < S.Lanes)
                    VectorStore.StoreFirst<S, V>(value, k - unit, z + unit);
                else
                    S.Store(value, z + unit);
            }
        }
    }
}
