using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="UnitDivergence"/>: each unit's part KLⱼ of the divergence, the mean over the batch, in double precision and in
/// the order of the images; an item is a unit. <see cref="FreeBits"/>: charge[b] = divergence[b] + Σⱼ max(0, λ − KLⱼ), and
/// whether KLⱼ is above λ; too little work to divide.
/// </summary>
internal unsafe struct FreeBitsKernels
{
    public float* Posterior;
    public int Rows;
    public int Columns;
    public int Units;
    public Covariance Covariance;
    public float* Divergence;

    public static void Run<S, V>(CpuDevice<S, V> device, in UnitDivergence operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new FreeBitsKernels
        {
            Posterior = operation.Posterior.Pointer(),
            Rows = operation.Posterior.Rows,
            Columns = operation.Posterior.Columns,
            Units = (int)operation.Divergence.Length,
            Covariance = operation.Covariance,
            Divergence = operation.Divergence.Pointer(),
        };
        device.Pool.Run(&DivergenceOfUnits, &kernel, kernel.Units);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in FreeBits operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* unit = operation.UnitDivergence.Pointer();
        float* weight = operation.UnitWeights.Pointer();
        float freeNats = operation.FreeNats;
        float missing = 0;
        for (long j = 0; j < operation.UnitDivergence.Length; j++)
        {
            weight[j] = unit[j] > freeNats ? 1f : 0f;
            missing += unit[j] > freeNats ? 0f : freeNats - unit[j];
        }
        float* source = operation.Divergence.Pointer();
        float* destination = operation.Charge.Pointer();
        for (long image = 0; image < operation.Divergence.Length; image++)
            destination[image] = source[image] + missing;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DivergenceOfUnits(void* context, int first, int count, int worker)
    {
        ref readonly FreeBitsKernels kernel = ref *(FreeBitsKernels*)context;
        int k = kernel.Units;
        bool isDiagonal = kernel.Covariance == Covariance.Diagonal;
        for (int unit = first; unit < first + count; unit++)
        {
            double sum = 0;
            for (int row = 0; row < kernel.Rows; row++)
            {
                float* posterior = kernel.Posterior + ((long)row * kernel.Columns);
                float mean = posterior[unit];
                float d = GaussianSampling.Clamp(isDiagonal ? 0.5f * posterior[k + unit] : posterior[k + unit]);
                float deviation = MathF.Exp(d);
                float part = (mean * mean) + (deviation * deviation) - 1f - (2f * d);
                float* below = posterior + (2 * k) + GaussianSampling.RowStart(unit);
                for (int i = 0; i < unit && !isDiagonal; i++)
                    part += below[i] * below[i];
                sum += part;
            }
            kernel.Divergence[unit] = (float)(0.5 * sum / kernel.Rows);
        }
    }
}
