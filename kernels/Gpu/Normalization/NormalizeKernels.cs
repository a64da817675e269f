using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Normalization;

/// <summary>A pass over maps that ends in an epilogue: <see cref="Normalize"/> and <see cref="NormalizeGradient"/>.</summary>
internal static class NormalizeKernels<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<NormalizeLauncher> Normalized = new(Normalize);
    public static readonly LazyKernel<NormalizeGradientLauncher> Gradient = new(NormalizeGradient);

    /// <summary>Loops over the elements of y: neighbouring threads have neighbouring channels.</summary>
    public static void Normalize(
        int length, DeviceMaps maps, float epsilon, ArrayView<float> x, ArrayView<float> mean, ArrayView<float> variance,
        ArrayView<float> weight, ArrayView<float> bias, EpilogueOperands operands, ArrayView<float> y)
    {
        int stride = Grid.DimX * Group.DimX, size = maps.Channels / maps.Groups;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
        {
            int pixel = i / maps.Channels, channel = i - (pixel * maps.Channels);
            int moment = (pixel / maps.Pixels * maps.Groups) + (channel / size);
            float scale = weight[channel] / MathF.Sqrt(variance[moment] + epsilon);
            float value = ((x[i] - mean[moment]) * scale) + bias[channel];
            y[i] = TEpilogue.Apply(value, channel, i, operands).Value;
        }
    }

    /// <summary>Loops over the elements of ∂x: neighbouring threads have neighbouring channels.</summary>
    public static void NormalizeGradient(
        int length, DeviceMaps maps, float epsilon, ArrayView<float> x, ArrayView<float> mean, ArrayView<float> variance,
        ArrayView<float> weight, ArrayView<float> means, ArrayView<float> g, EpilogueOperands operands,
        ArrayView<float> result)
    {
        int stride = Grid.DimX * Group.DimX, size = maps.Channels / maps.Groups;
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += stride)
        {
            int pixel = i / maps.Channels, channel = i - (pixel * maps.Channels);
            int moment = (pixel / maps.Pixels * maps.Groups) + (channel / size);
            float inverse = 1f / MathF.Sqrt(variance[moment] + epsilon);
            float normalized = (x[i] - mean[moment]) * inverse;
            float value = inverse
                * ((weight[channel] * g[i]) - means[2 * moment] - (normalized * means[(2 * moment) + 1]));
            result[i] = TEpilogue.Apply(value, channel, i, operands).Value;
        }
    }
}

/// <summary>Launches <see cref="NormalizeKernels{TEpilogue}.Normalize"/>.</summary>
internal delegate void NormalizeLauncher(
    AcceleratorStream stream, KernelConfig config, int length, DeviceMaps maps, float epsilon, ArrayView<float> x,
    ArrayView<float> mean, ArrayView<float> variance, ArrayView<float> weight, ArrayView<float> bias,
    EpilogueOperands operands, ArrayView<float> y);

/// <summary>Launches <see cref="NormalizeKernels{TEpilogue}.NormalizeGradient"/>.</summary>
internal delegate void NormalizeGradientLauncher(
    AcceleratorStream stream, KernelConfig config, int length, DeviceMaps maps, float epsilon, ArrayView<float> x,
    ArrayView<float> mean, ArrayView<float> variance, ArrayView<float> weight, ArrayView<float> means, ArrayView<float> g,
    EpilogueOperands operands, ArrayView<float> result);

/// <summary><see cref="Normalize"/> and <see cref="NormalizeGradient"/>.</summary>
internal static class NormalizeKernels
{
    private static readonly LazyKernel<MeansLauncher> _means = new(GradientMeans);

    private delegate void MeansLauncher(
        AcceleratorStream stream, KernelConfig config, int length, DeviceMaps maps, int isConstant, ArrayView<float> weight,
        ArrayView<float> weightGradient, ArrayView<float> biasGradient, ArrayView<float> means);

    /// <summary>
    /// The means of γ G and of γ G x̂ of each example and group, (N·groups, 2), by a thread each; 0 where moments are constants.
    /// </summary>
    public static void GradientMeans(
        int length, DeviceMaps maps, int isConstant, ArrayView<float> weight, ArrayView<float> weightGradient,
        ArrayView<float> biasGradient, ArrayView<float> means)
    {
        int stride = Grid.DimX * Group.DimX, size = maps.Channels / maps.Groups;
        for (int moment = (Grid.IdxX * Group.DimX) + Group.IdxX; moment < length; moment += stride)
        {
            int example = moment / maps.Groups, first = (moment - (example * maps.Groups)) * size;
            float plain = 0f, product = 0f;
            if (isConstant == 0)
            {
                for (int channel = first; channel < first + size; channel++)
                {
                    plain += weight[channel] * biasGradient[(example * maps.Channels) + channel];
                    product += weight[channel] * weightGradient[(example * maps.Channels) + channel];
                }
            }
            float count = (float)maps.Pixels * size;
            means[2 * moment] = plain / count;
            means[(2 * moment) + 1] = product / count;
        }
    }

    internal static void Run(GpuDevice device, in Normalize operation)
    {
        ArrayView<float> y = device.AsArray(operation.Y);
        int length = y.IntLength;
        if (length == 0)
            return;
        var maps = new DeviceMaps(length, (int)operation.Weight.Length, operation.Mean.Rows, operation.Mean.Columns);
        Epilogue epilogue = operation.Epilogue;
        Find<NormalizeSelector, LazyKernel<NormalizeLauncher>>(epilogue).On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, maps, operation.Epsilon,
            device.AsArray(operation.X), device.AsArray(operation.Mean), device.AsArray(operation.Variance),
            device.AsArray(operation.Weight), device.AsArray(operation.Bias), EpilogueOperands.Of(device, epilogue), y);
    }

    internal static void Run(GpuDevice device, in NormalizeGradient operation)
    {
        ArrayView<float> result = device.AsArray(operation.InputGradient);
        int length = result.IntLength;
        if (length == 0)
            return;
        var maps = new DeviceMaps(length, (int)operation.Weight.Length, operation.Mean.Rows, operation.Mean.Columns);
        int moments = maps.Examples * maps.Groups;
        ArrayView<float> means = device.PartialSums.Take(2 * moments), weight = device.AsArray(operation.Weight);
        _means.On(device)(
            device.LaunchStream(), device.Configs.Elements(moments), moments, maps, operation.WeightGradient.IsEmpty ? 1 : 0,
            weight, device.AsArray(operation.WeightGradient), device.AsArray(operation.BiasGradient), means);
        Epilogue epilogue = operation.Epilogue;
        Find<GradientSelector, LazyKernel<NormalizeGradientLauncher>>(epilogue).On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, maps, operation.Epsilon,
            device.AsArray(operation.X), device.AsArray(operation.Mean), device.AsArray(operation.Variance), weight, means,
            device.AsArray(operation.OutputGradient), EpilogueOperands.Of(device, epilogue), result);
    }

    private static TResult Find<TSelector, TResult>(in Epilogue epilogue)
        where TSelector : struct, IEpilogueSelector<TResult> =>
        epilogue.Accept<EpilogueTypes<NoBias, TSelector, TResult>, TResult>(new(default));

    private readonly struct NormalizeSelector : IEpilogueSelector<LazyKernel<NormalizeLauncher>>
    {
        public LazyKernel<NormalizeLauncher> For<TEpilogue>()
            where TEpilogue : struct, IGemmEpilogue => NormalizeKernels<TEpilogue>.Normalized;
    }

    private readonly struct GradientSelector : IEpilogueSelector<LazyKernel<NormalizeGradientLauncher>>
    {
        public LazyKernel<NormalizeGradientLauncher> For<TEpilogue>()
            where TEpilogue : struct, IGemmEpilogue => NormalizeKernels<TEpilogue>.Gradient;
    }
}
