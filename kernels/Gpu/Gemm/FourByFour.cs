using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Gpu.Gemm;

/// <summary>Four neighbours in memory, read by one instruction where the device has one.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Float4(float X, float Y, float Z, float W)
{
    /// <summary>The sums with four others.</summary>
    public Float4 Add(Float4 other) => new(X + other.X, Y + other.Y, Z + other.Z, W + other.W);
}

/// <summary>Four rows of four numbers.</summary>
internal readonly record struct FourByFour(Float4 Row0, Float4 Row1, Float4 Row2, Float4 Row3)
{
    /// <summary>Rows as columns.</summary>
    public FourByFour Transposed() => new(
        new Float4(Row0.X, Row1.X, Row2.X, Row3.X), new Float4(Row0.Y, Row1.Y, Row2.Y, Row3.Y),
        new Float4(Row0.Z, Row1.Z, Row2.Z, Row3.Z), new Float4(Row0.W, Row1.W, Row2.W, Row3.W));

    /// <summary>With the products of each of four numbers and each of four others added.</summary>
    public FourByFour AddProducts(Float4 a, Float4 b) =>
        new(AddProducts(Row0, a.X, b), AddProducts(Row1, a.Y, b), AddProducts(Row2, a.Z, b), AddProducts(Row3, a.W, b));

    private static Float4 AddProducts(Float4 sums, float a, Float4 b) =>
        new(sums.X + (a * b.X), sums.Y + (a * b.Y), sums.Z + (a * b.Z), sums.W + (a * b.W));
}
