using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="LogWeights"/>: log w = −reconstruction + ½ Σⱼ (εⱼ² − zⱼ²) + log det L of each draw; and from them
/// <see cref="ImportanceWeights"/>, the bound and the normalised weights of each image. An item is an image.
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

    public static void Run<S, V>(CpuDevice<S, V> device, in LogWeights operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new ImportanceKernels
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
        device.Pool.Run(&LogWeightRows<S, V>, &kernel, operation.Posterior.Rows);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in ImportanceWeights operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new ImportanceKernels
        {
            Draws = operation.LogWeights.Columns,
            LogWeights = operation.LogWeights.Pointer(),
            Scale = operation.Scale,
            Weights = operation.Weights.Pointer(),
            Loss = operation.Loss.Pointer(),
        };
        device.Pool.Run(&WeightRows, &kernel, operation.LogWeights.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogWeightRows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ImportanceKernels kernel = ref *(ImportanceKernels*)context;
        int k = kernel.Units;
        bool isDiagonal = kernel.Covariance == Covariance.Diagonal;
        for (int image = first; image < first + count; image++)
        {
            float* scales = kernel.Posterior + ((long)image * kernel.PosteriorColumns) + k;
            float logDeterminant = 0;
            for (int unit = 0; unit < k; unit++)
                logDeterminant += GaussianSampling.Clamp(isDiagonal ? 0.5f * scales[unit] : scales[unit]);
            for (long row = (long)image * kernel.Draws; row < ((long)image + 1) * kernel.Draws; row++)
            {
                float* epsilon = kernel.Epsilon + (row * k);
                float* z = kernel.Z + (row * k);
                V sum = S.Zero;
                for (int unit = 0; unit < k; unit += S.Lanes)
                {
                    V e = S.Load(epsilon + unit), c = S.Load(z + unit);
                    V product = S.Multiply(S.Subtract(e, c), S.Add(e, c));
                    if (k - unit < S.Lanes)
                        product = S.Select(S.FirstLanes(k - unit), product, S.Zero);
                    sum = S.Add(sum, product);
                }
                kernel.LogWeights[row] = (0.5f * S.Sum(sum)) + logDeterminant - kernel.Reconstruction[row];
            }
        }
    }

    // The few draws of an image are not worth vectors.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WeightRows(void* context, int first, int count, int worker)
    {
        ref readonly ImportanceKernels kernel = ref *(ImportanceKernels*)context;
        int draws = kernel.Draws;
        for (int image = first; image < first + count; image++)
        {
            float* logWeights = kernel.LogWeights + ((long)image * draws);
            float* weights = kernel.Weights + ((long)image * draws);
            float largest = logWeights[0];
            for (int draw = 1; draw < draws; draw++)
                largest = logWeights[draw] > largest ? logWeights[draw] : largest;
            double sum = 0;
            for (int draw = 0; draw < draws; draw++)
            {
                weights[draw] = MathF.Exp(logWeights[draw] - largest);
                sum += weights[draw];
            }
            float factor = (float)(kernel.Scale / sum);
            for (int draw = 0; draw < draws; draw++)
                weights[draw] *= factor;
            kernel.Loss[image] = (float)(Math.Log(draws / sum) - largest);
        }
    }
}
