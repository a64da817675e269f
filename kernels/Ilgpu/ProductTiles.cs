using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Ilgpu;

// How a product is cut up, as types, so that the compiler of each device knows every size.

/// <summary>
/// A group computes a tile of C: each of its ThreadRows · ThreadColumns threads has 4 × 4 elements of it, and the
/// tile's operands pass through shared memory in slices of Depth.
/// </summary>
internal interface ITile
{
    /// <summary>Threads along the rows of C; each has 4 rows.</summary>
    static abstract int ThreadRows { get; }

    /// <summary>Threads along the columns of C; each has 4 columns.</summary>
    static abstract int ThreadColumns { get; }

    /// <summary>How much of the inner dimension is in shared memory at once.</summary>
    static abstract int Depth { get; }
}

/// <summary>64 × 64 of C with 256 threads: enough arithmetic for each number loaded where C has many tiles.</summary>
internal readonly struct LargeTile : ITile
{
    public static int ThreadRows => 16;

    public static int ThreadColumns => 16;

    public static int Depth => 16;
}

/// <summary>128 × 128 of C with 256 threads of 8 × 8: <see cref="WideProductKernel{T1, T2, T3, T4}"/>.</summary>
internal readonly struct WideTile : ITile
{
    public const int Slice = 16;

    public static int ThreadRows => 16;

    public static int ThreadColumns => 16;

    public static int Depth => Slice;
}

/// <summary>32 × 32 of C with 64 threads: four times as many groups, for a C that would leave a GPU idle.</summary>
internal readonly struct SmallTile : ITile
{
    public static int ThreadRows => 8;

    public static int ThreadColumns => 8;

    public static int Depth => 32;
}

/// <summary>
/// 4 × 4 of C with 1 thread, for ILGPU's CPU accelerator: a thread of a group is a thread of the system there, so that
/// waiting for another one costs as much as thousands of products. A slice is small because each group takes its shared
/// memory from the system anew.
/// </summary>
internal readonly struct HostTile : ITile
{
    public static int ThreadRows => 1;

    public static int ThreadColumns => 1;

    public static int Depth => 64;
}

/// <summary>
/// Where an operand's element lies. Its extent is the dimension that C shares with it, its depth the one that is
/// summed over.
/// </summary>
internal interface IOperandLayout
{
    /// <summary>True where neighbours along the depth are neighbours in memory.</summary>
    static abstract bool DepthIsContiguous { get; }

    /// <summary>The element's place in a matrix of <paramref name="extents"/> by <paramref name="depths"/>.</summary>
    static abstract int Index(int extent, int depth, int extents, int depths);
}

/// <summary>Stored (extent, depth): A of NT and NN, B of NT.</summary>
internal readonly struct DepthContiguous : IOperandLayout
{
    public static bool DepthIsContiguous => true;

    public static int Index(int extent, int depth, int extents, int depths) => (extent * depths) + depth;
}

/// <summary>Stored (depth, extent): B of NN and TN, A of TN.</summary>
internal readonly struct ExtentContiguous : IOperandLayout
{
    public static bool DepthIsContiguous => false;

    public static int Index(int extent, int depth, int extents, int depths) => (depth * extents) + extent;
}

/// <summary>How many numbers that are neighbours in memory are copied at once.</summary>
internal interface ICopyWidth
{
    /// <summary>4 where rows of both operands begin on 16 bytes and have a multiple of 4 numbers, else 1.</summary>
    static abstract int Width { get; }
}

/// <summary>16 bytes at once.</summary>
internal readonly struct FourNumbers : ICopyWidth
{
    public static int Width => 4;
}

/// <summary>One number at a time, for any place and length.</summary>
internal readonly struct OneNumber : ICopyWidth
{
    public static int Width => 1;
}

/// <summary>Four neighbours in memory, read by one instruction where the device has one.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Quad(float First, float Second, float Third, float Fourth);
