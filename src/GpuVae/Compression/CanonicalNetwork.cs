using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Compression;

/// <summary>
/// Encoder or decoder in canonical arithmetic, one example at a time: the same bits on every machine, for any width of vectors,
/// number of threads and size of batches. Products and sums are of float32, each rounded by itself and in a stated order
/// (<see cref="CanonicalLayer"/>); activations and norms are of double precision (<see cref="CanonicalMath"/>), rounded once.
/// </summary>
internal sealed class CanonicalNetwork
{
    private readonly Step[] _steps;
    private readonly int _widest;

    private CanonicalNetwork(Step[] steps)
    {
        _steps = steps;
        _widest = steps.Max(step => step.Outputs);
    }

    /// <summary>Numbers that come out.</summary>
    public int Outputs => _steps[^1].Outputs;

    /// <summary>Copies the weights of layers that are built.</summary>
    /// <param name="network">The layers.</param>
    /// <param name="device">Where their weights are.</param>
    /// <param name="name">What they are called: <c>encoder</c>.</param>
    /// <exception cref="UserException">A layer has no canonical form; the message names it.</exception>
    public static CanonicalNetwork Of(Sequential network, IDevice device, string name) => new(
    [
        .. network.Steps.Select((step, place) => new Step(
            Layer(step.Layer, device, $"{name}.{place}"), CanonicalActivation.Of(step.Activation, $"{name}.{place}"),
            step.Computed.Size)),
    ]);

    /// <summary>One example through all layers.</summary>
    /// <param name="input">x.</param>
    /// <param name="output">y.</param>
    /// <param name="terms">Memory of the thread.</param>
    public void Run(ReadOnlySpan<float> input, Span<float> output, WeightedTerms terms)
    {
        float[] one = terms.Take(_widest), other = terms.Take(_widest);
        ReadOnlySpan<float> x = input;
        for (int i = 0; i < _steps.Length; i++)
        {
            Step step = _steps[i];
            Span<float> y = i == _steps.Length - 1 ? output : (i % 2 == 0 ? one : other).AsSpan(0, step.Outputs);
            step.Layer.Run(x, y, terms);
            if (step.Activation is Func<float, float> f)
            {
                foreach (ref float value in y)
                    value = f(value);
            }
            x = y;
        }
        terms.Return(one);
        terms.Return(other);
    }

    private static CanonicalLayer Layer(ILayer layer, IDevice device, string name) => layer switch
    {
        Linear linear => Dense(linear, device),
        Convolution convolution => Convolve(convolution, device),
        TransposedConvolution transposed => ConvolveTransposed(transposed, device),
        BatchNorm norm => new CanonicalBatchNorm(
            Copy(norm.Running.Mean, device), Copy(norm.Running.Variance, device), norm.Epsilon, Copy(norm.Weight.Value, device),
            Copy(norm.Bias.Value, device)),
        GroupNorm norm => new CanonicalGroupNorm(
            norm.Groups, norm.Epsilon, Copy(norm.Weight.Value, device), Copy(norm.Bias.Value, device)),
        MaxPool pool => new CanonicalMaxPool(pool.Geometry),
        AveragePool pool => new CanonicalAveragePool(pool.Geometry),
        Upsample upsample => new CanonicalUpsample(upsample.Geometry),
        ResidualBlock block => new CanonicalResidual(Of(block.Branch, device, name)),
        ActivationLayer activation => CanonicalActivation.Of(activation.Function, name) is { } function
            ? new CanonicalFunction(function)
            : new CanonicalCopy(),
        Dropout or Reshape => new CanonicalCopy(),
        _ => throw new UserException(
            $"{name}: a layer of type {layer.GetType().Name} has no form that is the same on every machine, which compression needs; "
            + "train with the layers that come along"),
    };

    private static CanonicalDense Dense(Linear layer, IDevice device)
    {
        float[] weight = Copy(layer.Weight.Value, device);
        int inputs = weight.Length / layer.Outputs;
        return new CanonicalDense(new WeightedSum(inputs, Copy(layer.Bias.Value, device), (i, o) => weight[(o * inputs) + i]));
    }

    private static CanonicalConvolution Convolve(Convolution layer, IDevice device)
    {
        // (out, k, k, in).
        float[] weight = Copy(layer.Weight.Value, device);
        int depth = layer.Geometry.Depth;
        return new CanonicalConvolution(
            layer.Geometry, new WeightedSum(depth, Copy(layer.Bias.Value, device), (i, o) => weight[(o * depth) + i]));
    }

    private static CanonicalTransposedConvolution ConvolveTransposed(TransposedConvolution layer, IDevice device)
    {
        // (in, k, k, out), and rows in the order (k, k, in).
        float[] weight = Copy(layer.Weight.Value, device);
        (int inputs, int outputs, int depth) = (layer.Geometry.Small.Channels, layer.Geometry.Large.Channels, layer.Geometry.Depth);
        return new CanonicalTransposedConvolution(
            layer.Geometry,
            new WeightedSum(
                depth / outputs * inputs, Copy(layer.Bias.Value, device),
                (row, o) => weight[((row % inputs) * depth) + ((row / inputs) * outputs) + o]));
    }

    private static float[] Copy(View<float> values, IDevice device)
    {
        var copy = new float[values.Length];
        device.Download<float>(values, copy);
        return copy;
    }

    /// <summary>A layer and the function that follows it.</summary>
    private sealed record Step(CanonicalLayer Layer, Func<float, float>? Activation, int Outputs);
}
