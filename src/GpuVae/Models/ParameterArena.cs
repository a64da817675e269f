using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>A tensor that is learned, before it has memory.</summary>
/// <param name="Name">As PyTorch would name it: <c>encoder.0.weight</c>.</param>
/// <param name="Shape">(out, in) for a weight, (out) for a bias.</param>
/// <param name="FanIn">Inputs that each output sums over; decides the spread of the first values.</param>
public sealed record ParameterShape(string Name, int[] Shape, int FanIn)
{
    /// <summary>The first value of each number, where it is not drawn.</summary>
    public double? Start { get; init; }

    /// <summary>Rows of the tensor's view; a bias is one row.</summary>
    public int Rows => Shape.Length == 1 ? 1 : Shape[0];

    /// <summary>Columns of the tensor's view.</summary>
    public int Columns => Shape[^1];
}

/// <summary>A tensor that is learned, with what Adam keeps beside it; four views of the same shape.</summary>
/// <param name="Shape">Its name and shape.</param>
/// <param name="Value">θ (rows, columns).</param>
/// <param name="Gradient">∂L/∂θ (rows, columns).</param>
/// <param name="FirstMoment">Adam's m (rows, columns).</param>
/// <param name="SecondMoment">Adam's v (rows, columns).</param>
public sealed record Parameter(
    ParameterShape Shape, View<float> Value, View<float> Gradient, View<float> FirstMoment, View<float> SecondMoment);

/// <summary>
/// All parameters of a model in one flat allocation, and gradients and Adam's two moments in three more of the same
/// layout, so that one operation updates everything. Each tensor is a view that starts on a 64-byte boundary; the
/// padding between them is zero and stays zero.
/// </summary>
public sealed class ParameterArena : IDisposable
{
    /// <summary>Floats in 64 bytes: every tensor starts at a multiple of it.</summary>
    public const int Alignment = 16;

    private readonly IDevice _backend;
    private readonly DeviceBuffer<float> _values;
    private readonly DeviceBuffer<float> _gradients;
    private readonly DeviceBuffer<float> _firstMoments;
    private readonly DeviceBuffer<float> _secondMoments;
    private readonly Dictionary<string, Parameter> _byName = [];

    /// <summary>Takes memory for tensors of the given shapes, all zero.</summary>
    /// <exception cref="UserException">They are more numbers than an arena can hold.</exception>
    public ParameterArena(IDevice backend, IReadOnlyList<ParameterShape> shapes)
    {
        _backend = backend;
        long length = 0;
        var offsets = new long[shapes.Count];
        for (int i = 0; i < shapes.Count; i++)
        {
            offsets[i] = length;
            length += RoundUp((long)shapes[i].Rows * shapes[i].Columns);
        }
        if (length > Array.MaxLength)
        {
            throw new UserException(
                $"--hidden, --latent: the model would have {length} parameters, more than {Array.MaxLength}; "
                + "make its layers smaller");
        }
        _values = Allocate();
        _gradients = Allocate();
        _firstMoments = Allocate();
        _secondMoments = Allocate();

        var parameters = new Parameter[shapes.Count];
        for (int i = 0; i < shapes.Count; i++)
        {
            ParameterShape shape = shapes[i];
            long offset = offsets[i];
            View<float> In(DeviceBuffer<float> buffer) => new(buffer, offset, shape.Rows, shape.Columns);
            parameters[i] = new Parameter(shape, In(_values), In(_gradients), In(_firstMoments), In(_secondMoments));
            _byName.Add(shape.Name, parameters[i]);
            Count += parameters[i].Value.Length;
        }
        Parameters = parameters;

        DeviceBuffer<float> Allocate()
        {
            DeviceBuffer<float> buffer = backend.Allocate<float>(length);
            buffer.Parts = offsets;
            return buffer;
        }
    }

    /// <summary>The tensors, in the order of their memory.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Numbers that are learned, without padding.</summary>
    public long Count { get; }

    /// <summary>θ (1, n), padding included.</summary>
    public View<float> Values => _values.AsVector();

    /// <summary>∂L/∂θ (1, n).</summary>
    public View<float> Gradients => _gradients.AsVector();

    /// <summary>Adam's m (1, n).</summary>
    public View<float> FirstMoments => _firstMoments.AsVector();

    /// <summary>Adam's v (1, n).</summary>
    public View<float> SecondMoments => _secondMoments.AsVector();

    /// <summary>The tensor of that name.</summary>
    public Parameter this[string name] => _byName[name];

    /// <summary>
    /// Draws first values, uniform within the bounds of an initialiser. Tensor i takes step i of the
    /// <see cref="RandomPurpose.Initialization"/> numbers; moments become zero.
    /// </summary>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="initializer">Null for <see cref="TorchInitializer"/>.</param>
    public void Initialize(ulong seed, IInitializer? initializer = null)
    {
        initializer ??= new TorchInitializer();
        var source = new RandomSource(seed, RandomPurpose.Initialization);
        var values = new float[_values.Length];
        _backend.Upload<float>(values, FirstMoments);
        _backend.Upload<float>(values, SecondMoments);
        for (int i = 0; i < Parameters.Count; i++)
        {
            View<float> view = Parameters[i].Value;
            Span<float> tensor = values.AsSpan((int)view.Offset, (int)view.Length);
            if (Parameters[i].Shape.Start is double start)
            {
                tensor.Fill((float)start);
                continue;
            }
            float bound = (float)initializer.Bound(Parameters[i].Shape);
            Philox.FillUniform(source, (uint)i, tensor);
            foreach (ref float value in tensor)
                value = ((2 * value) - 1) * bound;
        }
        _backend.Upload<float>(values, Values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _values.Dispose();
        _gradients.Dispose();
        _firstMoments.Dispose();
        _secondMoments.Dispose();
    }

    private static long RoundUp(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
