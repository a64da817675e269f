using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="ImportanceWeights"/>: the bound (1, B) and the normalised weights (B, K) from log w (B, K), with the
/// largest log w of an image taken out of its sums.
/// </summary>
internal static class ImportanceWeightsKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>>>
        _kernel = new(Weights);

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
        largest = GroupReduction.Maximum(largest);
        float terms = 0f;
        for (int draw = Group.IdxX; draw < draws; draw += Group.DimX)
        {
            float weight = MathF.Exp(logWeights[first + draw] - largest);
            weights[first + draw] = weight;
            terms += weight;
        }
        float sum = GroupReduction.Sum(terms);
        for (int draw = Group.IdxX; draw < draws; draw += Group.DimX)
            weights[first + draw] *= scale / sum;
        if (Group.IdxX == 0)
            loss[Grid.IdxX] = MathF.Log(draws / sum) - largest;
    }

    internal static void Run(GpuDevice device, in ImportanceWeights operation)
    {
        ArrayView<float> logWeights = device.AsArray(operation.LogWeights);
        (int images, int draws) = (operation.LogWeights.Rows, operation.LogWeights.Columns);
        if (logWeights.Length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(images, draws), draws, operation.Scale, logWeights,
            device.AsArray(operation.Weights), device.AsArray(operation.Loss));
    }
}
