using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// Groups and grids that suit a device; what it can run is asked once. A device that cannot run the threads of the
/// smallest GPU tile in a group gets groups of one.
/// </summary>
internal sealed class KernelConfigs
{
    /// <summary>Threads that <see cref="GroupReduction"/> has room for.</summary>
    public const int MaximumGroup = 256;

    private readonly int _elementGroups;

    /// <summary>Asks <paramref name="accelerator"/> for its limits.</summary>
    public KernelConfigs(Accelerator accelerator)
    {
        Multiprocessors = Math.Max(accelerator.NumMultiprocessors, 1);
        GroupLimit = 1;
        if (accelerator.MaxNumThreadsPerGroup >= SmallTile.Threads)
        {
            while (GroupLimit * 2 <= Math.Min(accelerator.MaxNumThreadsPerGroup, MaximumGroup))
                GroupLimit *= 2;
        }
        // A GPU hides the latency of memory behind other groups; the CPU accelerator runs one on each multiprocessor.
        _elementGroups = accelerator.AcceleratorType == AcceleratorType.CPU ? Multiprocessors : 32 * Multiprocessors;
    }

    /// <summary>Multiprocessors of the device.</summary>
    public int Multiprocessors { get; }

    /// <summary>Threads that a group has at most: a power of two, 1 where the device runs few.</summary>
    public int GroupLimit { get; }

    /// <summary>
    /// Elements that a matrix has at most: a loop's index steps by the grid once more than it uses, and has 32 bits.
    /// </summary>
    public int LargestLength => int.MaxValue - (_elementGroups * GroupLimit);

    /// <summary>For loops over so many elements that start at the global index and step by the grid.</summary>
    public KernelConfig Elements(int length) =>
        new(Math.Min(DivideUp(length, GroupLimit), _elementGroups), GroupLimit);

    /// <summary>A group for each row of a matrix, with a power of two of threads.</summary>
    public KernelConfig Rows(int rows, int columns)
    {
        int group = Math.Min(32, GroupLimit);
        while (group < columns && group < GroupLimit)
            group *= 2;
        return new(rows, group);
    }

    /// <summary>
    /// Groups that each sum some columns: threads (columns, row residues), the second a power of two.
    /// </summary>
    public KernelConfig Columns(int columns)
    {
        int width = Math.Min(32, GroupLimit);
        return new(new Index2D(DivideUp(columns, width), 1), new Index2D(width, GroupLimit / width));
    }

    /// <summary>A thread for each element of a matrix, groups along its rows.</summary>
    public KernelConfig Matrix(int rows, int columns)
    {
        int width = Math.Min(128, GroupLimit);
        return new(new Index2D(DivideUp(columns, width), rows), new Index2D(width, 1));
    }

    /// <summary>⌈value / divisor⌉.</summary>
    public static int DivideUp(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);
}
