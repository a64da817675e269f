using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>What noise does to a number, as a type; see <see cref="CorruptionKind"/>.</summary>
internal interface ICorruptionFunction
{
    /// <summary>x̃ for a number x, with word <paramref name="index"/> of its block of random words.</summary>
    static abstract float Apply(float x, PhiloxWords words, int index, float amount, float low, float high);
}

/// <summary>x + amount · n, clipped; not a number where x is not.</summary>
internal readonly struct GaussianCorruption : ICorruptionFunction
{
    public static float Apply(float x, PhiloxWords words, int index, float amount, float low, float high)
    {
        float noisy = x + (amount * GaussianMath.Normal(words, index));
        float bounded = noisy > high ? high : noisy;
        return bounded < low ? low : bounded;
    }
}

/// <summary>0 with probability amount.</summary>
internal readonly struct MaskingCorruption : ICorruptionFunction
{
    public static float Apply(float x, PhiloxWords words, int index, float amount, float low, float high) =>
        Philox.Uniform(Philox.Word(words, index)) < amount ? 0f : x;
}

/// <summary>The ends of the range with probability amount/2 each.</summary>
internal readonly struct SaltAndPepperCorruption : ICorruptionFunction
{
    public static float Apply(float x, PhiloxWords words, int index, float amount, float low, float high)
    {
        float uniform = Philox.Uniform(Philox.Word(words, index));
        return uniform < amount / 2f ? low : uniform < amount ? high : x;
    }
}

/// <summary>x̃ = C(x), both (B, D), element by element with a random word each.</summary>
internal static class CorruptKernel<TCorruption>
    where TCorruption : struct, ICorruptionFunction
{
    public static readonly LazyKernel<CorruptLauncher> Kernel = new(Corrupt);

    /// <summary>Loops over the elements of x̃.</summary>
    public static void Corrupt(
        int length, float amount, float low, float high, RandomSource noise, ArrayView<float> clean,
        ArrayView<int> counters, ArrayView<float> corrupted)
    {
        uint step = (uint)counters[Counter.GlobalStep];
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            PhiloxWords words = Philox.Block(noise, step, (uint)element / 4);
            corrupted[element] = TCorruption.Apply(clean[element], words, element % 4, amount, low, high);
        }
    }
}

/// <summary>Launches a <see cref="CorruptKernel{TCorruption}"/>.</summary>
internal delegate void CorruptLauncher(
    AcceleratorStream stream, KernelConfig config, int length, float amount, float low, float high,
    RandomSource noise, ArrayView<float> clean, ArrayView<int> counters, ArrayView<float> corrupted);

/// <summary><see cref="Corrupt"/>.</summary>
internal static class CorruptKernel
{
    internal static void Run(GpuDevice device, in Corrupt operation)
    {
        ArrayView<float> corrupted = device.AsArray(operation.Corrupted);
        int length = corrupted.IntLength;
        if (length == 0)
            return;
        CorruptionSettings settings = operation.Settings;
        LazyKernel<CorruptLauncher> kernel = settings.Kind switch
        {
            CorruptionKind.Gaussian => CorruptKernel<GaussianCorruption>.Kernel,
            CorruptionKind.Masking => CorruptKernel<MaskingCorruption>.Kernel,
            CorruptionKind.SaltAndPepper => CorruptKernel<SaltAndPepperCorruption>.Kernel,
            _ => throw new ArgumentOutOfRangeException(nameof(operation), settings.Kind, null),
        };
        kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, settings.Amount, settings.Low,
            settings.High, operation.Noise, device.AsArray(operation.Clean), device.AsArray(operation.Counters),
            corrupted);
    }
}
