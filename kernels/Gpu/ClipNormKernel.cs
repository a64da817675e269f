using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="ClipNorm"/> over a flat array (1, n): g ← g · limit/‖g‖ where ‖g‖ = √sum is above the limit.
/// </summary>
internal static class ClipNormKernel
{
    private static readonly LazyKernel<
        Action<AcceleratorStream, KernelConfig, int, float, ArrayView<float>, ArrayView<float>>> _kernel = new(Clip);

    /// <summary>Loops over the n numbers.</summary>
    public static void Clip(int length, float limit, ArrayView<float> sumOfSquares, ArrayView<float> gradient)
    {
        float norm = MathF.Sqrt(sumOfSquares[0]);
        if (!(norm > limit))
            return;
        float factor = limit / norm;
        int stride = Grid.DimX * Group.DimX;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
            gradient[i] *= factor;
    }

    internal static void Run(GpuDevice device, in ClipNorm operation)
    {
        ArrayView<float> gradient = device.AsArray(operation.Gradient);
        int length = gradient.IntLength;
        if (length == 0)
            return;
        _kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Limit,
            device.AsArray(operation.SumOfSquares), gradient);
    }
}
