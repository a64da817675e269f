using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// <see cref="GemmKernel{TTile, TLayoutA, TLayoutB, TWidth, TEpilogue}"/> for CUDA of compute capability 8.0 and above, with its tiles,
/// parts and order of sums, and so its bits: <c>cp.async</c> copies a slice of both operands while the one before is multiplied, and
/// numbers come from shared memory by fours.
/// </summary>
/// <remarks>
/// Which rows and columns a thread sums depends on the layouts; at the end shared memory brings sums to the threads that have them
/// in the other kernel, where neighbours store neighbours: <see cref="SharedGemmEnd{TEpilogue}"/>.
/// </remarks>
internal static class AsyncGemmKernel<TTile, TLayoutA, TLayoutB, TWidth, TEpilogue>
    where TTile : struct, ITile
    where TLayoutA : struct, IOperandLayout
    where TLayoutB : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
    where TEpilogue : struct, IGemmEpilogue
{
    public static readonly LazyKernel<GemmLauncher> Kernel =
        new(accelerator => AddressedKernels.LoadGemm(accelerator, ((Delegate)Run).Method));

    /// <summary>Numbers of shared memory that a group needs: two slices of both operands, or the sums of a tile and its losses.</summary>
    internal static int SharedLength =>
        Math.Max(AsyncSlice.Stages * StageLength, (Rows * (Columns + 1)) + (Rows * (TTile.ThreadColumns + 1)));

    private static int Rows => 4 * TTile.ThreadRows;

    private static int Columns => 4 * TTile.ThreadColumns;

    private static int StartB => AsyncSlice<TTile, TLayoutA, TWidth>.Length(Rows);

    private static int StageLength => StartB + AsyncSlice<TTile, TLayoutB, TWidth>.Length(Columns);

    /// <summary>
    /// Grid (tile columns, tile rows, splits of the inner dimension), group (ThreadColumns, ThreadRows). The parameters are those of
    /// <see cref="GemmKernel{TTile, TLayoutA, TLayoutB, TWidth, TEpilogue}"/>, with addresses in the place of views.
    /// </summary>
    public static void Run(
        int m, int n, int k, int splitSlices, long a, long b, EpilogueOperands operands, GemmOutputs outputs)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(SharedLength);
        CudaAsm.Emit(AsyncSlice.Declare);
        Compute(shared, TilePlace.OfGrid, m, n, k, splitSlices, a, b, operands, outputs);
    }

    /// <summary>What a group does, with the one allocation of shared memory, once registers are declared.</summary>
    internal static void Compute(
        ArrayView<float> shared, TilePlace place, int m, int n, int k, int splitSlices, long a, long b,
        EpilogueOperands operands, GemmOutputs outputs)
    {
        ArrayView<Float4> fours = shared.Cast<Float4>();
        int start = place.Split * splitSlices * TTile.Depth;
        int end = Math.Min(k, start + (splitSlices * TTile.Depth));
        SliceSource ofA = AsyncSlice<TTile, TLayoutA, TWidth>.First(a, m, k, place.Row * Rows, start, Rows);
        SliceSource ofB = AsyncSlice<TTile, TLayoutB, TWidth>.First(b, n, k, place.Column * Columns, start, Columns);
        int current = 0;
        Copy(ofA, ofB, m, n, k, start, end, current);
        FourByFour sums = default;
        Float4 rowSums = default;
        while (start < end)
        {
            CudaAsm.Emit("cp.async.wait_group 0;");
            // What every thread waited for is there now, and what all of them read before may be written over.
            Group.Barrier();
            int next = StageLength - current;
            start += AsyncSlice.Depth;
            ofA = AsyncSlice<TTile, TLayoutA, TWidth>.Next(ofA, m);
            ofB = AsyncSlice<TTile, TLayoutB, TWidth>.Next(ofB, n);
            Copy(ofA, ofB, m, n, k, start, end, next);
            int placeA = PowerOfTwo.Divide(current, 4) + AsyncSlice<TTile, TLayoutA, TWidth>.FirstFour(Group.IdxY);
            int placeB =
                PowerOfTwo.Divide(current + StartB, 4) + AsyncSlice<TTile, TLayoutB, TWidth>.FirstFour(Group.IdxX);
            for (int depth = 0; depth < AsyncSlice.Depth; depth += 4)
            {
                FourByFour fromA = AsyncSlice<TTile, TLayoutA, TWidth>.Read(fours.SubView(placeA), Rows);
                FourByFour fromB = AsyncSlice<TTile, TLayoutB, TWidth>.Read(fours.SubView(placeB), Columns);
                sums = sums.AddProducts(fromA.Row0, fromB.Row0).AddProducts(fromA.Row1, fromB.Row1)
                    .AddProducts(fromA.Row2, fromB.Row2).AddProducts(fromA.Row3, fromB.Row3);
                if (TEpilogue.SumsRows)
                    rowSums = rowSums.Add(fromA.Row0).Add(fromA.Row1).Add(fromA.Row2).Add(fromA.Row3);
                placeA += AsyncSlice<TTile, TLayoutA, TWidth>.FoursOfStep(Rows);
                placeB += AsyncSlice<TTile, TLayoutB, TWidth>.FoursOfStep(Columns);
            }
            current = next;
        }
        Group.Barrier();
        if (TEpilogue.SumsRows && place.Column == 0 && Group.IdxX == 0)
        {
            StoreRowSum(place, 0, m, rowSums.X, outputs);
            StoreRowSum(place, 1, m, rowSums.Y, outputs);
            StoreRowSum(place, 2, m, rowSums.Z, outputs);
            StoreRowSum(place, 3, m, rowSums.W, outputs);
        }
        PutRow(shared, 0, sums.Row0);
        PutRow(shared, 1, sums.Row1);
        PutRow(shared, 2, sums.Row2);
        PutRow(shared, 3, sums.Row3);
        Group.Barrier();
        var thread = new TileThread(
            place, Rows, Columns, Group.IdxY, TTile.ThreadRows, Group.IdxX, TTile.ThreadColumns, Rows * (Columns + 1));
        TLayoutA layoutA = default;
        int tiles = 1; // what is left of them to this group
        if (place.Splits > 1)
        {
            SharedGemmEnd<TEpilogue>.StoreParts(m, n, layoutA, thread, 0, Rows, Columns + 1, outputs, shared);
            tiles = GemmEnd<TEpilogue>.CountLastOfTile(thread, outputs, shared);
        }
        if (tiles == 1)
        {
            SharedGemmEnd<TEpilogue>.Store(m, n, layoutA, thread, 0, Rows, Columns + 1, operands, outputs, shared);
            SharedGemmEnd<TEpilogue>.Finish(m, thread, outputs, shared);
        }
    }

    /// <summary>Starts to copy a slice of both operands, if there is one.</summary>
    private static void Copy(SliceSource ofA, SliceSource ofB, int m, int n, int k, int start, int end, int target)
    {
        if (start < end)
        {
            AsyncSlice<TTile, TLayoutA, TWidth>.Copy(ofA, m, k, Rows, target);
            AsyncSlice<TTile, TLayoutB, TWidth>.Copy(ofB, n, k, Columns, target + StartB);
            CudaAsm.Emit("cp.async.commit_group;");
        }
    }

    private static void StoreRowSum(TilePlace place, int i, int m, float sum, GemmOutputs outputs) =>
        GemmEnd<TEpilogue>.StoreRowSum(
            place, (place.Row * Rows) + AsyncSlice<TTile, TLayoutA, TWidth>.Row(Group.IdxY, i, Rows), m, sum, outputs);

    /// <summary>The sums of a row, of those that a thread has read, to their places in the tile.</summary>
    private static void PutRow(ArrayView<float> shared, int i, Float4 sums)
    {
        int place = AsyncSlice<TTile, TLayoutA, TWidth>.Row(Group.IdxY, i, Rows) * (Columns + 1);
        shared[place + AsyncSlice<TTile, TLayoutB, TWidth>.Row(Group.IdxX, 0, Columns)] = sums.X;
        shared[place + AsyncSlice<TTile, TLayoutB, TWidth>.Row(Group.IdxX, 1, Columns)] = sums.Y;
        shared[place + AsyncSlice<TTile, TLayoutB, TWidth>.Row(Group.IdxX, 2, Columns)] = sums.Z;
        shared[place + AsyncSlice<TTile, TLayoutB, TWidth>.Row(Group.IdxX, 3, Columns)] = sums.W;
    }
}
