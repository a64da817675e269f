using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// KLⱼ (1, k), the mean over the batch of each unit's part of the divergence, and what free bits make of it: unit weights
/// (1, k) and the charge (1, B).
/// </summary>
internal static class FreeBitsKernels
{
    /// <summary>A group for each unit; a thread adds every G-th row.</summary>
    public static void UnitDivergence(
        int rows, int units, int width, int isDiagonal, ArrayView<float> posterior, ArrayView<float> divergence)
    {
        int unit = Grid.IdxX;
        float terms = 0f;
        for (int row = Group.IdxX; row < rows; row += Group.DimX)
        {
            int start = row * width;
            float mean = posterior[start + unit];
            float scale = posterior[start + units + unit];
            float d = FullSamplingKernels.Clamp(isDiagonal != 0 ? 0.5f * scale : scale);
            float deviation = MathF.Exp(d);
            float part = (mean * mean) + (deviation * deviation) - 1f - (2f * d);
            if (isDiagonal == 0)
            {
                int below = start + (2 * units) + FullSamplingKernels.RowStart(unit);
                for (int i = 0; i < unit; i++)
                    part += posterior[below + i] * posterior[below + i];
            }
            terms += part;
        }
        float sum = GroupSum.Of(terms);
        if (Group.IdxX == 0)
            divergence[unit] = 0.5f * sum / rows;
    }

    /// <summary>One group, as what is missing from λ is a sum over all units.</summary>
    public static void Charge(
        int units, int images, float freeNats, ArrayView<float> unitDivergence, ArrayView<float> divergence,
        ArrayView<float> unitWeights, ArrayView<float> charge)
    {
        float terms = 0f;
        for (int unit = Group.IdxX; unit < units; unit += Group.DimX)
        {
            float kl = unitDivergence[unit];
            unitWeights[unit] = kl > freeNats ? 1f : 0f;
            terms += kl > freeNats ? 0f : freeNats - kl;
        }
        float missing = GroupSum.Of(terms);
        for (int image = Group.IdxX; image < images; image += Group.DimX)
            charge[image] = divergence[image] + missing;
    }
}

public sealed partial class IlgpuBackend
{
    private Action<AcceleratorStream, KernelConfig, int, int, int, int, ArrayView<float>, ArrayView<float>>?
        unitDivergences;
    private FreeBitsLauncher? chargeFreeBits;

    private delegate void FreeBitsLauncher(
        AcceleratorStream stream, KernelConfig config, int units, int images, float freeNats,
        ArrayView<float> unitDivergence, ArrayView<float> divergence, ArrayView<float> unitWeights,
        ArrayView<float> charge);

    /// <inheritdoc/>
    public void UnitDivergence(View<float> posterior, Covariance covariance, View<float> divergence)
    {
        int units = ElementCount(divergence, nameof(divergence));
        RequireColumns(posterior, Shapes.PosteriorWidth(covariance, units), nameof(posterior));
        _ = ElementCount(posterior, nameof(posterior));
        if (units == 0)
            return;
        unitDivergences ??= accelerator.LoadKernel<int, int, int, int, ArrayView<float>, ArrayView<float>>(
            FreeBitsKernels.UnitDivergence);
        unitDivergences(
            CountedStream(), shapes.Rows(units, posterior.Rows), posterior.Rows, units, posterior.Columns,
            covariance == Covariance.Diagonal ? 1 : 0, Array(posterior), Array(divergence));
    }

    /// <inheritdoc/>
    public void FreeBits(
        View<float> unitDivergence, View<float> divergence, float freeNats, View<float> unitWeights, View<float> charge)
    {
        RequireLength(unitWeights, unitDivergence.Length, nameof(unitWeights));
        RequireLength(charge, divergence.Length, nameof(charge));
        int units = ElementCount(unitDivergence, nameof(unitDivergence));
        int images = ElementCount(divergence, nameof(divergence));
        if (units == 0 || images == 0)
            return;
        chargeFreeBits ??= new(accelerator.LoadKernel<
            int, int, float, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>>(
            FreeBitsKernels.Charge));
        chargeFreeBits(
            CountedStream(), shapes.Rows(1, Math.Max(units, images)), units, images, freeNats, Array(unitDivergence),
            Array(divergence), Array(unitWeights), Array(charge));
    }
}
