using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary><see cref="Corrupt"/>: x̃ (B, D) by the formula of its kind. An item is a row, which holds its noise first.</summary>
internal unsafe struct CorruptKernel
{
    public float* Clean;
    public float* Corrupted;
    public int Dimensions;
    public CorruptionSettings Settings;
    public RandomSource Noise;
    public uint Step;

    public static void Run<S, V>(CpuDevice<S, V> device, in Corrupt operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new CorruptKernel
        {
            Clean = operation.Clean.Pointer(),
            Corrupted = operation.Corrupted.Pointer(),
            Dimensions = operation.Clean.Columns,
            Settings = operation.Settings,
            Noise = operation.Noise,
            Step = (uint)operation.Counters.Pointer()[Counter.GlobalStep],
        };
        device.Pool.Run(&Rows<S, V>, &kernel, operation.Clean.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly CorruptKernel kernel = ref *(CorruptKernel*)context;
        int d = kernel.Dimensions;
        CorruptionKind kind = kernel.Settings.Kind;
        long begin = (long)first * d, length = (long)count * d;
        if (kind == CorruptionKind.Gaussian)
            PhiloxBlocks.FillNormal<S, V>(kernel.Noise, kernel.Step, begin, length, kernel.Corrupted);
        else
            PhiloxBlocks.FillUniform<S, V>(kernel.Noise, kernel.Step, begin, length, kernel.Corrupted);

        V amount = S.Broadcast(kernel.Settings.Amount), half = S.Broadcast(kernel.Settings.Amount / 2);
        V low = S.Broadcast(kernel.Settings.Low), high = S.Broadcast(kernel.Settings.High);
        float* x = kernel.Clean + begin;
        float* noise = kernel.Corrupted + begin;
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
                VectorStore.StoreFirst<S, V>(value, (int)(length - i), noise + i);
        }
    }
}
