using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// An epilogue on numbers that are in memory: the loop that follows a product's tiles, over blocks of rows of S (M, N).
/// So the same sums give the same bits as in a product, losses too. An item is a block of <see
/// cref="MatrixProduct.TileRows"/> rows.
/// </summary>
internal unsafe struct ApplyEpilogueKernel
{
    private static readonly ScratchUse _partialLoss = new();
    private static readonly ScratchUse _rowLosses = new();
    private static readonly ScratchUse _noBias = new(); // nothing writes there, so it stays zero

    private MatrixProduct _product;
    private float* _sums;
    private float* _losses; // for each worker the losses and factors of a block's rows

    /// <summary><see cref="ApplyEpilogue"/>.</summary>
    public static void Run<S, TVector>(CpuDevice<S, TVector> device, in ApplyEpilogue operation)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        (int m, int n) = (operation.C.Rows, operation.C.Columns);
        Epilogue epilogue = operation.Epilogue;
        EpilogueOperands operands = EpilogueOperands.Of(epilogue);
        if (operands.Bias is null)
            operands.Bias = device.Scratch.Take<float>(_noBias, n);
        bool hasLoss = epilogue.Kind == EpilogueKind.Likelihood;
        int lossTiles = MatrixProduct.TileCount(n, MatrixProduct.LossColumns<S, TVector>());
        int workerLosses = MatrixProduct.TileRows * 2 * S.Lanes;
        var kernel = new ApplyEpilogueKernel
        {
            _product = new MatrixProduct
            {
                C = operation.C.Pointer(),
                Rows = m,
                Columns = n,
                Operands = operands,
                PartialLoss = hasLoss ? device.Scratch.Take<float>(_partialLoss, (long)lossTiles * m) : null,
            },
            _sums = operation.S.Pointer(),
            _losses = device.Scratch.Take<float>(_rowLosses, (long)device.Pool.Size * workerLosses),
        };
        var body = (delegate*<void*, int, int, int, void>)epilogue.Accept<Loops<S, TVector>, nint>(default);
        device.Pool.Run(body, &kernel, MatrixProduct.TileCount(m, MatrixProduct.TileRows));
        if (hasLoss)
            MatrixProduct.SumLoss<S, TVector>(kernel._product.PartialLoss, lossTiles, m, epilogue.Loss.Pointer());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blocks<S, TVector, TEpilogue>(void* context, int first, int count, int worker)
        where S : ISimd<TVector>
        where TVector : unmanaged
        where TEpilogue : ITileEpilogue
    {
        ref readonly ApplyEpilogueKernel kernel = ref *(ApplyEpilogueKernel*)context;
        int m = kernel._product.Rows, n = kernel._product.Columns;
        float* losses = kernel._losses + (worker * MatrixProduct.TileRows * 2 * S.Lanes);
        for (int block = first; block < first + count; block++)
        {
            int row = block * MatrixProduct.TileRows;
            MatrixProduct.RunEpilogue<S, TVector, TEpilogue>(
                in kernel._product, kernel._sums + ((long)row * n), n, row, Math.Min(MatrixProduct.TileRows, m - row), 0, n,
                losses);
        }
    }

    /// <summary>The loop over blocks that is compiled for an epilogue.</summary>
    private readonly struct Loops<S, TVector> : IEpilogueVisitor<nint>
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        public nint Store() => (nint)(delegate*<void*, int, int, int, void>)&Blocks<S, TVector, StoreTile>;

        public nint Activation<TFunction>()
            where TFunction : struct, IVectorActivation =>
            (nint)(delegate*<void*, int, int, int, void>)&Blocks<S, TVector, BiasActivationTile<TFunction>>;

        public nint Derivative<TFunction>()
            where TFunction : struct, IVectorActivation =>
            (nint)(delegate*<void*, int, int, int, void>)&Blocks<S, TVector, DerivativeTile<TFunction>>;

        public nint Likelihood<TFunction>()
            where TFunction : struct, IVectorLikelihood =>
            (nint)(delegate*<void*, int, int, int, void>)&Blocks<S, TVector, LikelihoodTile<TFunction>>;
    }
}
