using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// What a part of a model is built with: it declares parameters and saved state by name and takes memory. The memory lives
/// as long as the model, which gives it back.
/// </summary>
/// <remarks>A parameter's views are there once the whole model is built, so before the first pass.</remarks>
public sealed class LayerBuilder
{
    private readonly ParameterArena _parameters;
    private readonly List<IDisposable> _memory;
    private readonly string _name;
    private readonly BuiltLayers _built;

    internal LayerBuilder(
        IDevice device, ParameterArena parameters, List<IDisposable> memory, string name, int images, int rows)
        : this(device, parameters, memory, name, images, rows, new BuiltLayers())
    {
    }

    private LayerBuilder(
        IDevice device, ParameterArena parameters, List<IDisposable> memory, string name, int images, int rows,
        BuiltLayers built)
    {
        Device = device;
        _parameters = parameters;
        _memory = memory;
        _name = name;
        _built = built;
        Images = images;
        Rows = rows;
    }

    /// <summary>What the part is called, <c>encoder.1</c>, which its tensors' names begin with.</summary>
    public string Name => _name;

    /// <summary>Where the model runs.</summary>
    public IDevice Device { get; }

    /// <summary>Images of the largest batch.</summary>
    public int Images { get; }

    /// <summary>
    /// Rows of the largest batch that this part sees: <see cref="Images"/> before the code, and behind it B·K where each of
    /// B images has K draws.
    /// </summary>
    public int Rows { get; }

    /// <summary>
    /// Memory that this part may have when others have done with it; null where it takes its own. What is inside of a part has its
    /// own always, since the part is not done.
    /// </summary>
    internal SharedMemory? Shared { get; private init; }

    /// <summary>The builder of a part of this part, whose tensors are called <c>this.name.…</c>.</summary>
    public LayerBuilder In(string name) => new(Device, _parameters, _memory, Qualify(name), Images, Rows, _built);

    /// <summary>Declares a tensor that is learned.</summary>
    /// <param name="name">Its last name, such as <c>weight</c>.</param>
    /// <param name="shape">Of any rank, the outputs first: (out, in) for a dense weight.</param>
    /// <param name="fanIn">Inputs that each output sums over.</param>
    /// <param name="fanOut">Outputs that each input is part of.</param>
    /// <param name="start">The first value of each number, where it is not drawn.</param>
    /// <param name="isStoredChannelsFirst">
    /// Whether files have its last dimension second, as other programs expect it of (out, k, k, in): (out, in, k, k).
    /// </param>
    public Parameter Parameter(
        string name, int[] shape, int fanIn, int fanOut, double? start = null, bool isStoredChannelsFirst = false) =>
        _parameters.Add(new ParameterShape(Qualify(name), shape, fanIn, fanOut)
        {
            Start = start,
            IsStoredChannelsFirst = isStoredChannelsFirst,
        });

    /// <summary>Declares a tensor that is saved with the parameters and not learned, such as a running mean.</summary>
    /// <param name="name">Its last name, such as <c>running_mean</c>.</param>
    /// <param name="shape">Of any rank.</param>
    /// <param name="start">The first value of each number.</param>
    public SavedState State(string name, int[] shape, double start = 0) =>
        _parameters.AddState(Qualify(name), shape, start);

    /// <summary>Random numbers that no other layer of the model draws: a part of <see cref="RandomPurpose.Dropout"/>.</summary>
    public RandomPurpose NextDropout() => RandomPurpose.Dropout + _built.Dropouts++;

    /// <summary>Says that a part cannot learn from batches of fewer images: training on smaller ones is refused before it begins.</summary>
    /// <param name="images">The fewest; an epoch's last batch may have fewer, which the part has to take.</param>
    /// <param name="reason">The message to the person who chose the batch.</param>
    public void RequireTrainingBatch(int images, string reason)
    {
        if (images > _built.FewestImages)
            (_built.FewestImages, _built.FewestReason) = (images, reason);
    }

    /// <summary>Takes memory for so many rows, all zero.</summary>
    /// <exception cref="UserException">It would be more numbers than a matrix can have.</exception>
    public View<float> Allocate(int rows, int columns) => Allocate<float>(rows, columns);

    /// <summary>The same for numbers of another type.</summary>
    /// <exception cref="UserException">It would be more numbers than a matrix can have.</exception>
    internal View<T> Allocate<T>(int rows, int columns)
        where T : unmanaged
    {
        RequireCountable(rows, columns);
        DeviceBuffer<T> buffer = Device.Allocate<T>((long)rows * columns);
        _memory.Add(buffer);
        return buffer.AsMatrix(rows, columns);
    }

    /// <summary>Refuses a matrix of more numbers than it can have.</summary>
    /// <exception cref="UserException">It has more.</exception>
    internal static void RequireCountable(int rows, int columns)
    {
        if ((long)rows * columns <= int.MaxValue)
            return;
        throw new ModelTooLargeException(
            "--batch, --hidden",
            $"a batch of {rows} in a layer of {columns} is {(long)rows * columns} numbers, and {int.MaxValue} can be counted",
            (decimal)rows * columns * sizeof(float));
    }

    /// <summary>Refuses to train on batches of so many images where a part needs more.</summary>
    /// <exception cref="UserException">Says which part, and why.</exception>
    internal void CheckTrainingBatch(int images)
    {
        if (images < _built.FewestImages)
            throw new UserException(_built.FewestReason);
    }

    /// <summary>The same builder for a part that sees another number of rows at most.</summary>
    internal LayerBuilder WithRows(int rows) => new(Device, _parameters, _memory, _name, Images, rows, _built);

    /// <summary>The same builder for a part that has memory in turn with others.</summary>
    internal LayerBuilder Sharing(SharedMemory shared) =>
        new(Device, _parameters, _memory, _name, Images, Rows, _built) { Shared = shared };

    /// <summary>Builds a layer as a part of this part.</summary>
    /// <exception cref="ArgumentException">
    /// It has been built for another place of the model: it would know the parameters of the last place alone.
    /// </exception>
    internal Shape Build(ILayer layer, string name, Shape input)
    {
        // An activation has nothing of its own.
        if (layer is not ActivationLayer && !_built.Layers.Add(layer))
        {
            throw new ArgumentException(
                $"One {layer.GetType().Name} stands at two places of the model; make a new one for each.",
                nameof(layer));
        }
        return layer.Build(input, In(name));
    }

    /// <summary>What a layer says whose parameters are asked for before they are declared.</summary>
    internal static InvalidOperationException NotBuilt() => new("The layer has not been built.");

    private string Qualify(string name) => _name.Length == 0 ? name : $"{_name}.{name}";

    /// <summary>What the builders of all parts of a model know together.</summary>
    private sealed class BuiltLayers
    {
        /// <summary>The layers that have a place.</summary>
        public HashSet<ILayer> Layers { get; } = new(ReferenceEqualityComparer.Instance);

        /// <summary>Layers of dropout so far.</summary>
        public int Dropouts { get; set; }

        /// <summary>Images that a batch of training has at least.</summary>
        public int FewestImages { get; set; }

        /// <summary>Why.</summary>
        public string FewestReason { get; set; } = "";
    }
}
