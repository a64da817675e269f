using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// z = σ(a + deviation · ε) with a and z (B, k); ε of a row belongs to the image that the order has there; without
/// an order there is no noise. An item is a row.
/// </summary>
internal unsafe struct SigmoidSampling
{
    public float* Activations;
    public int* Order;
    public int Units;
    public float Deviation;
    public RandomSource Noise;
    public float* Z;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly SigmoidSampling sampling = ref *(SigmoidSampling*)context;
        int k = sampling.Units;
        V deviation = S.Broadcast(sampling.Deviation);
        for (int row = first; row < first + count; row++)
        {
            float* a = sampling.Activations + ((long)row * k);
            float* z = sampling.Z + ((long)row * k);
            if (sampling.Order != null)
                GaussianNoise.Fill<S, V>(sampling.Noise, (uint)sampling.Order[row], 0, k, z);
            for (int unit = 0; unit < k; unit += S.Lanes)
            {
                V input = S.Load(a + unit);
                if (sampling.Order != null)
                    input = S.MultiplyAdd(deviation, S.Load(z + unit), input);
                V value = VectorMath.Sigmoid<S, V>(input);
                if (k - unit < S.Lanes)
                    Product.StoreFirst<S, V>(value, k - unit, z + unit);
                else
                    S.Store(value, z + unit);
            }
        }
    }
}
