using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The second choice in numbers: a dense encoder, and a decoder with the same layers in reverse.</summary>
/// <param name="Hidden">Widths of the encoder's hidden layers.</param>
/// <param name="Activation">f after each of them.</param>
public sealed record NetworkSettings(IReadOnlyList<int> Hidden, Activation Activation);

/// <summary>
/// What <see cref="Autoencoder.Forward"/> leaves for <see cref="Autoencoder.Backward"/>: views, no copies.
/// </summary>
/// <param name="Input">x̃ (B, D), what the encoder saw.</param>
/// <param name="Head">(B, head width), the encoder's outputs.</param>
/// <param name="Z">(B, k), the code.</param>
/// <param name="OutputGradient">(B, D), ∂L/∂ of the decoder's outputs.</param>
/// <param name="Terms">
/// (R, B), the loss of each image in nats: row 0 is −log p(x | z), row 1 KL where the code has a divergence.
/// </param>
public readonly record struct ForwardPass(
    View<float> Input, View<float> Head, View<float> Z, View<float> OutputGradient, View<float> Terms);

/// <summary>
/// x → corruption → encoder → code → decoder → loss, and back. Knows nothing of objectives but the weight of KL that
/// the schedule holds.
/// </summary>
public sealed class Autoencoder : IDisposable
{
    private readonly IBackend _backend;
    private readonly ICorruption _corruption;
    private readonly DenseNetwork _encoder;
    private readonly ICode _code;
    private readonly DenseNetwork _decoder;
    private readonly List<DeviceBuffer<float>> _buffers = [];
    private readonly View<float> _head;           // (capacity, head width)
    private readonly View<float> _mean;           // (capacity, k)
    private readonly View<float> _zGradient;      // (capacity, k)
    private readonly View<float> _output;         // (capacity, D): ∂logits of a pass, or means of a picture
    private readonly View<float> _terms;          // (R, capacity)

    /// <summary>
    /// Takes memory for the parameters, all zero, and for batches of up to <paramref name="capacity"/> images.
    /// </summary>
    /// <param name="backend">Where the model runs.</param>
    /// <param name="dimensions">D, pixels of an image.</param>
    /// <param name="capacity">Images of the largest batch.</param>
    /// <param name="corruption">Choice 1; the model disposes of it.</param>
    /// <param name="network">Choice 2.</param>
    /// <param name="code">Choice 3, for the same backend and capacity; the model disposes of it.</param>
    /// <param name="likelihood">Choice 4.</param>
    /// <exception cref="UserException">The layers or the batch are too large to be held.</exception>
    public Autoencoder(
        IBackend backend, int dimensions, int capacity, ICorruption corruption, NetworkSettings network, ICode code,
        ILikelihood likelihood)
    {
        _backend = backend;
        _corruption = corruption;
        _code = code;
        Dimensions = dimensions;
        Capacity = capacity;
        Likelihood = likelihood;

        int[] encoderWidths = [dimensions, .. network.Hidden, code.HeadWidth];
        int[] decoderWidths = [code.Units, .. network.Hidden.Reverse(), dimensions];
        RequireIndexable(capacity, Math.Max(encoderWidths.Max(), decoderWidths.Max()));
        Parameters = new ParameterArena(
            backend,
            [.. DenseNetwork.Shapes("encoder", encoderWidths), .. DenseNetwork.Shapes("decoder", decoderWidths)]);
        _encoder = new DenseNetwork(backend, Parameters, "encoder", encoderWidths, network.Activation, capacity);
        _decoder = new DenseNetwork(backend, Parameters, "decoder", decoderWidths, network.Activation, capacity);

        TermCount = code.HasDivergence ? 2 : 1;
        _head = Allocate(capacity, code.HeadWidth);
        _mean = Allocate(capacity, code.Units);
        _zGradient = Allocate(capacity, code.Units);
        _output = Allocate(capacity, dimensions);
        _terms = Allocate(TermCount, capacity);
    }

    /// <summary>D, pixels of an image.</summary>
    public int Dimensions { get; }

    /// <summary>Images of the largest batch.</summary>
    public int Capacity { get; }

    /// <summary>k, the numbers in a code.</summary>
    public int Units => _code.Units;

    /// <summary>Whether the code has a KL term.</summary>
    public bool HasDivergence => _code.HasDivergence;

    /// <summary>R, the parts of the loss.</summary>
    public int TermCount { get; }

    /// <summary>What the decoder's outputs mean.</summary>
    public ILikelihood Likelihood { get; }

    /// <summary>(1, D) the bias of the decoder's outputs.</summary>
    public View<float> OutputBias => _decoder.Head.Bias;

    /// <summary>Everything that is learned.</summary>
    public ParameterArena Parameters { get; }

    /// <summary>
    /// One draw of the code and its loss for each image. The decoder's last product turns logits into their loss and
    /// its gradient at once, so logits never reach memory.
    /// </summary>
    /// <param name="x">(B, D) clean images, B up to <see cref="Capacity"/>.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of every random number.</param>
    /// <param name="noise">Where the code draws from.</param>
    /// <returns>Views that last until the next pass.</returns>
    public ForwardPass Forward(View<float> x, View<int> counters, RandomSource noise)
    {
        int rows = x.Rows;
        var terms = new View<float>(_terms.Buffer, 0, TermCount, rows);
        View<float> reconstruction = terms.RowRange(0, 1);
        View<float> divergence = HasDivergence ? terms.RowRange(1, 1) : default;

        // x̃ ~ C(x̃ | x)
        View<float> input = _corruption.Apply(x, counters);

        // head = e(x̃)
        View<float> head = _head.RowRange(0, rows);
        _encoder.Forward(input, Epilogue.BiasActivation(_encoder.Head.Bias, Activation.Identity), head);

        // z ~ q(z | x̃), KL(q(z | x̃) ‖ p(z))
        View<float> z = _code.Forward(head, counters, noise, divergence);

        // −log p(x | z) with outputs d(z), and ∂L/∂d(z) of its mean over the batch
        View<float> outputGradient = _output.RowRange(0, rows);
        _decoder.Forward(
            z,
            Epilogue.NegativeLogLikelihood(
                _decoder.Head.Bias, x, Likelihood.NegativeLogLikelihood, 1f / rows, reconstruction),
            outputGradient);

        return new ForwardPass(input, head, z, outputGradient, terms);
    }

    /// <summary>
    /// ∂L/∂θ into <see cref="ParameterArena.Gradients"/>, for L = the batch's mean of −log p(x | z) + w · KL with the
    /// step's w from the schedule.
    /// </summary>
    /// <param name="pass">What <see cref="Forward"/> just returned.</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    public void Backward(in ForwardPass pass, View<float> schedule, View<int> counters)
    {
        int rows = pass.Input.Rows;
        View<float> zGradient = _zGradient.RowRange(0, rows);
        _decoder.Backward(pass.Z, pass.OutputGradient, zGradient);
        View<float> headGradient = _code.Backward(pass.Head, zGradient, schedule, counters, 1f / rows);
        _encoder.Backward(pass.Input, headGradient, inputGradient: default);
    }

    /// <summary>The mean code of each image: no draw, and only the head's first k outputs are computed.</summary>
    /// <param name="x">(B, D), what the encoder is to see.</param>
    /// <returns>(B, k); it lasts until the next call.</returns>
    public View<float> EncodeMean(View<float> x)
    {
        View<float> mean = _mean.RowRange(0, x.Rows);
        Linear head = _encoder.Head.FirstOutputs(Units);
        _backend.Multiply(
            Orientation.NT, _encoder.Hidden(x), head.Weight, Epilogue.BiasActivation(head.Bias, Activation.Identity),
            mean);
        return mean;
    }

    /// <summary>E[x | z], the picture of each code.</summary>
    /// <param name="z">(B, k).</param>
    /// <returns>(B, D); it lasts until the next call.</returns>
    public View<float> DecodeMean(View<float> z)
    {
        View<float> means = _output.RowRange(0, z.Rows);
        _decoder.Forward(z, Epilogue.BiasActivation(_decoder.Head.Bias, Likelihood.Mean), means);
        return means;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer<float> buffer in _buffers)
            buffer.Dispose();
        _corruption.Dispose();
        _encoder.Dispose();
        _code.Dispose();
        _decoder.Dispose();
        Parameters.Dispose();
    }

    private static void RequireIndexable(int rows, int columns)
    {
        if ((long)rows * columns > int.MaxValue)
        {
            throw new UserException(
                $"--batch, --hidden: a batch of {rows} in a layer of {columns} is more than {int.MaxValue} numbers; "
                + "make one of them smaller");
        }
    }

    private View<float> Allocate(int rows, int columns)
    {
        DeviceBuffer<float> buffer = _backend.Allocate<float>((long)rows * columns);
        _buffers.Add(buffer);
        return buffer.AsMatrix(rows, columns);
    }
}
