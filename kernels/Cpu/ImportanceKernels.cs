using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// log w = −reconstruction + ½ Σⱼ (εⱼ² − zⱼ²) + log det L of each draw, and from them the bound and the normalised
/// weights of each image.
/// </summary>
internal unsafe struct ImportanceKernels
{
    public float* Posterior;
    public int PosteriorColumns;
    public Covariance Covariance;
    public int Units;
    public int Draws;
    public float* Epsilon;
    public float* Z;
    public float* Reconstruction;
    public float* LogWeights;
    public float Scale;
    public float* Weights;
    public float* Loss;

    /// <summary><see cref="Kernels.LogWeights"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in LogWeights operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var importance = new ImportanceKernels
        {
            Posterior = operation.Posterior.Pointer(),
            PosteriorColumns = operation.Posterior.Columns,
            Covariance = operation.Covariance,
            Units = operation.Z.Columns,
            Draws = operation.Draws,
            Epsilon = operation.Epsilon.Pointer(),
            Z = operation.Z.Pointer(),
            Reconstruction = operation.Reconstruction.Pointer(),
            LogWeights = operation.Weights.Pointer(),
        };
        device.Pool.Run(&LogWeightRows<S, V>, &importance, operation.Posterior.Rows);
    }

    /// <summary><see cref="ImportanceWeights"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in ImportanceWeights operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var importance = new ImportanceKernels
        {
            Draws = operation.LogWeights.Columns,
            LogWeights = operation.LogWeights.Pointer(),
            Scale = operation.Scale,
            Weights = operation.Weights.Pointer(),
            Loss = operation.Loss.Pointer(),
        };
        device.Pool.Run(&WeightRows, &importance, operation.LogWeights.Rows);
    }

    /// <summary>An item is an image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogWeightRows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ImportanceKernels importance = ref *(ImportanceKernels*)context;
        int k = importance.Units;
        bool isDiagonal = importance.Covariance == Covariance.Diagonal;
        for (int image = first; image < first + count; image++)
        {
            float* scales = importance.Posterior + ((long)image * importance.PosteriorColumns) + k;
            float logDeterminant = 0;
            for (int unit = 0; unit < k; unit++)
                logDeterminant += FullSampling.Clamp(isDiagonal ? 0.5f * scales[unit] : scales[unit]);
            for (long row = (long)image * importance.Draws; row < ((long)image + 1) * importance.Draws; row++)
            {
                float* epsilon = importance.Epsilon + (row * k);
                float* z = importance.Z + (row * k);
                V sum = S.Zero;
                for (int unit = 0; unit < k; unit += S.Lanes)
                {
                    V e = S.Load(epsilon + unit), c = S.Load(z + unit);
                    V product = S.Multiply(S.Subtract(e, c), S.Add(e, c));
                    if (k - unit < S.Lanes)
                        product = S.Select(S.FirstLanes(k - unit), product, S.Zero);
                    sum = S.Add(sum, product);
                }
                importance.LogWeights[row] = (0.5f * S.Sum(sum)) + logDeterminant - importance.Reconstruction[row];
            }
        }
    }

    /// <summary>An item is an image. Its few numbers are not worth vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightRows(void* context, int first, int count, int worker)
    {
        ref readonly ImportanceKernels importance = ref *(ImportanceKernels*)context;
        int draws = importance.Draws;
        for (int image = first; image < first + count; image++)
        {
            float* logWeights = importance.LogWeights + ((long)image * draws);
            float* weights = importance.Weights + ((long)image * draws);
            float largest = logWeights[0];
            for (int draw = 1; draw < draws; draw++)
                largest = logWeights[draw] > largest ? logWeights[draw] : largest;
            double sum = 0;
            for (int draw = 0; draw < draws; draw++)
            {
                weights[draw] = MathF.Exp(logWeights[draw] - largest);
                sum += weights[draw];
            }
            float factor = (float)(importance.Scale / sum);
            for (int draw = 0; draw < draws; draw++)
                weights[draw] *= factor;
            importance.Loss[image] = (float)(Math.Log(draws / sum) - largest);
        }
    }
}
