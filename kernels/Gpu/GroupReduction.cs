using ILGPU;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// One number from each thread of a group becomes one for all of them, as a tree of fixed shape: with G threads, thread
/// t takes the number of thread t + G/2, then of t + G/4, and so on. No atomics, so the same numbers give the same
/// bits.
/// </summary>
/// <remarks>Every thread of a one-dimensional group calls a method once; G is a power of two.</remarks>
internal static class GroupReduction
{
    /// <summary>Their sum.</summary>
    public static float Sum(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(KernelConfigs.MaximumGroup);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int width = Group.DimX / 2; width > 0; width /= 2)
        {
            if (thread < width)
                shared[thread] += shared[thread + width];
            Group.Barrier();
        }
        return shared[0];
    }

    /// <summary>The largest of them.</summary>
    public static float Maximum(float value)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(KernelConfigs.MaximumGroup);
        int thread = Group.IdxX;
        shared[thread] = value;
        Group.Barrier();
        for (int width = Group.DimX / 2; width > 0; width /= 2)
        {
            if (thread < width && shared[thread + width] > shared[thread])
                shared[thread] = shared[thread + width];
            Group.Barrier();
        }
        return shared[0];
    }

    /// <summary>
    /// Σⱼ values[r, j] with r the group's index in the grid and values (R, N): a thread adds every G-th number, then
    /// the threads' sums make a tree.
    /// </summary>
    public static float RowSum(int columns, ArrayView<float> values)
    {
        int start = Grid.IdxX * columns;
        float sum = 0f;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
            sum += values[start + column];
        return Sum(sum);
    }
}
