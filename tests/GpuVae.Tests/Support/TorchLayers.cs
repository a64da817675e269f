namespace GpuVae.Tests.Support;

/// <summary>Maps of one image as PyTorch has them, a channel behind the other.</summary>
internal sealed record TorchMap(int Channels, int Height, int Width, double[] Values)
{
    /// <summary>A map of zeros.</summary>
    public TorchMap(int channels, int height, int width)
        : this(channels, height, width, new double[channels * height * width])
    {
    }

    /// <summary>A number of it.</summary>
    public ref double this[int channel, int row, int column] => ref Values[(((channel * Height) + row) * Width) + column];

    /// <summary>From numbers of which all channels of a pixel lie side by side.</summary>
    public static TorchMap FromPixels(int height, int width, int channels, ReadOnlySpan<float> pixels)
    {
        var map = new TorchMap(channels, height, width);
        for (int i = 0; i < pixels.Length; i++)
            map[i % channels, i / channels / width, i / channels % width] = pixels[i];
        return map;
    }

    /// <summary>The same numbers with all channels of a pixel side by side.</summary>
    public double[] ToPixels()
    {
        var pixels = new double[Values.Length];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = this[i % Channels, i / Channels / Width, i / Channels % Width];
        return pixels;
    }
}

/// <summary>
/// What PyTorch's layers compute of one image, in loops over their definitions and in double precision, with the tensors of a
/// <c>state_dict</c>. It shares no code with the library.
/// </summary>
internal sealed class TorchLayers(TorchState state)
{
    /// <summary><c>torch.nn.Conv2d</c>: y[o, i, j] = b[o] + Σ w[o, c, u, v] x[c, i·s + u − p, j·s + v − p].</summary>
    public TorchMap Conv2d(string name, TorchMap x, int stride, int padding)
    {
        (int[] shape, float[] w) = state[$"{name}.weight"];
        float[] b = state[$"{name}.bias"].Values;
        int kernel = shape[2];
        var y = new TorchMap(shape[0], Size(x.Height), Size(x.Width));
        for (int o = 0; o < y.Channels; o++)
        {
            for (int i = 0; i < y.Height; i++)
            {
                for (int j = 0; j < y.Width; j++)
                {
                    double sum = b[o];
                    for (int c = 0; c < x.Channels; c++)
                    {
                        for (int u = 0; u < kernel; u++)
                        {
                            for (int v = 0; v < kernel; v++)
                            {
                                (int row, int column) = ((i * stride) + u - padding, (j * stride) + v - padding);
                                if (row >= 0 && row < x.Height && column >= 0 && column < x.Width)
                                    sum += w[(((((o * x.Channels) + c) * kernel) + u) * kernel) + v] * x[c, row, column];
                            }
                        }
                    }
                    y[o, i, j] = sum;
                }
            }
        }
        return y;

        int Size(int side) => ((side + (2 * padding) - kernel) / stride) + 1;
    }

    /// <summary>
    /// <c>torch.nn.ConvTranspose2d</c>: each x[c, i, j] adds w[c, o, u, v] x[c, i, j] to y[o, i·s + u − p, j·s + v − p], on a map of
    /// (n − 1)·s − 2p + k + output padding pixels a side.
    /// </summary>
    public TorchMap ConvTranspose2d(string name, TorchMap x, int stride, int padding, int outputPadding)
    {
        (int[] shape, float[] w) = state[$"{name}.weight"];
        float[] b = state[$"{name}.bias"].Values;
        int kernel = shape[2];
        var y = new TorchMap(shape[1], Size(x.Height), Size(x.Width));
        for (int i = 0; i < y.Values.Length; i++)
            y.Values[i] = b[i / (y.Height * y.Width)];
        for (int c = 0; c < x.Channels; c++)
        {
            for (int i = 0; i < x.Height; i++)
            {
                for (int j = 0; j < x.Width; j++)
                {
                    for (int o = 0; o < y.Channels; o++)
                    {
                        for (int u = 0; u < kernel; u++)
                        {
                            for (int v = 0; v < kernel; v++)
                            {
                                (int row, int column) = ((i * stride) + u - padding, (j * stride) + v - padding);
                                if (row >= 0 && row < y.Height && column >= 0 && column < y.Width)
                                    y[o, row, column] += w[(((((c * y.Channels) + o) * kernel) + u) * kernel) + v] * x[c, i, j];
                            }
                        }
                    }
                }
            }
        }
        return y;

        int Size(int side) => ((side - 1) * stride) - (2 * padding) + kernel + outputPadding;
    }

    /// <summary><c>torch.nn.BatchNorm2d</c> after <c>eval()</c>.</summary>
    public TorchMap BatchNorm(string name, TorchMap x)
    {
        float[] weight = state[$"{name}.weight"].Values, bias = state[$"{name}.bias"].Values;
        float[] mean = state[$"{name}.running_mean"].Values, variance = state[$"{name}.running_var"].Values;
        return x with
        {
            Values = [.. x.Values.Select((number, i) =>
            {
                int c = i / (x.Height * x.Width);
                return ((number - mean[c]) / Math.Sqrt(variance[c] + 1e-5) * weight[c]) + bias[c];
            })],
        };
    }

    /// <summary><c>torch.nn.Linear</c>.</summary>
    public double[] Linear(string name, IReadOnlyList<double> x)
    {
        float[] weight = state[$"{name}.weight"].Values, bias = state[$"{name}.bias"].Values;
        Xunit.Assert.Equal(weight.Length, bias.Length * x.Count);
        return [.. bias.Select((b, o) => b + x.Select((number, i) => weight[(o * x.Count) + i] * number).Sum())];
    }

    /// <summary>A function of each number of a map.</summary>
    public static TorchMap Each(TorchMap x, Func<double, double> function) => x with { Values = [.. x.Values.Select(function)] };

    /// <summary><c>torch.nn.ReLU</c>.</summary>
    public static double Relu(double x) => Math.Max(0, x);

    /// <summary><c>torch.nn.LeakyReLU</c> as it is by default.</summary>
    public static double LeakyRelu(double x) => x > 0 ? x : 0.01 * x;

    /// <summary><c>torch.nn.Sigmoid</c>.</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
