using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// How a map of a few channels is copied among zeros, so that no window of it leaves the copy: each pixel of the other map of a
/// convolution has one, of k·k pixels of this one, a step further than its neighbour's. Where this is the small map the taps of a
/// window are in reverse, and the stride has to be 1.
/// </summary>
internal readonly unsafe struct PaddedMap
{
    private readonly int _top;
    private readonly int _left;
    private readonly int _width;

    public PaddedMap(in ConvolutionGeometry geometry, bool isLarge)
    {
        (Shape, Other) = isLarge ? (geometry.Large, geometry.Small) : (geometry.Small, geometry.Large);
        (Kernel, Stride, int behind) = (geometry.Kernel, geometry.Stride, geometry.Kernel - 1);
        (_top, _left) = isLarge ? (geometry.Top, geometry.Left) : (behind - geometry.Top, behind - geometry.Left);
        int height = Math.Max(((Other.Height - 1) * Stride) + Kernel, Shape.Height + _top);
        _width = Math.Max(((Other.Width - 1) * Stride) + Kernel, Shape.Width + _left);
        Size = height * _width * Shape.Channels;
    }

    /// <summary>Of the map.</summary>
    public Shape Shape { get; }

    /// <summary>Of the map that has a window for each pixel.</summary>
    public Shape Other { get; }

    public int Kernel { get; }

    public int Stride { get; }

    /// <summary>Numbers of the copy.</summary>
    public int Size { get; }

    /// <summary>Numbers of a window.</summary>
    public int Window => Kernel * Kernel * Shape.Channels;

    /// <summary>From a window to that of the next pixel in the row, in numbers.</summary>
    public int ColumnStep => Stride * Shape.Channels;

    /// <summary>And of the next row.</summary>
    public int RowStep => Stride * _width * Shape.Channels;

    /// <summary>Where a number (u, v, c) of a window is, from the window's first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Offset(int number)
    {
        int row = Kernel * Shape.Channels;
        return (number / row * _width * Shape.Channels) + (number % row);
    }

    /// <summary>Copies a map to its place among the zeros; the last vector of a row may overlap the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Copy<S, V>(float* map, float* padded)
        where S : ISimd<V>
        where V : unmanaged
    {
        int row = Shape.Width * Shape.Channels, paddedRow = _width * Shape.Channels;
        float* target = padded + (_top * paddedRow) + (_left * Shape.Channels);
        for (int i = 0; i < Shape.Height; i++, map += row, target += paddedRow)
        {
            for (int column = 0; column < row; column += S.Lanes)
            {
                int first = Math.Min(column, row - S.Lanes);
                if (first >= 0)
                {
                    S.Store(S.Load(map + first), target + first);
                    continue;
                }
                for (first = 0; first < row; first++)
                    target[first] = map[first];
            }
        }
    }
}
