using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>From an operand to a slice of it in shared memory, depth by depth; beyond the inner dimension it is zeros.</summary>
/// <remarks>
/// Each thread copies as many numbers whatever the sizes, from addresses that are always the operand's, so that a compiler
/// unrolls the loop.
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
        int thread = (Group.IdxY * TTile.ThreadColumns) + Group.IdxX;
        int rowLoads = (TLayout.IsKMajor ? TTile.Depth : width) / TWidth.Width;
        for (int i = 0; i < width * TTile.Depth / TWidth.Width / threads; i++)
        {
            int load = (i * threads) + thread;
            int row = PowerOfTwo.Divide(load, rowLoads);
            int column = PowerOfTwo.Remainder(load, rowLoads) * TWidth.Width;
            int e = TLayout.IsKMajor ? row : column;
            int d = TLayout.IsKMajor ? column : row;
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
            Copy(source, from, isInside, shared, sharedStart + (d * pitch) + e, TLayout.IsKMajor ? pitch : 1);
        }
    }

    /// <summary>TWidth.Width numbers from one place on, or zeros, to shared memory <paramref name="step"/> apart.</summary>
    private static void Copy(ArrayView<float> source, int from, bool isInside, ArrayView<float> shared, int to, int step)
    {
        if (TWidth.Width == 4)
        {
            Float4 four = source.Cast<Float4>()[from >> 2];
            shared[to] = isInside ? four.X : 0f;
            shared[to + step] = isInside ? four.Y : 0f;
            shared[to + (2 * step)] = isInside ? four.Z : 0f;
            shared[to + (3 * step)] = isInside ? four.W : 0f;
        }
        else
        {
            float one = source[from];
            shared[to] = isInside ? one : 0f;
        }
    }
}
