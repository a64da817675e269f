using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="FreeBits"/>: from KLⱼ (1, k) to the unit weights (1, k) and the charge (1, B).</summary>
internal static class FreeBitsKernel
{
    private static readonly LazyKernel<Launcher> _kernel = new(Charge);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int units, int images, float freeNats,
        ArrayView<float> unitDivergence, ArrayView<float> divergence, ArrayView<float> unitWeights,
        ArrayView<float> charge);

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
        float missing = GroupReduction.Sum(terms);
        for (int image = Group.IdxX; image < images; image += Group.DimX)
            charge[image] = divergence[image] + missing;
    }

    internal static void Run(GpuDevice device, in FreeBits operation)
    {
        ArrayView<float> unitDivergence = device.AsArray(operation.UnitDivergence);
        ArrayView<float> divergence = device.AsArray(operation.Divergence);
        (int units, int images) = (unitDivergence.IntLength, divergence.IntLength);
        if (units == 0 || images == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Rows(1, Math.Max(units, images)), units, images, operation.FreeNats,
            unitDivergence, divergence, device.AsArray(operation.UnitWeights), device.AsArray(operation.Charge));
    }
}
