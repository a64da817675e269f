using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="ApplyDropout"/>: x ⊙ m / (1 − p), and what follows at once. An item is a <see cref="Chunk"/> of the numbers as they lie
/// in memory, whose uniform numbers a worker draws into memory of its own first.
/// </summary>
internal unsafe struct ApplyDropoutKernel
{
    private static readonly ScratchUse _uniform = new();

    public float* X;
    public float* Y;
    public float* Saved;
    public long Length;
    public float Probability;
    public RandomSource Noise;
    public uint Step;

    /// <summary>A chunk for each worker.</summary>
    public float* Uniform;

    public static void Run<S, V>(CpuDevice<S, V> device, in ApplyDropout operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        Epilogue epilogue = operation.Epilogue;
        var kernel = new ApplyDropoutKernel
        {
            X = operation.X.Pointer(),
            Y = operation.Y.Pointer(),
            Saved = epilogue.Saved.Pointer(),
            Length = operation.X.Length,
            Probability = operation.Probability,
            Noise = operation.Noise,
            Step = (uint)operation.Counters.Pointer()[Counter.GlobalStep],
            Uniform = device.Scratch.Take<float>(_uniform, (long)device.Pool.Size * Chunk.Length),
        };
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V>>.Find(epilogue);
        device.Pool.Run(body, &kernel, Chunk.Count(kernel.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chunks<S, V, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        ref readonly ApplyDropoutKernel kernel = ref *(ApplyDropoutKernel*)context;
        float* uniform = kernel.Uniform + ((nint)worker * Chunk.Length);
        V probability = S.Broadcast(kernel.Probability), scale = S.Broadcast(1f / (1f - kernel.Probability));
        for (int chunk = first; chunk < first + count; chunk++)
        {
            long begin = (long)chunk * Chunk.Length;
            int length = (int)Math.Min(Chunk.Length, kernel.Length - begin);
            // The numbers go to the places of their elements behind the address that is given.
            PhiloxBlocks.FillUniform<S, V>(kernel.Noise, kernel.Step, begin, length, uniform - begin);
            float* x = kernel.X + begin;
            float* saved = TEpilogue.HasAuxiliary ? kernel.Saved + begin : x;
            float* y = kernel.Y + begin;
            for (int i = 0; i < length; i += S.Lanes)
            {
                V isLeftOut = S.GreaterThan(probability, S.Load(uniform + i));
                V value = S.Select(isLeftOut, S.Zero, S.Multiply(scale, S.Load(x + i)));
                value = TEpilogue.Apply<S, V>(
                    value, TEpilogue.HasAuxiliary ? S.Load(saved + i) : S.Zero, S.Zero, out _, out _);
                VectorStore.Store<S, V>(value, length - i, y + i);
            }
        }
    }

    private readonly struct Bodies<S, V> : ITileEpilogueSelector
        where S : ISimd<V>
        where V : unmanaged
    {
        public static delegate*<void*, int, int, int, void> For<TEpilogue>()
            where TEpilogue : struct, ITileEpilogue => &Chunks<S, V, TEpilogue>;
    }
}
