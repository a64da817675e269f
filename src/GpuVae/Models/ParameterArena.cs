using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Models;

/// <summary>
/// All parameters of a model in one flat allocation, and gradients and Adam's two moments in three more of the same
/// layout, so that one operation updates everything. Each tensor is a view that starts on a 64-byte boundary; the
/// padding between them is zero and stays zero. State that is saved but not learned lies in an allocation of its own.
/// </summary>
/// <remarks>Tensors are declared first; <see cref="Allocate"/> then takes memory for all of them.</remarks>
/// <param name="device">Where they live.</param>
public sealed class ParameterArena(IDevice device) : IDisposable
{
    /// <summary>Floats in 64 bytes: every tensor starts at a multiple of it.</summary>
    public const int Alignment = 16;

    private readonly List<Parameter> _parameters = [];
    private readonly List<SavedState> _states = [];
    private readonly Dictionary<string, Parameter> _byName = [];
    private readonly List<DeviceBuffer<float>> _buffers = [];
    private long _length;
    private DeviceBuffer<float>? _values;

    /// <summary>The tensors that are learned, in the order of their memory.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>The tensors that are saved and not learned.</summary>
    public IReadOnlyList<SavedState> States => _states;

    /// <summary>What a file keeps of the model: every parameter, then every state.</summary>
    public IEnumerable<SavedTensor> Saved =>
        _parameters.Select(parameter => Stored(parameter, "", parameter.Value))
            .Concat(_states.Select(state => new SavedTensor(state.Name, state.Shape, state.Value)));

    /// <summary>What a file keeps to go on training: Adam's first moments, then the second ones.</summary>
    /// <param name="first">Stands before the name of a parameter whose first moments they are.</param>
    /// <param name="second">The same for the second ones.</param>
    public IEnumerable<SavedTensor> SavedMoments(string first, string second) =>
        _parameters.Select(parameter => Stored(parameter, first, parameter.FirstMoment))
            .Concat(_parameters.Select(parameter => Stored(parameter, second, parameter.SecondMoment)));

    /// <summary>Numbers that are learned, without padding.</summary>
    public long Count { get; private set; }

    /// <summary>θ (1, n), padding included.</summary>
    public View<float> Values { get; private set; }

    /// <summary>∂L/∂θ (1, n).</summary>
    public View<float> Gradients { get; private set; }

    /// <summary>Adam's m (1, n).</summary>
    public View<float> FirstMoments { get; private set; }

    /// <summary>Adam's v (1, n).</summary>
    public View<float> SecondMoments { get; private set; }

    /// <summary>
    /// Where the tensors of decoder and likelihood begin, whose gradients are done first on the way back; the length where others come
    /// after them.
    /// </summary>
    internal long DecoderStart
    {
        get
        {
            int last = _parameters.FindLastIndex(parameter => !IsDecoders(parameter.Shape.Name));
            return last == _parameters.Count - 1 ? _length : _parameters[last + 1].Value.Offset;

            static bool IsDecoders(string name) => name.StartsWith(Autoencoder.DecoderName, StringComparison.Ordinal)
                || name.StartsWith(Autoencoder.LikelihoodName, StringComparison.Ordinal);
        }
    }

    /// <summary>The learned tensor of that name.</summary>
    public Parameter this[string name] => _byName[name];

    /// <summary>Declares a tensor that is learned.</summary>
    /// <exception cref="UserException">The tensors are more numbers than an arena can hold.</exception>
    /// <exception cref="ArgumentException">There is one of that name, or a dimension is below 1.</exception>
    /// <exception cref="InvalidOperationException">Memory has been taken already.</exception>
    public Parameter Add(ParameterShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        RequireNew(shape.Name, shape.Shape);
        var parameter = new Parameter(shape);
        _length = checked(_length + RoundUp(shape.Length));
        if (_length > Array.MaxLength)
        {
            throw new ModelTooLargeException(
                "--hidden, --latent",
                $"the model would have more than {Array.MaxLength} parameters, {_length} with {shape.Name}",
                (decimal)_length * 4 * sizeof(float), "they, their gradients and their moments");
        }
        _parameters.Add(parameter);
        _byName.Add(shape.Name, parameter);
        Count += shape.Length;
        return parameter;
    }

    /// <summary>Declares a tensor that is saved and not learned.</summary>
    /// <exception cref="ArgumentException">There is one of that name, or a dimension is below 1.</exception>
    /// <exception cref="InvalidOperationException">Memory has been taken already.</exception>
    public SavedState AddState(string name, int[] shape, double start)
    {
        ArgumentNullException.ThrowIfNull(shape);
        RequireNew(name, shape);
        var state = new SavedState(name, shape, start);
        _states.Add(state);
        return state;
    }

    /// <summary>Takes memory for everything that was declared, all zero.</summary>
    public void Allocate()
    {
        AllocateForUse(shared: null);
        DeviceBuffer<float> gradients = Take(), first = Take(), second = Take();
        (Gradients, FirstMoments, SecondMoments) = (gradients.AsVector(), first.AsVector(), second.AsVector());
        foreach (Parameter parameter in _parameters)
        {
            long offset = parameter.Value.Offset;
            int[] shape = parameter.Shape.Shape;
            parameter.Gradient = TensorLayout.Place(gradients, offset, shape);
            parameter.FirstMoment = TensorLayout.Place(first, offset, shape);
            parameter.SecondMoment = TensorLayout.Place(second, offset, shape);
        }
    }

    /// <summary>
    /// Takes memory for the values alone, or none at all where they are another arena's: such a model can be used, by as many
    /// callers as there are arenas, and not be trained.
    /// </summary>
    /// <param name="shared">
    /// Holds the same tensors, lives on the host's memory as this one does, and lives longer; null for values of its own.
    /// </param>
    /// <exception cref="ArgumentException">The other has other tensors.</exception>
    internal void AllocateForUse(ParameterArena? shared)
    {
        if (shared is not null && (shared._length != _length || shared._states.Count != _states.Count || shared._values is null))
            throw new ArgumentException("The arenas hold different tensors.", nameof(shared));
        _values = shared?._values ?? Take();
        Values = _values.AsVector();
        long offset = 0;
        foreach (Parameter parameter in _parameters)
        {
            parameter.Value = TensorLayout.Place(_values, offset, parameter.Shape.Shape);
            offset += RoundUp(parameter.Shape.Length);
        }
        for (int i = 0; i < _states.Count; i++)
        {
            SavedState state = _states[i];
            DeviceBuffer<float>? buffer = shared?._states[i].Value.Buffer;
            if (buffer is null)
                _buffers.Add(buffer = device.Allocate<float>(TensorLayout.LengthOf(state.Shape)));
            state.Value = TensorLayout.Place(buffer, 0, state.Shape);
        }
    }

    /// <summary>
    /// Draws first values. Tensor i takes step i of the <see cref="RandomPurpose.Initialization"/> numbers; moments become
    /// zero, and states what they start with.
    /// </summary>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="initializer">Null for <see cref="TorchInitializer"/>.</param>
    public void Initialize(ulong seed, IInitializer? initializer = null)
    {
        initializer ??= new TorchInitializer();
        var source = new RandomSource(seed, RandomPurpose.Initialization);
        device.Run(new Fill(0, FirstMoments));
        device.Run(new Fill(0, SecondMoments));
        // Where they lie, if the host can write there: a copy of the largest tensor may be more than a batch takes.
        var host = device as CpuDevice;
        float[] copy = host is null ? new float[_parameters.Select(parameter => parameter.Value.Length).DefaultIfEmpty().Max()] : [];
        for (int i = 0; i < _parameters.Count; i++)
        {
            View<float> value = _parameters[i].Value;
            Span<float> tensor = host is null ? copy.AsSpan(0, (int)value.Length) : host.Span(value);
            tensor.Fill((float)(_parameters[i].Shape.Start ?? 0));
            if (_parameters[i].Shape.Start is null)
                initializer.Draw(_parameters[i].Shape, source, (uint)i, tensor);
            if (host is null)
                device.Upload<float>(tensor, value);
        }
        foreach (SavedState state in _states)
            device.Run(new Fill((float)state.Start, state.Value));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer<float> buffer in _buffers)
            buffer.Dispose();
    }

    /// <summary>Memory with a place for every tensor that is learned, where its value has one.</summary>
    private DeviceBuffer<float> Take()
    {
        DeviceBuffer<float> buffer = device.Allocate<float>(_length);
        _buffers.Add(buffer);
        long offset = 0;
        long[] offsets = [.. _parameters.Select(parameter =>
        {
            long at = offset;
            offset += RoundUp(parameter.Shape.Length);
            return at;
        })];
        if (offsets.Length > 0)
            buffer.Parts = offsets;
        return buffer;
    }

    private void RequireNew(string name, int[] shape)
    {
        if (_buffers.Count > 0)
            throw new InvalidOperationException($"{name}: tensors are declared before memory is taken.");
        if (_byName.ContainsKey(name) || _states.Exists(state => state.Name == name))
            throw new ArgumentException($"There are two tensors {name}.", nameof(name));
        if (shape.Length == 0 || shape.Any(size => size < 1))
            throw new ArgumentException($"{name} of shape ({string.Join(", ", shape)}) has no numbers.", nameof(shape));
    }

    private static SavedTensor Stored(Parameter parameter, string prefix, View<float> view) =>
        new(prefix + parameter.Shape.Name, parameter.Shape.StoredShape, view, parameter.Shape.IsStoredChannelsFirst);

    private static long RoundUp(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
