using System.Runtime.InteropServices;
using SkiaSharp;

namespace GpuVae.Imaging;

/// <summary>
/// Turns pictures the right way up: cameras store what their sensor saw, and note in EXIF how the camera was held.
/// </summary>
internal static class ImageOrientation
{
    /// <summary>Whether the first row of the file is a column of the picture.</summary>
    public static bool IsTransposed(SKEncodedOrigin origin) => origin >= SKEncodedOrigin.LeftTop;

    /// <summary>The picture as a person is meant to see it.</summary>
    /// <param name="pixels">(rows, columns), four bytes a pixel, as in the file.</param>
    /// <param name="rows">Rows in the file.</param>
    /// <param name="columns">Columns in the file.</param>
    /// <param name="origin">Which sides of the picture the file's first row and first column are.</param>
    /// <returns>The same pixels, (columns, rows) where the picture is transposed.</returns>
    public static byte[] Upright(byte[] pixels, int rows, int columns, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default)
            return pixels;
        bool rowsFlipped = origin is SKEncodedOrigin.BottomLeft or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        bool columnsFlipped = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        byte[] upright = new byte[pixels.Length];
        ReadOnlySpan<uint> source = MemoryMarshal.Cast<byte, uint>(pixels);
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(upright.AsSpan());
        for (int row = 0; row < rows; row++)
        {
            int y = rowsFlipped ? rows - 1 - row : row;
            for (int column = 0; column < columns; column++)
            {
                int x = columnsFlipped ? columns - 1 - column : column;
                target[IsTransposed(origin) ? (x * rows) + y : (y * columns) + x] = source[(row * columns) + column];
            }
        }
        return upright;
    }
}
