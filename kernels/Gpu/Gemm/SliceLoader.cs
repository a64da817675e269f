using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>From an operand to a slice of it in shared memory, depth by depth; beyond the inner dimension it is zeros.</summary>
/// <remarks>
/// Each thread copies as many numbers whatever the sizes, from addresses that are always the operand's, and has four loads under way
/// before it stores the first. A loop of one load would leave that to the assembler, which does not unroll loops that are as long as the
/// place in a window's map takes. Functions take the layout by reference, because ILGPU takes its time for each copy of a record.
/// </remarks>
internal static class SliceLoader<TLayout, TWidth>
    where TLayout : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
{
    /// <summary>
    /// The group copies <paramref name="width"/> rows of A or columns of B by TTile.Depth of the inner dimension to shared memory, as
    /// many neighbours in memory at a time as a load takes. Threads that differ in x read neighbouring ones.
    /// </summary>
    public static void Load<TTile>(
        ArrayView<float> source, TLayout layout, int mnLength, int kLength, int firstMn, int firstK, int width,
        ArrayView<float> shared, int sharedStart, int pitch)
        where TTile : struct, ITile
    {
        int threads = TTile.ThreadRows * TTile.ThreadColumns;
        int load = (Group.IdxY * TTile.ThreadColumns) + Group.IdxX;
        int loads = width * TTile.Depth / TWidth.Width / threads; // 1, 2 or a multiple of 4
        int rowShift = PowerOfTwo.Logarithm((TLayout.IsKMajor ? TTile.Depth : width) / TWidth.Width);
        for (int i = 0; i < loads; i += 4)
        {
            Float4 read0 = Read(source, ref layout, mnLength, kLength, firstMn, firstK, load, rowShift);
            Float4 read1 = default, read2 = default, read3 = default;
            if (loads > 1)
                read1 = Read(source, ref layout, mnLength, kLength, firstMn, firstK, load + threads, rowShift);
            if (loads > 2)
            {
                read2 = Read(source, ref layout, mnLength, kLength, firstMn, firstK, load + (2 * threads), rowShift);
                read3 = Read(source, ref layout, mnLength, kLength, firstMn, firstK, load + (3 * threads), rowShift);
                LoadFence.Emit();
            }
            Store(read0, load, rowShift, shared, sharedStart, pitch);
            if (loads > 1)
                Store(read1, load + threads, rowShift, shared, sharedStart, pitch);
            if (loads > 2)
            {
                Store(read2, load + (2 * threads), rowShift, shared, sharedStart, pitch);
                Store(read3, load + (3 * threads), rowShift, shared, sharedStart, pitch);
            }
            load += 4 * threads;
        }
    }

    /// <summary>What a load brings: neighbours, or zeros.</summary>
    private static Float4 Read(
        ArrayView<float> source, ref TLayout layout, int mnLength, int kLength, int firstMn, int firstK, int load, int rowShift)
    {
        int e = TLayout.IsKMajor ? Row(load, rowShift) : Column(load, rowShift);
        int d = TLayout.IsKMajor ? Column(load, rowShift) : Row(load, rowShift);
        // What begins inside ends there, as rows have a multiple of the width.
        int mn = Math.Min(firstMn + e, mnLength - (TLayout.IsKMajor ? 1 : TWidth.Width));
        int k = Math.Min(firstK + d, kLength - (TLayout.IsKMajor ? TWidth.Width : 1));
        int from = layout.Index(mn, k, mnLength, kLength);
        bool isInside = firstK + d < kLength;
        if (TLayout.HasGaps)
        {
            isInside &= from >= 0;
            from = Math.Max(from, 0);
        }
        return TWidth.Read(source, from, isInside);
    }

    /// <summary>To the slice, where neighbours along the inner dimension are a pitch apart.</summary>
    private static void Store(Float4 read, int load, int rowShift, ArrayView<float> shared, int sharedStart, int pitch)
    {
        int row = Row(load, rowShift), column = Column(load, rowShift);
        int to = sharedStart + (TLayout.IsKMajor ? (column * pitch) + row : (row * pitch) + column);
        TWidth.Write(read, shared, to, TLayout.IsKMajor ? pitch : 1);
    }

    /// <summary>The row of memory that a load is from, counted from the slice's first.</summary>
    private static int Row(int load, int rowShift) => load >> rowShift;

    /// <summary>Where in the row it begins.</summary>
    private static int Column(int load, int rowShift) => (load & ((1 << rowShift) - 1)) * TWidth.Width;
}
