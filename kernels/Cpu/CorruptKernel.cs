using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// x̃ = C(x) (B, D); see <see cref="CorruptionKind"/>. An item is a row, which holds its noise first.
/// </summary>
internal unsafe struct CorruptKernel
{
    public float* Clean;
    public float* Corrupted;
    public int Dimensions;
    public CorruptionSettings Settings;
    public RandomSource Noise;
    public uint Step;

    /// <summary><see cref="Corrupt"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in Corrupt operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var corruption = new CorruptKernel
        {
            Clean = operation.Clean.Pointer(),
            Corrupted = operation.Corrupted.Pointer(),
            Dimensions = operation.Clean.Columns,
            Settings = operation.Settings,
            Noise = operation.Noise,
            Step = (uint)operation.Counters.Pointer()[Counter.GlobalStep],
        };
        device.Pool.Run(&Rows<S, V>, &corruption, operation.Clean.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly CorruptKernel corruption = ref *(CorruptKernel*)context;
        int d = corruption.Dimensions;
        CorruptionKind kind = corruption.Settings.Kind;
        long begin = (long)first * d, length = (long)count * d;
        if (kind == CorruptionKind.Gaussian)
            PhiloxBlocks.FillNormal<S, V>(corruption.Noise, corruption.Step, begin, length, corruption.Corrupted);
        else
            PhiloxBlocks.FillUniform<S, V>(corruption.Noise, corruption.Step, begin, length, corruption.Corrupted);

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
            VectorStore.Store<S, V>(value, (int)Math.Min(S.Lanes, length - i), noise + i);
        }
    }
}
