using ILGPU;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>From an operand to a slice of it in shared memory, depth by depth.</summary>
internal static class SliceLoader<TLayout, TWidth>
    where TLayout : struct, IOperandLayout
    where TWidth : struct, IVectorWidth
{
    /// <summary>
    /// The group copies <paramref name="width"/> rows of A or columns of B by <paramref name="depth"/> of the inner
    /// dimension to shared memory, as many neighbours in memory at a time as a load takes. Threads that differ in x
    /// read neighbouring ones.
    /// </summary>
    public static void Load<TTile>(
        ArrayView<float> source, int mnLength, int kLength, int firstMn, int firstK, int depth, int width,
        ArrayView<float> shared, int sharedStart, int pitch)
        where TTile : struct, ITile
    {
        int threads = TTile.ThreadRows * TTile.ThreadColumns;
        int thread = (Group.IdxY * TTile.ThreadColumns) + Group.IdxX;
        if (TLayout.IsKMajor)
        {
            int loads = TTile.Depth / TWidth.Width;
            for (int i = thread; i < width * loads; i += threads)
            {
                int e = i / loads;
                int d = i % loads * TWidth.Width;
                if (d < depth)
                {
                    int mn = Math.Min(firstMn + e, mnLength - 1);
                    int from = TLayout.Index(mn, firstK + d, mnLength, kLength);
                    Copy(source, from, shared, sharedStart + (d * pitch) + e, pitch);
                }
            }
        }
        else
        {
            int loads = width / TWidth.Width;
            for (int i = thread; i < depth * loads; i += threads)
            {
                int d = i / loads;
                int e = i % loads * TWidth.Width;
                int mn = Math.Min(firstMn + e, mnLength - TWidth.Width);
                int from = TLayout.Index(mn, firstK + d, mnLength, kLength);
                Copy(source, from, shared, sharedStart + (d * pitch) + e, 1);
            }
        }
    }

    /// <summary>TWidth.Width numbers from one place on, to shared memory <paramref name="step"/> apart.</summary>
    private static void Copy(ArrayView<float> source, int from, ArrayView<float> shared, int to, int step)
    {
        if (TWidth.Width == 4)
        {
            Float4 four = source.Cast<Float4>()[from / 4];
            shared[to] = four.X;
            shared[to + step] = four.Y;
            shared[to + (2 * step)] = four.Z;
            shared[to + (3 * step)] = four.W;
        }
        else
        {
            shared[to] = source[from];
        }
    }
}
