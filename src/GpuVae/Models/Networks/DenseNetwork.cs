using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The second choice: linear layers with an activation f between them,
/// h₀ = x, hᵢ₊₁ = f(hᵢ Wᵢᵀ + bᵢ), and a last layer, the head, whose outputs the caller makes something of.
/// </summary>
public sealed class DenseNetwork : IDisposable
{
    private readonly IDevice _backend;
    private readonly Activation _activation;
    private readonly Linear[] _layers;
    private readonly List<DeviceBuffer<float>> _buffers = [];
    private readonly View<float>[] _hidden;         // (capacity, widths[i + 1]), what layer i gives
    private readonly View<float>[] _hiddenGradient; // the same, ∂L/∂ of what layer i computes before f

    /// <summary>Takes memory for batches of up to <paramref name="capacity"/> rows.</summary>
    /// <param name="backend">Where the network runs.</param>
    /// <param name="arena">Holds the tensors of <see cref="Shapes"/>.</param>
    /// <param name="name">First part of their names.</param>
    /// <param name="widths">Inputs, hidden layers, outputs.</param>
    /// <param name="activation">f.</param>
    /// <param name="capacity">Rows of the largest batch.</param>
    public DenseNetwork(
        IDevice backend, ParameterArena arena, string name, IReadOnlyList<int> widths, Activation activation,
        int capacity)
    {
        _backend = backend;
        _activation = activation;
        _layers = [.. Enumerable.Range(0, widths.Count - 1).Select(i => Linear.In(arena, $"{name}.{i}"))];
        _hidden = [.. _layers[..^1].Select(layer => Allocate(capacity, layer.Outputs))];
        _hiddenGradient = [.. _layers[..^1].Select(layer => Allocate(capacity, layer.Outputs))];
    }

    /// <summary>The last layer.</summary>
    public Linear Head => _layers[^1];

    /// <summary>The tensors of a network: <c>name.0.weight</c>, <c>name.0.bias</c>, <c>name.1.weight</c>, …</summary>
    public static IEnumerable<ParameterShape> Shapes(string name, IReadOnlyList<int> widths) =>
        Enumerable.Range(0, widths.Count - 1).SelectMany(i => Linear.Shapes($"{name}.{i}", widths[i], widths[i + 1]));

    /// <summary>x → the last hidden layer, which the head reads; x itself where there is no hidden layer.</summary>
    /// <param name="input">x (B, in).</param>
    /// <returns>(B, width of the last hidden layer); it lasts until the next call.</returns>
    public View<float> Hidden(View<float> input)
    {
        View<float> h = input;
        for (int i = 0; i < _hidden.Length; i++)
        {
            View<float> next = _hidden[i].RowRange(0, input.Rows);
            _backend.Run(new Multiply(
                Orientation.NT, h, _layers[i].Weight, Epilogue.BiasActivation(_layers[i].Bias, _activation), next));
            h = next;
        }
        return h;
    }

    /// <summary>x → outputs: what <paramref name="epilogue"/> makes of the head's h Wᵀ.</summary>
    /// <param name="input">x (B, in).</param>
    /// <param name="epilogue">Adds the head's bias and goes on from there.</param>
    /// <param name="output">(B, out).</param>
    public void Forward(View<float> input, in Epilogue epilogue, View<float> output) =>
        _backend.Run(new Multiply(Orientation.NT, Hidden(input), Head.Weight, epilogue, output));

    /// <summary>
    /// The gradient of <see cref="Forward"/>, the last layer first. With G = ∂L/∂(h Wᵀ + b) of a layer:
    /// ∂W = Gᵀ h, ∂b = Σ over rows of G, and one layer further down G ← (G W) ⊙ f′(h).
    /// </summary>
    /// <param name="input">x (B, in) as given to <see cref="Forward"/>, which came before.</param>
    /// <param name="outputGradient">G of the head (B, out).</param>
    /// <param name="inputGradient">∂L/∂x (B, in), or empty where nothing below learns.</param>
    /// <param name="inputEpilogue">What happens to it before it is stored.</param>
    public void Backward(
        View<float> input, View<float> outputGradient, View<float> inputGradient, in Epilogue inputEpilogue)
    {
        View<float> gradient = outputGradient;
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            View<float> h = i == 0 ? input : _hidden[i - 1].RowRange(0, input.Rows);
            // The layer below comes first: its product reads G row after row, as memory gives it fastest, and leaves it in
            // the caches for the other two.
            View<float> next = gradient;
            if (i > 0)
            {
                View<float> below = _hiddenGradient[i - 1].RowRange(0, input.Rows);
                _backend.Run(new Multiply(
                    Orientation.NN, gradient, _layers[i].Weight, Epilogue.Derivative(h, _activation), below));
                next = below;
            }
            else if (!inputGradient.IsEmpty)
            {
                _backend.Run(new Multiply(Orientation.NN, gradient, _layers[i].Weight, inputEpilogue, inputGradient));
            }
            _backend.Run(new Multiply(Orientation.TN, gradient, h, Epilogue.Store, _layers[i].WeightGradient));
            _backend.Run(new SumColumns(gradient, _layers[i].BiasGradient));
            gradient = next;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer<float> buffer in _buffers)
            buffer.Dispose();
    }

    private View<float> Allocate(int rows, int columns)
    {
        DeviceBuffer<float> buffer = _backend.Allocate<float>((long)rows * columns);
        _buffers.Add(buffer);
        return buffer.AsMatrix(rows, columns);
    }
}
