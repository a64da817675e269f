using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// A group of four warps, two by two, computes a tile of C. Each warp has WarpSide × WarpSide of it in registers; the
/// tile's operands pass through shared memory in slices of Depth, of which three are there at once.
/// </summary>
internal interface ITensorTile
{
    /// <summary>True where a warp has four 16-row and eight 8-column fragments of C instead of two and four.</summary>
    static abstract bool IsLarge { get; }

    /// <summary>Rows and columns of a warp's part of C: 64 or 32.</summary>
    static abstract int WarpSide { get; }

    /// <summary>How much of the inner dimension a slice holds: 16 or 32.</summary>
    static abstract int Depth { get; }
}

/// <summary>128 × 128 of C: each number that a warp reads from shared memory meets 64 others.</summary>
internal readonly struct LargeTensorTile : ITensorTile
{
    public static bool IsLarge => true;

    public static int WarpSide => 64;

    public static int Depth => 16;
}

/// <summary>64 × 64 of C: four times as many groups, and fewer waits along the inner dimension.</summary>
internal readonly struct SmallTensorTile : ITensorTile
{
    public static bool IsLarge => false;

    public static int WarpSide => 32;

    public static int Depth => 32;
}

/// <summary>What a warp multiplies with, and how numbers from shared memory become its operands.</summary>
internal interface ITensorPrecision
{
    /// <summary>The inner dimension of one instruction: 8 or 16.</summary>
    static abstract int Depth { get; }

    /// <summary>
    /// Rounds <c>pair0</c> and <c>pair1</c> into the A operand of fragment row <paramref name="rowGroup"/> / 2.
    /// </summary>
    /// <param name="rowGroup">Which of the warp's groups of 8 rows they are from: a constant.</param>
    /// <param name="half">Which 8 of the step's depths they are from: a constant.</param>
    static abstract void ConvertA(int rowGroup, int half);

    /// <summary>The same for the B operand of the column of fragments at hand.</summary>
    static abstract void ConvertB(int half);

    /// <summary>Adds the products of all A operands with the B operand to a column of fragments.</summary>
    /// <param name="column">Which: a constant.</param>
    /// <param name="isLarge">True where the column has four fragments instead of two.</param>
    static abstract void MultiplyColumn(int column, bool isLarge);
}

/// <summary>The group of a tensor-core product.</summary>
internal static class TensorGroup
{
    /// <summary>NVIDIA's number.</summary>
    public const int LanesInWarp = 32;

    /// <summary>Four warps, two by two.</summary>
    public const int Threads = 4 * LanesInWarp;

    /// <summary>Slices of both operands in shared memory: one is multiplied, two are on their way.</summary>
    public const int Stages = 3;
}

/// <summary>An operand as inline assembly takes it.</summary>
internal static class TensorOperand
{
    /// <summary>Where it begins; one of no numbers has no address, and none is read.</summary>
    public static long Address(ArrayView<float> view) => view.Length == 0 ? 0 : view.LoadEffectiveAddressAsPtr();
}

/// <summary>Which <see cref="ITensorPrecision"/> a device multiplies with, if any.</summary>
internal enum TensorMode
{
    /// <summary>None: the multipliers and adders of float32.</summary>
    None,

    /// <summary><see cref="Tf32Precision"/>.</summary>
    Tf32,

    /// <summary><see cref="Bf16Precision"/>.</summary>
    Bf16,

    /// <summary><see cref="Tf32x3Precision"/>.</summary>
    Tf32x3,
}
