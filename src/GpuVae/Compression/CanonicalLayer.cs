using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>A layer of a <see cref="CanonicalNetwork"/>, for one example. It holds nothing that a pass changes.</summary>
internal abstract class CanonicalLayer
{
    /// <summary>y = layer(x).</summary>
    /// <param name="input">x.</param>
    /// <param name="output">y.</param>
    /// <param name="terms">Memory of the thread.</param>
    public abstract void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms);
}

/// <summary>y = x: what changes nothing at use.</summary>
internal sealed class CanonicalCopy : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms) => input.CopyTo(output);
}

/// <summary>y = f(x) of each number.</summary>
internal sealed class CanonicalFunction(Func<float, float> function) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        for (int i = 0; i < input.Length; i++)
            output[i] = function(input[i]);
    }
}

/// <summary>y = W x + b, over the inputs in their order.</summary>
internal sealed class CanonicalDense(WeightedSum sum) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        terms.Clear();
        sum.Add(input, 0, terms);
        sum.Run(terms, output);
    }
}

/// <summary>y = w ∗ x + b, over rows, columns and channels of a window in this order.</summary>
internal sealed class CanonicalConvolution(ConvolutionGeometry geometry, WeightedSum sum) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        (Shape large, Shape small, int kernel) = (geometry.Large, geometry.Small, geometry.Kernel);
        for (int i = 0; i < small.Height; i++)
        {
            for (int j = 0; j < small.Width; j++)
            {
                terms.Clear();
                int top = (i * geometry.Stride) - geometry.Top, left = (j * geometry.Stride) - geometry.Left;
                for (int u = Math.Max(0, -top); u < Math.Min(kernel, large.Height - top); u++)
                {
                    int v = Math.Max(0, -left), end = Math.Min(kernel, large.Width - left);
                    int at = (((top + u) * large.Width) + left + v) * large.Channels;
                    sum.Add(
                        input.Slice(at, (end - v) * large.Channels), ((u * kernel) + v) * large.Channels, terms);
                }
                sum.Run(terms, output.Slice(((i * small.Width) + j) * small.Channels, small.Channels));
            }
        }
    }
}

/// <summary>x = wᵀ ∗ y + b, over the windows that a pixel is in, row by row, and the channels of each.</summary>
internal sealed class CanonicalTransposedConvolution(ConvolutionGeometry geometry, WeightedSum sum) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        (Shape large, Shape small, int kernel, int stride) = (geometry.Large, geometry.Small, geometry.Kernel, geometry.Stride);
        for (int h = 0; h < large.Height; h++)
        {
            for (int l = 0; l < large.Width; l++)
            {
                terms.Clear();
                (int row, int column) = (h + geometry.Top, l + geometry.Left);
                for (int i = First(row, kernel, stride); i <= Math.Min(row / stride, small.Height - 1); i++)
                {
                    for (int j = First(column, kernel, stride); j <= Math.Min(column / stride, small.Width - 1); j++)
                    {
                        int u = row - (i * stride), v = column - (j * stride);
                        sum.Add(
                            input.Slice(((i * small.Width) + j) * small.Channels, small.Channels),
                            ((u * kernel) + v) * small.Channels, terms);
                    }
                }
                sum.Run(terms, output.Slice(((h * large.Width) + l) * large.Channels, large.Channels));
            }
        }
    }

    /// <summary>The first window that reaches a pixel.</summary>
    private static int First(int pixel, int kernel, int stride) => pixel < kernel ? 0 : ((pixel - kernel) / stride) + 1;
}

/// <summary>The largest numbers of windows, channel by channel.</summary>
internal sealed class CanonicalMaxPool(ConvolutionGeometry geometry) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        for (int at = 0; at < output.Length; at++)
        {
            float most = float.NegativeInfinity;
            foreach (int place in new WindowPlaces(geometry, at))
                most = input[place] > most ? input[place] : most;
            output[at] = most;
        }
    }
}

/// <summary>The means of windows, channel by channel: the sum, row by row, times 1/k².</summary>
internal sealed class CanonicalAveragePool(ConvolutionGeometry geometry) : CanonicalLayer
{
    private readonly float _scale = 1f / (geometry.Kernel * geometry.Kernel);

    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        for (int at = 0; at < output.Length; at++)
        {
            float sum = 0;
            foreach (int place in new WindowPlaces(geometry, at))
                sum += input[place];
            output[at] = sum * _scale;
        }
    }
}

/// <summary>Pixels in blocks of their like; the last reach the edge.</summary>
internal sealed class CanonicalUpsample(ConvolutionGeometry geometry) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        (Shape large, Shape small) = (geometry.Large, geometry.Small);
        for (int h = 0; h < large.Height; h++)
        {
            for (int l = 0; l < large.Width; l++)
            {
                int i = Math.Min(h / geometry.Stride, small.Height - 1), j = Math.Min(l / geometry.Stride, small.Width - 1);
                input.Slice(((i * small.Width) + j) * small.Channels, small.Channels)
                    .CopyTo(output[(((h * large.Width) + l) * large.Channels)..]);
            }
        }
    }
}

/// <summary>y = x + f(x).</summary>
internal sealed class CanonicalResidual(CanonicalNetwork branch) : CanonicalLayer
{
    public override void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        branch.Run(input, output, terms);
        for (int i = 0; i < output.Length; i++)
            output[i] = input[i] + output[i];
    }
}

/// <summary>Where the numbers of a channel of a window lie, row by row.</summary>
internal ref struct WindowPlaces
{
    private readonly int _first;
    private readonly int _kernel;
    private readonly int _channels;
    private readonly int _width;
    private int _step = -1;

    /// <summary>Those of a number of the small map; no window goes beyond the large one.</summary>
    public WindowPlaces(in ConvolutionGeometry geometry, int at)
    {
        Shape small = geometry.Small;
        int pixel = at / small.Channels, i = pixel / small.Width, j = pixel % small.Width;
        (_kernel, _channels, _width) = (geometry.Kernel, small.Channels, geometry.Large.Width);
        _first = ((((i * geometry.Stride) * _width) + (j * geometry.Stride)) * _channels) + (at % _channels);
    }

    /// <summary>The place.</summary>
    public readonly int Current => _first + ((((_step / _kernel) * _width) + (_step % _kernel)) * _channels);

    /// <summary>Itself.</summary>
    public readonly WindowPlaces GetEnumerator() => this;

    /// <summary>Goes on.</summary>
    public bool MoveNext() => ++_step < _kernel * _kernel;
}
