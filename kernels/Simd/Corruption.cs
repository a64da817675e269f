using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>x̃ = C(x) (B, D); see <see cref="CorruptionKind"/>. An item is a row, which holds its noise first.</summary>
internal unsafe struct Corruption
{
    public float* Clean;
    public float* Corrupted;
    public int Dimensions;
    public CorruptionSettings Settings;
    public RandomSource Noise;
    public uint Step;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly Corruption corruption = ref *(Corruption*)context;
        int d = corruption.Dimensions;
        CorruptionKind kind = corruption.Settings.Kind;
        long begin = (long)first * d, length = (long)count * d;
        if (kind == CorruptionKind.Gaussian)
            GaussianNoise.Fill<S, V>(corruption.Noise, corruption.Step, begin, length, corruption.Corrupted);
        else
            UniformNoise.Fill<S, V>(corruption.Noise, corruption.Step, begin, length, corruption.Corrupted);

        V amount = S.Broadcast(corruption.Settings.Amount), half = S.Broadcast(corruption.Settings.Amount / 2);
        V low = S.Broadcast(corruption.Settings.Low), high = S.Broadcast(corruption.Settings.High);
        float* x = corruption.Clean + begin;
        float* noise = corruption.Corrupted + begin;
        for (long i = 0; i < length; i += S.Lanes)
        {
            V clean = S.Load(x + i), drawn = S.Load(noise + i);
            V value = kind switch
            {
                CorruptionKind.Gaussian => S.Max(low, S.Min(high, S.MultiplyAdd(amount, drawn, clean))),
                CorruptionKind.Masking => S.Select(S.GreaterThan(amount, drawn), S.Zero, clean),
                _ => S.Select(
                    S.GreaterThan(half, drawn), low, S.Select(S.GreaterThan(amount, drawn), high, clean)),
            };
            if (length - i >= S.Lanes)
                S.Store(value, noise + i);
            else
                Product.StoreFirst<S, V>(value, (int)(length - i), noise + i);
        }
    }
}
