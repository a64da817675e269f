using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>
/// <see cref="Normalize"/> and <see cref="NormalizeGradient"/>: one pass over the maps with coefficients of each channel, spread
/// over a period so that they are loaded as vectors, and what follows at once. An item is a chunk.
/// </summary>
internal unsafe struct ChannelwiseKernel
{
    // With fewer numbers, to wake the other workers takes longer than to do them.
    private const int FewestShared = 4096;

    private static readonly ScratchUse _coefficients = new();

    public float* X;
    public float* Other;
    public ChannelLayout Layout;
    public int Groups;
    public float* Mean;
    public float* Variance;
    public double Epsilon;
    public float* Weight;
    public float* Bias;

    /// <summary>Σ G x̂ (N, C), or null where moments are constants.</summary>
    public float* WeightGradient;

    /// <summary>Σ G (N, C), or null.</summary>
    public float* BiasGradient;

    /// <summary>What f′ is taken of, where a derivative follows.</summary>
    public float* Saved;

    public float* Y;

    /// <summary>Coefficients of a period: one for all workers where there is one example, else for each worker.</summary>
    public float* Coefficients;

    /// <summary>Numbers from a coefficient's to the next one's.</summary>
    public int Stride;

    public static void Run<S, V>(CpuDevice<S, V> device, in Normalize operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = Of<S, V>(
            operation.X, operation.X, operation.Mean, operation.Variance, operation.Epsilon, operation.Weight, operation.Epilogue,
            operation.Y);
        kernel.Bias = operation.Bias.Pointer();
        Run<S, V, NormalizeFunction>(device, &kernel, operation.Epilogue);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in NormalizeGradient operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = Of<S, V>(
            operation.X, operation.OutputGradient, operation.Mean, operation.Variance, operation.Epsilon, operation.Weight,
            operation.Epilogue, operation.InputGradient);
        kernel.WeightGradient = operation.WeightGradient.Pointer();
        kernel.BiasGradient = operation.BiasGradient.Pointer();
        Run<S, V, NormalizeGradientFunction>(device, &kernel, operation.Epilogue);
    }

    private static ChannelwiseKernel Of<S, V>(
        View<float> x, View<float> other, View<float> mean, View<float> variance, float epsilon, View<float> weight,
        in Epilogue epilogue, View<float> y)
        where S : ISimd<V>
        where V : unmanaged => new()
        {
            X = x.Pointer(),
            Other = other.Pointer(),
            Layout = ChannelLayout.Of<S, V>(x.Length, (int)weight.Length, mean.Rows),
            Groups = mean.Columns,
            Mean = mean.Pointer(),
            Variance = variance.Pointer(),
            Epsilon = epsilon,
            Weight = weight.Pointer(),
            Saved = epilogue.Saved.Pointer(),
            Y = y.Pointer(),
        };

    private static void Run<S, V, TFunction>(CpuDevice<S, V> device, ChannelwiseKernel* kernel, Epilogue epilogue)
        where S : ISimd<V>
        where V : unmanaged
        where TFunction : struct, IChannelFunction
    {
        ChannelLayout layout = kernel->Layout;
        kernel->Stride = layout.PeriodScratch<S, V>();
        int copies = layout.Examples == 1 ? 1 : device.Pool.Size;
        kernel->Coefficients = device.Scratch.Take<float>(
            _coefficients, (long)copies * TFunction.Coefficients * kernel->Stride);
        if (layout.Examples == 1)
            Fill<TFunction>(in *kernel, 0, kernel->Coefficients);
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V, TFunction>>.Find(epilogue);
        if (layout.Examples * layout.ExampleLength < FewestShared)
            body(kernel, 0, layout.Items, 0);
        else
            device.Pool.Run(body, kernel, layout.Items);
    }

    /// <summary>The coefficients of an example's channels, and the same again for every pixel of a period.</summary>
    private static void Fill<TFunction>(in ChannelwiseKernel kernel, int example, float* coefficients)
        where TFunction : struct, IChannelFunction
    {
        TFunction.Fill(in kernel, example, coefficients, kernel.Stride);
        for (int k = 0; k < TFunction.Coefficients; k++)
        {
            float* places = coefficients + ((nint)k * kernel.Stride);
            for (int place = kernel.Layout.Channels; place < kernel.Layout.Period; place++)
                places[place] = places[place - kernel.Layout.Channels];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chunks<S, V, TFunction, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TFunction : struct, IChannelFunction
        where TEpilogue : struct, ITileEpilogue
    {
        ref readonly ChannelwiseKernel kernel = ref *(ChannelwiseKernel*)context;
        float* coefficients = kernel.Coefficients;
        bool isShared = kernel.Layout.Examples == 1;
        if (!isShared)
            coefficients += (nint)worker * TFunction.Coefficients * kernel.Stride;
        for (int item = first, filled = -1; item < first + count; item++)
        {
            int example = item / kernel.Layout.Chunks, chunk = item - (example * kernel.Layout.Chunks);
            if (!isShared && filled != example)
                Fill<TFunction>(in kernel, filled = example, coefficients);
            long begin = kernel.Layout.Begin(example, chunk);
            Apply<S, V, TFunction, TEpilogue>(in kernel, coefficients, begin, kernel.Layout.LengthOf(chunk));
        }
    }

    /// <summary>A chunk, period by period.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Apply<S, V, TFunction, TEpilogue>(
        in ChannelwiseKernel kernel, float* coefficients, long begin, int length)
        where S : ISimd<V>
        where V : unmanaged
        where TFunction : struct, IChannelFunction
        where TEpilogue : struct, ITileEpilogue
    {
        int period = kernel.Layout.Period;
        nint stride = kernel.Stride;
        float* x = kernel.X + begin;
        float* g = kernel.Other + begin;
        float* saved = TEpilogue.HasAuxiliary ? kernel.Saved + begin : x;
        float* y = kernel.Y + begin;
        for (int left = length; left > 0; left -= period, x += period, g += period, saved += period, y += period)
        {
            int numbers = Math.Min(period, left), place = 0;
            for (; place <= numbers - S.Lanes; place += S.Lanes)
                S.Store(One<S, V, TFunction, TEpilogue>(x, g, saved, coefficients, stride, place), y + place);
            if (place < numbers)
            {
                V value = One<S, V, TFunction, TEpilogue>(x, g, saved, coefficients, stride, place);
                VectorStore.StoreFirst<S, V>(value, numbers - place, y + place);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V One<S, V, TFunction, TEpilogue>(
        float* x, float* g, float* saved, float* coefficients, nint stride, int place)
        where S : ISimd<V>
        where V : unmanaged
        where TFunction : struct, IChannelFunction
        where TEpilogue : struct, ITileEpilogue
    {
        V value = TFunction.Apply<S, V>(
            S.Load(x + place), TFunction.HasOther ? S.Load(g + place) : S.Zero, coefficients + place, stride);
        return TEpilogue.Apply<S, V>(value, TEpilogue.HasAuxiliary ? S.Load(saved + place) : S.Zero, S.Zero, out _, out _);
    }

    private readonly struct Bodies<S, V, TFunction> : ITileEpilogueSelector
        where S : ISimd<V>
        where V : unmanaged
        where TFunction : struct, IChannelFunction
    {
        public static delegate*<void*, int, int, int, void> For<TEpilogue>()
            where TEpilogue : struct, ITileEpilogue => &Chunks<S, V, TFunction, TEpilogue>;
    }
}
