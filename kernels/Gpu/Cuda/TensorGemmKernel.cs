using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// C (M, N) = epilogue(op(A) · op(B)) on tensor cores, compute capability 8.0 and above. A group has a tile of C, its
/// four warps a quarter each, in named registers. Slices of the operands are copied to shared memory while others are
/// multiplied: <c>cp.async</c> runs two slices ahead in a ring of three, and fills what is beyond the edge with zeros.
/// At the end the sums go through shared memory, so that neighbouring threads store neighbouring elements and the
/// epilogue is a loop: <see cref="SharedGemmEnd{TEpilogue}"/>.
/// </summary>
/// <remarks>
/// The kernel runs on CUDA only. Its addresses of operands are numbers since inline assembly takes no views; in shared
/// memory they count bytes from the start. <c>cp.async</c> of 16 bytes needs shared memory to begin on 16: it does, as
/// the one allocation of the kernel is its start.
/// </remarks>
internal static class TensorGemmKernel<TTile, TLayoutA, TLayoutB, TPrecision, TWidth, TEpilogue>
    where TTile : struct, ITensorTile
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
    where TPrecision : struct, ITensorPrecision
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<GemmLauncher> Kernel =
        new(accelerator => AddressedKernels.LoadGemm(accelerator, ((Delegate)Run).Method));

    private const int LanesOfRow = 8; // threads that share a row at the end

    /// <summary>Numbers of shared memory that a group needs.</summary>
    internal static int SharedLength => TensorGroup.Stages * 2 * Side * TTile.Depth;

    private static int Side => 2 * TTile.WarpSide;

    /// <summary>Bytes of one operand's slice.</summary>
    private static int SliceBytes => sizeof(float) * Side * TTile.Depth;

    /// <summary>
    /// Grid (tile columns, tile rows, splits of the inner dimension), group <see cref="TensorGroup.Threads"/>.
    /// </summary>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">The inner dimension.</param>
    /// <param name="splitSlices">Slices in a split; split z has those from z · splitSlices on.</param>
    /// <param name="a">Address of A, laid out as <typeparamref name="TLayoutA"/> says.</param>
    /// <param name="b">Address of B, laid out as <typeparamref name="TLayoutB"/> says.</param>
    /// <param name="operands">What the epilogue reads.</param>
    /// <param name="outputs">What is written.</param>
    public static void Run(
        int m, int n, int k, int splitSlices, long a, long b, EpilogueOperands operands, GemmOutputs outputs)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(SharedLength);
        CudaAsm.Emit(TensorRegisters.Declare);
        Compute(shared, TilePlace.OfGrid, m, n, k, splitSlices, a, default, b, default, operands, outputs);
    }

    /// <summary>What a group does, with the one allocation of shared memory, once registers are declared.</summary>
    internal static void Compute(
        ArrayView<float> shared, TilePlace place, int m, int n, int k, int splitSlices, long a, TLayoutA layoutA, long b,
        TLayoutB layoutB, EpilogueOperands operands, GemmOutputs outputs)
    {
        CudaAsm.Emit(TensorRegisters.ZeroUpper);
        if (TTile.IsLarge)
            CudaAsm.Emit(TensorRegisters.ZeroLower);

        int firstSlice = place.Split * splitSlices;
        int slices = Math.Min(splitSlices, ((k + TTile.Depth - 1) / TTile.Depth) - firstSlice);
        int firstDepth = firstSlice * TTile.Depth;
        for (int ahead = 0; ahead < TensorGroup.Stages - 1; ahead++)
            CopySlice(place, m, n, k, a, layoutA, b, layoutB, firstDepth, ahead, slices, ahead);
        int current = 0;
        int next = TensorGroup.Stages - 1;
        float rowSum = 0f;
        for (int slice = 0; slice < slices; slice++)
        {
            CudaAsm.Emit("cp.async.wait_group 1;");
            // What every thread waited for is there now, and what all of them read before may be written over.
            Group.Barrier();
            CopySlice(place, m, n, k, a, layoutA, b, layoutB, firstDepth, slice + TensorGroup.Stages - 1, slices, next);
            MultiplySlice(current * 2 * SliceBytes);
            // In float32, before anything is rounded: a thread has a row.
            if (TEpilogue.SumsRows && place.Column == 0 && Group.IdxX < Side)
                rowSum += SumOfRow(shared, current * 2 * SliceBytes / sizeof(float));
            current = current == TensorGroup.Stages - 1 ? 0 : current + 1;
            next = next == TensorGroup.Stages - 1 ? 0 : next + 1;
        }
        CudaAsm.Emit("cp.async.wait_group 0;");
        Group.Barrier();
        if (TEpilogue.SumsRows && place.Column == 0 && Group.IdxX < Side)
            GemmEnd<TEpilogue>.StoreRowSum(place, (place.Row * Side) + Group.IdxX, m, rowSum, outputs);
        Store(place, m, n, layoutA, operands, outputs, shared);
    }

    /// <summary>Starts to copy a slice of both operands to a stage; beyond the last it only counts.</summary>
    private static void CopySlice(
        TilePlace place, int m, int n, int k, long a, TLayoutA layoutA, long b, TLayoutB layoutB, int firstDepth, int slice,
        int slices, int stage)
    {
        if (slice < slices)
        {
            int depth = firstDepth + (slice * TTile.Depth);
            int offset = stage * 2 * SliceBytes;
            CopyOperand(a, layoutA, m, k, place.Row * Side, depth, offset);
            CopyOperand(b, layoutB, n, k, place.Column * Side, depth, offset + SliceBytes);
        }
        CudaAsm.Emit("cp.async.commit_group;");
    }

    private static void CopyOperand<TLayout>(
        long source, TLayout layout, int mnLength, int kLength, int firstMn, int firstK, int offset)
        where TLayout : struct, IOperandLayout
    {
        int rowLength = TLayout.IsKMajor ? TTile.Depth : Side;
        for (int i = 0; i < Side * TTile.Depth / TWidth.Width / TensorGroup.Threads; i++)
        {
            int place = ((i * TensorGroup.Threads) + Group.IdxX) * TWidth.Width;
            int row = PowerOfTwo.Divide(place, rowLength);
            int column = PowerOfTwo.Remainder(place, rowLength);
            int e = TLayout.IsKMajor ? row : column;
            int d = TLayout.IsKMajor ? column : row;
            int mn = firstMn + e;
            int k = firstK + d;
            bool isInside = mn < mnLength && k < kLength;
            // With no bytes to read the address still has to be one.
            int index = isInside ? layout.Index(mn, k, mnLength, kLength) : 0;
            if (TLayout.HasGaps)
            {
                isInside &= index >= 0;
                index = Math.Max(index, 0);
            }
            int bytes = isInside ? sizeof(float) * TWidth.Width : 0;
            int target = offset + (sizeof(float) * TensorSlice<TTile, TLayout>.Index(e, d));
            long address = source + ((long)sizeof(float) * index);
            CudaAsm.Emit("add.u32 address, slices, %0;", target);
            if (TWidth.Width == 4)
                CudaAsm.Emit("cp.async.cg.shared.global [address], [%0], 16, %1;", address, bytes);
            else
                CudaAsm.Emit("cp.async.ca.shared.global [address], [%0], 4, %1;", address, bytes);
        }
    }

    /// <summary>A row's numbers of a slice of A, of which those beyond the edges are zeros.</summary>
    private static float SumOfRow(ArrayView<float> shared, int start)
    {
        float sum = 0f;
        for (int d = 0; d < TTile.Depth; d++)
            sum += shared[start + TensorSlice<TTile, TLayoutA>.Index(Group.IdxX, d)];
        return sum;
    }

    private static void MultiplySlice(int offset)
    {
        int lane = Group.IdxX & 31;
        int rows = (Group.IdxX >> 6) * TTile.WarpSide;
        int columns = ((Group.IdxX >> 5) & 1) * TTile.WarpSide;
        int offsetB = offset + SliceBytes;
        for (int depth = 0; depth < TTile.Depth; depth += TPrecision.Depth)
        {
            LoadA(0, offset, rows, depth, lane);
            LoadA(1, offset, rows, depth, lane);
            LoadA(2, offset, rows, depth, lane);
            LoadA(3, offset, rows, depth, lane);
            if (TTile.IsLarge)
            {
                LoadA(4, offset, rows, depth, lane);
                LoadA(5, offset, rows, depth, lane);
                LoadA(6, offset, rows, depth, lane);
                LoadA(7, offset, rows, depth, lane);
            }
            MultiplyColumn(0, offsetB, columns, depth, lane);
            MultiplyColumn(1, offsetB, columns, depth, lane);
            MultiplyColumn(2, offsetB, columns, depth, lane);
            MultiplyColumn(3, offsetB, columns, depth, lane);
            if (TTile.IsLarge)
            {
                MultiplyColumn(4, offsetB, columns, depth, lane);
                MultiplyColumn(5, offsetB, columns, depth, lane);
                MultiplyColumn(6, offsetB, columns, depth, lane);
                MultiplyColumn(7, offsetB, columns, depth, lane);
            }
        }
    }

    private static void LoadA(int rowGroup, int offset, int rows, int depth, int lane)
    {
        LoadPair<TLayoutA>(offset, rows + (8 * rowGroup), depth, lane);
        TPrecision.ConvertA(rowGroup, 0);
        if (TPrecision.Depth == 16)
        {
            LoadPair<TLayoutA>(offset, rows + (8 * rowGroup), depth + 8, lane);
            TPrecision.ConvertA(rowGroup, 1);
        }
    }

    private static void MultiplyColumn(int column, int offset, int columns, int depth, int lane)
    {
        LoadPair<TLayoutB>(offset, columns + (8 * column), depth, lane);
        TPrecision.ConvertB(0);
        if (TPrecision.Depth == 16)
        {
            LoadPair<TLayoutB>(offset, columns + (8 * column), depth + 8, lane);
            TPrecision.ConvertB(1);
        }
        TPrecision.MultiplyColumn(column, TTile.IsLarge);
    }

    private static void LoadPair<TLayout>(int offset, int firstMn, int firstK, int lane)
        where TLayout : struct, IOperandLayout
    {
        int first = offset + (sizeof(float) * TensorSlice<TTile, TLayout>.PairIndex(firstMn, firstK, lane));
        if (TLayout.IsKMajor)
        {
            CudaAsm.Emit("add.u32 address, slices, %0; ld.shared.v2.f32 {pair0, pair1}, [address];", first);
        }
        else
        {
            int second = first + (sizeof(float) * TensorSlice<TTile, TLayout>.PairStride);
            CudaAsm.Emit(
                "add.u32 address, slices, %0; ld.shared.f32 pair0, [address]; " +
                "add.u32 address, slices, %1; ld.shared.f32 pair1, [address];",
                first, second);
        }
    }

    /// <summary>
    /// From registers to C through shared memory, all rows of a small tile at once, of a large one those of one row of warps after the
    /// other: eight neighbours have a row, which fills 32 bytes at a time.
    /// </summary>
    private static void Store(
        TilePlace place, int m, int n, TLayoutA layoutA, EpilogueOperands operands, GemmOutputs outputs,
        ArrayView<float> shared)
    {
        // Eight more than a multiple of 32, so that 4 rows, which are stored and read at once, meet 32 banks.
        int pitch = Side + 8;
        int rows = TTile.IsLarge ? TTile.WarpSide : Side; // that are there at once
        var thread = new TileThread(
            place, Side, Side, Group.IdxX >> 3, TensorGroup.Threads / LanesOfRow, Group.IdxX & (LanesOfRow - 1), LanesOfRow,
            rows * pitch);
        int tiles = 1; // what is left of them to this group
        if (place.Splits > 1)
        {
            for (int first = 0; first < Side; first += rows)
            {
                PutSums(first, pitch);
                SharedGemmEnd<TEpilogue>.StoreParts(m, n, layoutA, thread, first, rows, pitch, outputs, shared);
                if (TTile.IsLarge)
                    Group.Barrier(); // before the next rows come in their place
            }
            tiles = GemmEnd<TEpilogue>.CountLastOfTile(thread, outputs, shared);
        }
        if (tiles == 1)
        {
            for (int first = 0; first < Side; first += rows)
            {
                if (place.Splits == 1)
                    PutSums(first, pitch);
                SharedGemmEnd<TEpilogue>.Store(m, n, layoutA, thread, first, rows, pitch, operands, outputs, shared);
                if (TTile.IsLarge)
                    Group.Barrier();
            }
            SharedGemmEnd<TEpilogue>.Finish(m, thread, outputs, shared);
        }
    }

    /// <summary>The sums of the warps that have them to shared memory, where all threads find them.</summary>
    /// <param name="first">The first row of the tile that goes there.</param>
    /// <param name="pitch">From row to row.</param>
    private static void PutSums(int first, int pitch)
    {
        int lane = Group.IdxX & 31;
        int row = (Group.IdxX >> 6) * TTile.WarpSide; // the warp's first
        int column = ((Group.IdxX >> 5) & 1) * TTile.WarpSide;
        if (!TTile.IsLarge || row == first)
            StoreSums(sizeof(float) * (((row - first + (lane >> 2)) * pitch) + column + (2 * (lane & 3))), pitch);
        Group.Barrier();
    }

    private static void StoreSums(int offset, int pitch)
    {
        int rows = sizeof(float) * 8 * pitch;
        TensorSums.StoreRow(0, offset, TTile.IsLarge);
        TensorSums.StoreRow(1, offset + rows, TTile.IsLarge);
        TensorSums.StoreRow(2, offset + (2 * rows), TTile.IsLarge);
        TensorSums.StoreRow(3, offset + (3 * rows), TTile.IsLarge);
        if (TTile.IsLarge)
        {
            TensorSums.StoreRow(4, offset + (4 * rows), TTile.IsLarge);
            TensorSums.StoreRow(5, offset + (5 * rows), TTile.IsLarge);
            TensorSums.StoreRow(6, offset + (6 * rows), TTile.IsLarge);
            TensorSums.StoreRow(7, offset + (7 * rows), TTile.IsLarge);
        }
    }
}
