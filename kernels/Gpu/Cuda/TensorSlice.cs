using GpuVae.Kernels.Gpu.Gemm;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// Where an operand's numbers lie in a slice in shared memory. Rows follow memory: (MN, Depth) or (Depth, MN).
/// They are swizzled: in each, aligned groups of 8 numbers trade places by exclusive or with some bits of the row, so
/// that the 32 lanes of a warp, which read 8 places along MN and 4 pairs along K at once, meet 32 different banks.
/// Groups of 4 stay whole: they are copied at once.
/// </summary>
/// <remarks>
/// A lane has place ⌊lane/4⌋ of 8 along MN, and 2(lane mod 4) and the next of 8 along K. In bfloat16 that is the
/// operand layout of <c>mma.sync</c> (PTX ISA, m16n8k16); in TensorFloat-32 the instruction has lane mod 4 and 4 more
/// along K (m16n8k8). Both operands have the same order along K, and a sum over it does not ask for another.
/// </remarks>
internal static class TensorSlice<TTile, TLayout>
    where TTile : struct, ITensorTile
    where TLayout : struct, IOperandLayout
{
    /// <summary>The place of an element in a slice of 2·WarpSide along MN.</summary>
    public static int Index(int mn, int k) =>
        TLayout.IsKMajor
            ? (mn * TTile.Depth) + (k ^ (Swizzle(mn) << 3))
            : (k * 2 * TTile.WarpSide) + (mn ^ (((k >> 1) & 3) << 3));

    /// <summary>
    /// The place of the first of a lane's pair in the block of 8 by 8 that starts at <paramref name="firstMn"/> and
    /// <paramref name="firstK"/>, both multiples of 8: <see cref="Index"/> with all that is the same for every such
    /// block set apart, so that most of it becomes a constant. The second of the pair is <see cref="PairStride"/> on.
    /// </summary>
    public static int PairIndex(int firstMn, int firstK, int lane)
    {
        int mn = lane >> 2;
        int pair = lane & 3;
        return TLayout.IsKMajor
            ? (firstMn * TTile.Depth) + (mn * TTile.Depth) + (2 * pair) + (firstK ^ (Swizzle(mn) << 3))
            : ((firstK + (2 * pair)) * 2 * TTile.WarpSide) + mn + (firstMn ^ (pair << 3));
    }

    /// <summary>From the first of a pair to the second.</summary>
    public static int PairStride => TLayout.IsKMajor ? 1 : 2 * TTile.WarpSide;

    /// <summary>
    /// A row of 16 fills half of the banks, so that two rows share a swizzle; a row of 32 fills them all.
    /// </summary>
    private static int Swizzle(int mn) => TTile.Depth == 16 ? (mn >> 1) & 1 : mn & 3;
}
