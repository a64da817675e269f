namespace GpuVae.Kernels;

/// <summary>
/// The shape of one example between two layers. Memory is NHWC: a batch of B is a matrix of B rows and H·W·C columns for
/// a dense layer, and of B·H·W rows and C columns for one that works on pixels, without a copy.
/// </summary>
/// <param name="Height">H, rows of pixels; 1 for a plain row of numbers.</param>
/// <param name="Width">W, pixels of a row; 1 for a plain row of numbers.</param>
/// <param name="Channels">C, numbers of a pixel, or of a plain row.</param>
public readonly record struct Shape(int Height, int Width, int Channels)
{
    /// <summary>H·W·C.</summary>
    /// <exception cref="OverflowException">More than 2³¹ − 1.</exception>
    public int Size => checked(Height * Width * Channels);

    /// <summary>A plain row of so many numbers.</summary>
    public static Shape Vector(int length) => new(1, 1, length);

    /// <inheritdoc/>
    public override string ToString() => Height == 1 && Width == 1 ? $"{Channels}" : $"{Height}×{Width}×{Channels}";
}
