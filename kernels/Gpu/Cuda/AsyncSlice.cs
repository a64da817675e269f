using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// A slice of an operand in shared memory as <c>cp.async</c> leaves it, in the order of the operand's memory: (MN, Depth + 4) or
/// (Depth, MN). A thread reads four neighbours at once, four depths of a row or four rows of a depth, and those that read together
/// meet different banks: in the first order neighbours are 20 numbers apart, in the second 4.
/// </summary>
/// <remarks>
/// Slices are no deeper than <see cref="AsyncSlice.Depth"/>, so that two of each operand, one that is multiplied and one on its way, take
/// little more room than one of the small tile's: as many groups share a multiprocessor.
/// </remarks>
internal static class AsyncSlice<TTile, TLayout, TWidth>
    where TTile : struct, ITile
    where TLayout : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
{
    private const int Pitch = AsyncSlice.Depth + 4;

    private static int Threads => TTile.ThreadRows * TTile.ThreadColumns;

    /// <summary>Numbers of a slice.</summary>
    /// <param name="side">Rows of A or columns of B.</param>
    public static int Length(int side) => TLayout.IsKMajor ? side * Pitch : AsyncSlice.Depth * side;

    /// <summary>Which of the tile's rows is the <paramref name="i"/>-th of the four of a thread; the same for columns.</summary>
    /// <param name="thread">The thread's number along them.</param>
    /// <param name="i">0 to 3.</param>
    /// <param name="side">Rows of A or columns of B.</param>
    public static int Row(int thread, int i, int side) => TLayout.IsKMajor ? thread + (i * side / 4) : (4 * thread) + i;

    /// <summary>Where a thread's numbers of the first depths lie, counted in fours.</summary>
    public static int FirstFour(int thread) => TLayout.IsKMajor ? thread * (Pitch / 4) : thread;

    /// <summary>From there to those of the next four depths.</summary>
    public static int FoursOfStep(int side) => TLayout.IsKMajor ? 1 : side;

    /// <summary>A thread's four rows, or columns, at four depths: a row of the result is a depth.</summary>
    /// <param name="fours">Shared memory from the thread's numbers of these depths on.</param>
    /// <param name="side">Rows of A or columns of B.</param>
    public static FourByFour Read(ArrayView<Float4> fours, int side)
    {
        int step = TLayout.IsKMajor ? side / 4 * (Pitch / 4) : side / 4;
        var read = new FourByFour(fours[0], fours[step], fours[2 * step], fours[3 * step]);
        return TLayout.IsKMajor ? read.Transposed() : read;
    }

    /// <summary>What a thread copies of the first slice.</summary>
    /// <param name="source">The operand's address.</param>
    /// <param name="mnLength">Rows of A or columns of B, of all tiles.</param>
    /// <param name="kLength">The inner dimension.</param>
    /// <param name="firstMn">The tile's first.</param>
    /// <param name="firstK">The slice's first.</param>
    /// <param name="side">Rows of A or columns of B, of the tile.</param>
    public static SliceSource First(long source, int mnLength, int kLength, int firstMn, int firstK, int side)
    {
        int mn = firstMn + (TLayout.IsKMajor ? OwnRow(side) : OwnColumn(side));
        int k = firstK + (TLayout.IsKMajor ? OwnColumn(side) : OwnRow(side));
        return new(source, source + ((long)sizeof(float) * default(TLayout).Index(mn, k, mnLength, kLength)), mn, k);
    }

    /// <summary>Starts to copy a slice; beyond the edges come zeros.</summary>
    /// <param name="own">What is the thread's.</param>
    /// <param name="mnLength">Rows of A or columns of B, of all tiles.</param>
    /// <param name="kLength">The inner dimension.</param>
    /// <param name="side">Rows of A or columns of B, of the tile.</param>
    /// <param name="target">Where the slice begins in shared memory, in numbers.</param>
    public static void Copy(SliceSource own, int mnLength, int kLength, int side, int target)
    {
        int pitch = TLayout.IsKMajor ? Pitch : side;
        int rows = Threads * TWidth.Width / RowLength(side); // that the group copies at once
        long step = (long)(sizeof(float) * rows) * (TLayout.IsKMajor ? kLength : mnLength);
        int to = sizeof(float) * (target + (OwnRow(side) * pitch) + OwnColumn(side));
        long address = own.Address;
        for (int row = 0; row < (TLayout.IsKMajor ? side : AsyncSlice.Depth); row += rows)
        {
            bool isInside = own.Mn + (TLayout.IsKMajor ? row : 0) < mnLength && own.K + (TLayout.IsKMajor ? 0 : row) < kLength;
            // With no bytes to read the address still has to be one.
            long from = isInside ? address : own.Source;
            CudaAsm.Emit("add.u32 address, slices, %0;", to);
            if (TWidth.Width == 4)
                CudaAsm.Emit("cp.async.cg.shared.global [address], [%0], 16, %1;", from, isInside ? 16 : 0);
            else
                CudaAsm.Emit("cp.async.ca.shared.global [address], [%0], 4, %1;", from, isInside ? 4 : 0);
            address += step;
            to += sizeof(float) * rows * pitch;
        }
    }

    /// <summary>What a thread copies of the slice after.</summary>
    public static SliceSource Next(SliceSource own, int mnLength) => new(
        own.Source, own.Address + ((long)(sizeof(float) * AsyncSlice.Depth) * (TLayout.IsKMajor ? 1 : mnLength)), own.Mn,
        own.K + AsyncSlice.Depth);

    private static int RowLength(int side) => TLayout.IsKMajor ? AsyncSlice.Depth : side;

    private static int OwnRow(int side) => PowerOfTwo.Divide(AsyncSlice.Thread<TTile>() * TWidth.Width, RowLength(side));

    private static int OwnColumn(int side) => PowerOfTwo.Remainder(AsyncSlice.Thread<TTile>() * TWidth.Width, RowLength(side));
}

/// <summary>What all slices of float32 products share.</summary>
internal static class AsyncSlice
{
    /// <summary>How much of the inner dimension is in a slice.</summary>
    public const int Depth = 16;

    /// <summary>Slices of both operands in shared memory.</summary>
    public const int Stages = 2;

    /// <summary>
    /// The start of shared memory as the assembler addresses it: ILGPU's name of a kernel's only allocation. As the only one it begins
    /// on 16 bytes, which copies of 16 need.
    /// </summary>
    public const string Declare = ".reg .b32 slices; .reg .b32 address; mov.u32 slices, __shared_alloca0;";

    /// <summary>The thread's number in its group.</summary>
    public static int Thread<TTile>()
        where TTile : struct, ITile => (Group.IdxY * TTile.ThreadColumns) + Group.IdxX;
}

/// <summary>The first of what a thread copies of a slice: neighbours, and others that are whole rows of memory on.</summary>
/// <param name="Source">The operand's address.</param>
/// <param name="Address">Theirs, if the operand has them.</param>
/// <param name="Mn">Their row of A or column of B.</param>
/// <param name="K">Their place in the inner dimension.</param>
internal readonly record struct SliceSource(long Source, long Address, int Mn, int K);
