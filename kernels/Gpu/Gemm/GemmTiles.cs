using ILGPU;
using ILGPU.Util;

namespace GpuVae.Kernels.Gpu.Gemm;

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
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    public static int ThreadRows => 16;

    public static int ThreadColumns => 16;

    public static int Depth => 16;
}

/// <summary>
/// 128 × 128 of C with 256 threads of 8 × 8: <see cref="WideGemmKernel{TLayoutA, TLayoutB, TWidth, TEpilogue}"/>.
/// </summary>
internal readonly struct WideTile : ITile
{
    /// <summary>Its depth, as a constant.</summary>
    public const int Slice = 16;

    public static int ThreadRows => 16;

    public static int ThreadColumns => 16;

    public static int Depth => Slice;
}

/// <summary>32 × 32 of C with 64 threads: four times as many groups, for a C that would leave a GPU idle.</summary>
internal readonly struct SmallTile : ITile
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 64;

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
/// Where an operand's element lies. A is M × K and B is K × N: each has the inner dimension K, along which is summed,
/// and one that C shares with it, M or N, which is called MN here.
/// </summary>
internal interface IOperandLayout
{
    /// <summary>True where neighbours along K are neighbours in memory.</summary>
    static abstract bool IsKMajor { get; }

    /// <summary>True where some elements lie nowhere: they are zeros, and <see cref="Index"/> is negative.</summary>
    static abstract bool HasGaps { get; }

    /// <summary>The place of element (<paramref name="mn"/>, <paramref name="k"/>).</summary>
    /// <param name="mn">Its row of A, or its column of B.</param>
    /// <param name="k">Its place in the inner dimension.</param>
    /// <param name="mnLength">Rows of A, or columns of B.</param>
    /// <param name="kLength">The inner dimension.</param>
    int Index(int mn, int k, int mnLength, int kLength);

    /// <summary>Of A: the row of the result that the sums of its row <paramref name="mn"/> go to.</summary>
    int ResultRow(int mn);
}

/// <summary>Stored (MN, K): A of NT and NN, B of NT.</summary>
internal readonly struct KMajor : IOperandLayout
{
    public static bool IsKMajor => true;

    public static bool HasGaps => false;

    public int Index(int mn, int k, int mnLength, int kLength) => (mn * kLength) + k;

    public int ResultRow(int mn) => mn;
}

/// <summary>Stored (K, MN): B of NN and TN, A of TN.</summary>
internal readonly struct MnMajor : IOperandLayout
{
    public static bool IsKMajor => false;

    public static bool HasGaps => false;

    public int Index(int mn, int k, int mnLength, int kLength) => (k * mnLength) + mn;

    public int ResultRow(int mn) => mn;
}

/// <summary>How many numbers one load takes.</summary>
internal interface IVectorWidth
{
    /// <summary>4 where rows of both operands begin on 16 bytes and have a multiple of 4 numbers, else 1.</summary>
    static abstract int Width { get; }

    /// <summary>So many numbers from a place on, a multiple of <see cref="Width"/>, or zeros.</summary>
    static abstract Float4 Read(ArrayView<float> source, int from, bool isInside);

    /// <summary>Stores what was read, number by number, <paramref name="step"/> apart.</summary>
    static abstract void Write(Float4 read, ArrayView<float> target, int to, int step);
}

/// <summary>16 bytes at once.</summary>
internal readonly struct Float4Loads : IVectorWidth
{
    public static int Width => 4;

    public static Float4 Read(ArrayView<float> source, int from, bool isInside) =>
        Utilities.Select(isInside, source.Cast<Float4>()[from >> 2], default);

    public static void Write(Float4 read, ArrayView<float> target, int to, int step)
    {
        target[to] = read.X;
        target[to + step] = read.Y;
        target[to + (2 * step)] = read.Z;
        target[to + (3 * step)] = read.W;
    }
}

/// <summary>One number at a time, for any place and length.</summary>
internal readonly struct ScalarLoads : IVectorWidth
{
    public static int Width => 1;

    public static Float4 Read(ArrayView<float> source, int from, bool isInside) =>
        new(Utilities.Select(isInside, source[from], 0f), 0f, 0f, 0f);

    public static void Write(Float4 read, ArrayView<float> target, int to, int step) => target[to] = read.X;
}
