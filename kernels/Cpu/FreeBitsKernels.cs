using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// KLⱼ, the mean over the batch of each unit's part of the divergence, of which an item is a unit; and free bits.
/// </summary>
internal unsafe struct FreeBitsKernels
{
    public float* Posterior;
    public int Rows;
    public int Columns;
    public int Units;
    public Covariance Covariance;
    public float* Divergence;

    /// <summary><see cref="UnitDivergence"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in UnitDivergence operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var divergences = new FreeBitsKernels
        {
            Posterior = operation.Posterior.Pointer(),
            Rows = operation.Posterior.Rows,
            Columns = operation.Posterior.Columns,
            Units = (int)operation.Divergence.Length,
            Covariance = operation.Covariance,
            Divergence = operation.Divergence.Pointer(),
        };
        device.Pool.Run(&Items, &divergences, divergences.Units);
    }

    /// <summary><see cref="FreeBits"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in FreeBits operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* unit = operation.UnitDivergence.Pointer();
        float* weight = operation.UnitWeights.Pointer();
        float missing = 0;
        for (long j = 0; j < operation.UnitDivergence.Length; j++)
        {
            weight[j] = unit[j] > operation.FreeNats ? 1f : 0f;
            missing += unit[j] > operation.FreeNats ? 0f : operation.FreeNats - unit[j];
        }
        float* source = operation.Divergence.Pointer();
        float* destination = operation.Charge.Pointer();
        for (long image = 0; image < operation.Divergence.Length; image++)
            destination[image] = source[image] + missing;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Items(void* context, int first, int count, int worker)
    {
        ref readonly FreeBitsKernels divergences = ref *(FreeBitsKernels*)context;
        int k = divergences.Units;
        bool isDiagonal = divergences.Covariance == Covariance.Diagonal;
        for (int unit = first; unit < first + count; unit++)
        {
            double sum = 0;
            for (int row = 0; row < divergences.Rows; row++)
            {
                float* posterior = divergences.Posterior + ((long)row * divergences.Columns);
                float mean = posterior[unit];
                float d = FullSampling.Clamp(isDiagonal ? 0.5f * posterior[k + unit] : posterior[k + unit]);
                float deviation = MathF.Exp(d);
                float part = (mean * mean) + (deviation * deviation) - 1f - (2f * d);
                float* below = posterior + (2 * k) + FullSampling.RowStart(unit);
                for (int i = 0; i < unit && !isDiagonal; i++)
                    part += below[i] * below[i];
                sum += part;
            }
            divergences.Divergence[unit] = (float)(0.5 * sum / divergences.Rows);
        }
    }
}
