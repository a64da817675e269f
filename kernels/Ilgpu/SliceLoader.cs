using ILGPU;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>From an operand to a slice of it in shared memory, depth by depth.</summary>
internal static class SliceLoader<TLayout, TCopy>
    where TLayout : struct, IOperandLayout
    where TCopy : struct, ICopyWidth
{
    /// <summary>
    /// The group copies <paramref name="width"/> extents by <paramref name="depth"/> depths to shared memory, a run of
    /// numbers that are neighbours in memory at a time. Threads that differ in x read neighbouring runs.
    /// </summary>
    public static void Load<TTile>(
        ArrayView<float> source, int extents, int depths, int firstExtent, int firstDepth, int depth, int width,
        ArrayView<float> shared, int sharedStart, int pitch)
        where TTile : struct, ITile
    {
        int threads = TTile.ThreadRows * TTile.ThreadColumns;
        int thread = (Group.IdxY * TTile.ThreadColumns) + Group.IdxX;
        if (TLayout.DepthIsContiguous)
        {
            int runs = TTile.Depth / TCopy.Width;
            for (int i = thread; i < width * runs; i += threads)
            {
                int e = i / runs;
                int d = i % runs * TCopy.Width;
                if (d < depth)
                {
                    int extent = Math.Min(firstExtent + e, extents - 1);
                    int from = TLayout.Index(extent, firstDepth + d, extents, depths);
                    CopyRun(source, from, shared, sharedStart + (d * pitch) + e, pitch);
                }
            }
        }
        else
        {
            int runs = width / TCopy.Width;
            for (int i = thread; i < depth * runs; i += threads)
            {
                int d = i / runs;
                int e = i % runs * TCopy.Width;
                int extent = Math.Min(firstExtent + e, extents - TCopy.Width);
                int from = TLayout.Index(extent, firstDepth + d, extents, depths);
                CopyRun(source, from, shared, sharedStart + (d * pitch) + e, 1);
            }
        }
    }

    /// <summary>TCopy.Width numbers from one place on, to shared memory <paramref name="step"/> apart.</summary>
    private static void CopyRun(ArrayView<float> source, int from, ArrayView<float> shared, int to, int step)
    {
        if (TCopy.Width == 4)
        {
            Quad quad = source.Cast<Quad>()[from / 4];
            shared[to] = quad.First;
            shared[to + step] = quad.Second;
            shared[to + (2 * step)] = quad.Third;
            shared[to + (3 * step)] = quad.Fourth;
        }
        else
        {
            shared[to] = source[from];
        }
    }
}
