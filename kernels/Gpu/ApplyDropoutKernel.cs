using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="ApplyDropout"/>: x ⊙ m / (1 − p), element by element with a random word each, and an epilogue.</summary>
internal static class ApplyDropoutKernel<TEpilogue>
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<ApplyDropoutLauncher> Kernel = new(Apply);

    /// <summary>Loops over the elements of y.</summary>
    public static void Apply(
        int length, float probability, RandomSource noise, ArrayView<float> x, ArrayView<int> counters,
        EpilogueOperands operands, ArrayView<float> y)
    {
        uint step = (uint)counters[Counter.GlobalStep];
        float scale = 1f / (1f - probability);
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            PhiloxWords words = Philox.Block(noise, step, (uint)element / 4);
            bool isLeftOut = Philox.Uniform(Philox.Word(words, element % 4)) < probability;
            float value = isLeftOut ? 0f : x[element] * scale;
            y[element] = TEpilogue.Apply(value, 0, element, operands).Value;
        }
    }
}

/// <summary>Launches a <see cref="ApplyDropoutKernel{TEpilogue}"/>.</summary>
internal delegate void ApplyDropoutLauncher(
    AcceleratorStream stream, KernelConfig config, int length, float probability, RandomSource noise, ArrayView<float> x,
    ArrayView<int> counters, EpilogueOperands operands, ArrayView<float> y);

/// <summary><see cref="ApplyDropout"/>.</summary>
internal static class ApplyDropoutKernel
{
    internal static void Run(GpuDevice device, in ApplyDropout operation)
    {
        ArrayView<float> y = device.AsArray(operation.Y);
        int length = y.IntLength;
        if (length == 0)
            return;
        Epilogue epilogue = operation.Epilogue;
        LazyKernel<ApplyDropoutLauncher> kernel =
            epilogue.Accept<EpilogueTypes<NoBias, Selector, LazyKernel<ApplyDropoutLauncher>>, LazyKernel<ApplyDropoutLauncher>>(
                new(default));
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.Probability, operation.Noise,
            device.AsArray(operation.X), device.AsArray(operation.Counters), EpilogueOperands.Of(device, epilogue), y);
    }

    private readonly struct Selector : IEpilogueSelector<LazyKernel<ApplyDropoutLauncher>>
    {
        public LazyKernel<ApplyDropoutLauncher> For<TEpilogue>()
            where TEpilogue : struct, IGemmEpilogue => ApplyDropoutKernel<TEpilogue>.Kernel;
    }
}
