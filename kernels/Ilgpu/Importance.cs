using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// log w = −reconstruction + ½ Σⱼ (εⱼ² − zⱼ²) + log det L of each draw, and from them the bound and the normalised weights
/// of each image. ε and z are (B·K, k), log w and the weights (B, K), the bound (1, B).
/// </summary>
internal static class ImportanceKernels
{
    /// <summary>A group for each draw; a thread has every G-th unit.</summary>
    public static void LogWeights(
        int units, int draws, int width, int isDiagonal, ArrayView<float> posterior, ArrayView<float> epsilon,
        ArrayView<float> z, ArrayView<float> reconstruction, ArrayView<float> logWeights)
    {
        int row = Grid.IdxX;
        int scales = ((row / draws) * width) + units;
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float scale = posterior[scales + unit];
            float e = epsilon[(row * units) + unit];
            float c = z[(row * units) + unit];
            terms += (0.5f * (e - c) * (e + c)) + FullSamplingKernels.Clamp(isDiagonal != 0 ? 0.5f * scale : scale);
        }
        float sum = GroupSum.Of(terms);
        if (Group.IdxX == 0)
            logWeights[row] = sum - reconstruction[row];
    }

    /// <summary>A group for each image; a thread has every G-th draw.</summary>
    public static void Weights(
        int draws, float scale, ArrayView<float> logWeights, ArrayView<float> weights, ArrayView<float> loss)
    {
        int first = Grid.IdxX * draws;
        float largest = logWeights[first];
        for (int draw = Group.IdxX; draw < draws; draw += Group.DimX)
        {
            float other = logWeights[first + draw];
            largest = other > largest ? other : largest;
        }
        largest = GroupMaximum.Of(largest);
        float terms = 0f;
        for (int draw = Group.IdxX; draw < draws; draw += Group.DimX)
        {
            float weight = MathF.Exp(logWeights[first + draw] - largest);
            weights[first + draw] = weight;
            terms += weight;
        }
        float sum = GroupSum.Of(terms);
        for (int draw = Group.IdxX; draw < draws; draw += Group.DimX)
            weights[first + draw] *= scale / sum;
        if (Group.IdxX == 0)
            loss[Grid.IdxX] = MathF.Log(draws / sum) - largest;
    }
}

/// <summary>The largest number of a group's threads, as a tree.</summary>
internal static class GroupMaximum
{
    /// <summary>Every thread of a one-dimensional group calls this once; the group has a power of two of threads.</summary>
    public static float Of(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(LaunchShapes.MaximumGroup);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int width = Group.DimX / 2; width > 0; width /= 2)
        {
            if (thread < width && shared[thread + width] > shared[thread])
                shared[thread] = shared[thread + width];
            Group.Barrier();
        }
        return shared[0];
    }
}

public sealed partial class IlgpuBackend
{
    private LogWeightsLauncher? computeLogWeights;
    private Action<AcceleratorStream, KernelConfig, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>>?
        importanceWeights;

    private delegate void LogWeightsLauncher(
        AcceleratorStream stream, KernelConfig config, int units, int draws, int width, int isDiagonal,
        ArrayView<float> posterior, ArrayView<float> epsilon, ArrayView<float> z, ArrayView<float> reconstruction,
        ArrayView<float> logWeights);

    /// <inheritdoc/>
    public void LogWeights(
        View<float> posterior, Covariance covariance, View<float> epsilon, View<float> z, View<float> reconstruction,
        View<float> logWeights)
    {
        int draws = Shapes.Draws(posterior.Rows, z.Rows);
        _ = ElementCount(posterior, nameof(posterior));
        _ = ElementCount(z, nameof(z));
        if (z.Rows == 0)
            return;
        computeLogWeights ??= new(accelerator.LoadKernel<
            int, int, int, int, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
            ArrayView<float>>(ImportanceKernels.LogWeights));
        computeLogWeights(
            CountedStream(), shapes.Rows(z.Rows, z.Columns), z.Columns, draws, posterior.Columns,
            covariance == Covariance.Diagonal ? 1 : 0, Array(posterior), Array(epsilon), Array(z),
            Array(reconstruction), Array(logWeights));
    }

    /// <inheritdoc/>
    public void ImportanceWeights(View<float> logWeights, float scale, View<float> weights, View<float> loss)
    {
        RequireLength(weights, logWeights.Length, nameof(weights));
        RequireLength(loss, logWeights.Rows, nameof(loss));
        _ = ElementCount(logWeights, nameof(logWeights));
        if (logWeights.Length == 0)
            return;
        importanceWeights ??= accelerator.LoadKernel<int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>>(
            ImportanceKernels.Weights);
        importanceWeights(
            CountedStream(), shapes.Rows(logWeights.Rows, logWeights.Columns), logWeights.Columns, scale,
            Array(logWeights), Array(weights), Array(loss));
    }
}
