using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="ApplyEpilogue"/>: C (M, N) = epilogue(S), by the loop that a product's tiles end in, so that the same sums give
/// the same bits, and the losses of rows are put together in the same order. An item is a block of rows.
/// </summary>
internal unsafe struct ApplyEpilogueKernel
{
    // Blocks for each worker, so that workers end together; they have fewer where rows are few.
    private const int BlocksPerWorker = 4;

    private static readonly ScratchUse _losses = new();

    public float* Sums;
    public int BlockRows;
    public EpilogueOutput Output;

    /// <summary>For each worker what <see cref="EpilogueLoop"/> needs for the losses of a block.</summary>
    public float* Losses;

    public static void Run<S, V>(CpuDevice<S, V> device, in ApplyEpilogue operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        (int rows, int workers) = (operation.C.Rows, device.Pool.Size);
        Epilogue epilogue = operation.Epilogue;
        var kernel = new ApplyEpilogueKernel
        {
            Sums = operation.S.Pointer(),
            BlockRows = Math.Clamp(rows / (BlocksPerWorker * workers), 1, MatrixProduct.TileRows),
            Output = EpilogueLoop.Output(device, in epilogue, operation.C),
            Losses = device.Scratch.Take<float>(_losses, (long)workers * LossLength<S, V>()),
        };
        delegate*<void*, int, int, int, void> body = TileEpilogueTypes<Bodies<S, V>>.Find(epilogue, hasBias: !epilogue.Bias.IsEmpty);
        device.Pool.Run(
            body, &kernel, MatrixProduct.DivideUp(rows, kernel.BlockRows));
        if (epilogue.Kind == EpilogueKind.Likelihood)
            EpilogueLoop.SumLoss<S, V>(in kernel.Output, epilogue.Loss.Pointer());
    }

    // Losses are put together a vector of rows at once.
    private static int LossLength<S, V>()
        where S : ISimd<V>
        where V : unmanaged =>
        EpilogueLoop.LossScratchLength<S, V>(Math.Max(MatrixProduct.TileRows, S.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blocks<S, V, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TEpilogue : struct, ITileEpilogue
    {
        ref readonly ApplyEpilogueKernel kernel = ref *(ApplyEpilogueKernel*)context;
        int columns = kernel.Output.Columns;
        for (int block = first; block < first + count; block++)
        {
            int row = block * kernel.BlockRows;
            EpilogueLoop.Run<S, V, TEpilogue>(
                in kernel.Output, kernel.Sums + ((nint)row * columns), columns, row,
                Math.Min(kernel.BlockRows, kernel.Output.Rows - row), 0, columns,
                kernel.Losses + (worker * LossLength<S, V>()));
        }
    }

    private readonly struct Bodies<S, V> : ITileEpilogueSelector
        where S : ISimd<V>
        where V : unmanaged
    {
        public static delegate*<void*, int, int, int, void> For<TEpilogue>()
            where TEpilogue : struct, ITileEpilogue => &Blocks<S, V, TEpilogue>;
    }
}
