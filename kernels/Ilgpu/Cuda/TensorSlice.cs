namespace GpuVae.Kernels.Ilgpu.Cuda;

/// <summary>
/// Where an operand's numbers lie in a slice in shared memory. Rows follow memory: (extent, Depth) or (Depth, extent).
/// In each, aligned groups of 8 numbers trade places by exclusive or with some bits of the row, so that the 32 lanes
/// of a warp, which read 8 extents and 4 pairs of depths at once, meet 32 different banks. Groups of 4 stay whole:
/// they are copied at once.
/// </summary>
/// <remarks>
/// A lane has extent ⌊lane/4⌋ of 8 and depths 2(lane mod 4) and the next of 8. In bfloat16 that is the operand layout
/// of <c>mma.sync</c> (PTX ISA, m16n8k16); in TensorFloat-32 the instruction has depths lane mod 4 and 4 more
/// (m16n8k8). Both operands have the same order of depths, and a sum over them does not ask for another.
/// </remarks>
internal static class TensorSlice<TTile, TLayout>
    where TTile : struct, ITensorTile
    where TLayout : struct, IOperandLayout
{
    /// <summary>The place of an element in a slice of 2·WarpSide extents.</summary>
    public static int Index(int extent, int depth) =>
        TLayout.DepthIsContiguous
            ? (extent * TTile.Depth) + (depth ^ (Turn(extent) << 3))
            : (depth * 2 * TTile.WarpSide) + (extent ^ (((depth >> 1) & 3) << 3));

    /// <summary>
    /// The place of the first of a lane's pair in the 8 extents from <paramref name="extents"/> and the 8 depths from
    /// <paramref name="depths"/>, both multiples of 8: <see cref="Index"/> with all that is the same for every such
    /// block set apart, so that most of it becomes a constant. The second of the pair is <see cref="PairStride"/> on.
    /// </summary>
    public static int PairIndex(int extents, int depths, int lane)
    {
        int extent = lane >> 2;
        int pair = lane & 3;
        return TLayout.DepthIsContiguous
            ? (extents * TTile.Depth) + (extent * TTile.Depth) + (2 * pair) + (depths ^ (Turn(extent) << 3))
            : ((depths + (2 * pair)) * 2 * TTile.WarpSide) + extent + (extents ^ (pair << 3));
    }

    /// <summary>From the first of a pair to the second.</summary>
    public static int PairStride => TLayout.DepthIsContiguous ? 1 : 2 * TTile.WarpSide;

    /// <summary>A row of 16 fills half of the banks, so that two rows are one turn; a row of 32 fills them all.</summary>
    private static int Turn(int extent) => TTile.Depth == 16 ? (extent >> 1) & 1 : extent & 3;
}
