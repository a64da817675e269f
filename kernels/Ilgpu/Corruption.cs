using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Ilgpu;

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
        float noisy = x + (amount * SamplingKernels.Normal(words, index));
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
internal static class CorruptionKernel<TCorruption>
    where TCorruption : struct, ICorruptionFunction
{
    /// <summary>Loops over the elements of x̃.</summary>
    public static void Run(
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

public sealed partial class IlgpuBackend
{
    private readonly Dictionary<CorruptionKind, CorruptionLauncher> corruptions = [];

    private delegate void CorruptionLauncher(
        AcceleratorStream stream, KernelConfig config, int length, float amount, float low, float high,
        RandomSource noise, ArrayView<float> clean, ArrayView<int> counters, ArrayView<float> corrupted);

    /// <inheritdoc/>
    public void Corrupt(
        View<float> clean, View<int> counters, CorruptionSettings settings, RandomSource noise, View<float> corrupted)
    {
        RequireShape(corrupted, clean.Rows, clean.Columns, nameof(corrupted));
        RequireLength(counters, Counter.Count, nameof(counters));
        if (clean.Length == 0)
            return;
        if (!corruptions.TryGetValue(settings.Kind, out CorruptionLauncher? corrupt))
        {
            corrupt = settings.Kind switch
            {
                CorruptionKind.Gaussian => LoadCorruption<GaussianCorruption>(),
                CorruptionKind.Masking => LoadCorruption<MaskingCorruption>(),
                CorruptionKind.SaltAndPepper => LoadCorruption<SaltAndPepperCorruption>(),
                _ => throw new ArgumentOutOfRangeException(nameof(settings), settings.Kind, null),
            };
            corruptions.Add(settings.Kind, corrupt);
        }
        int length = ElementCount(clean, nameof(clean));
        corrupt(
            CountedStream(), shapes.Elements(length), length, settings.Amount, settings.Low, settings.High, noise,
            Array(clean), Array(counters), Array(corrupted));
    }

    private CorruptionLauncher LoadCorruption<TCorruption>()
        where TCorruption : struct, ICorruptionFunction =>
        new(accelerator.LoadKernel<
            int, float, float, float, RandomSource, ArrayView<float>, ArrayView<int>, ArrayView<float>>(
            CorruptionKernel<TCorruption>.Run));
}
