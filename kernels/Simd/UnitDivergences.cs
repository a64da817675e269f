using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>KLⱼ, the mean over the batch of each unit's part of the divergence. An item is a unit.</summary>
internal unsafe struct UnitDivergences
{
    public float* Posterior;
    public int Rows;
    public int Columns;
    public int Units;
    public Covariance Covariance;
    public float* Divergence;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Items(void* context, int first, int count, int worker)
    {
        ref readonly UnitDivergences divergences = ref *(UnitDivergences*)context;
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
