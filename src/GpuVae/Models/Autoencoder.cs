using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// x → corruption → encoder → code → decoder → loss, and back. Of an objective it knows the weight of KL that the
/// schedule holds, and the term that it hands in.
/// </summary>
public sealed partial class Autoencoder : IDisposable
{
    private readonly IDevice _backend;
    private readonly ICorruption _corruption;
    private readonly DenseNetwork _encoder;
    private readonly ICode _code;
    private readonly DenseNetwork _decoder;
    private readonly DecoderScale? _scale;
    private readonly List<DeviceBuffer<float>> _buffers = [];
    private readonly View<float> _head;           // (capacity, head width)
    private readonly View<float> _mean;           // (capacity, k)
    private readonly View<float> _zGradient;      // (draw capacity, k)
    private readonly View<float> _target;         // (draw capacity, D): x for each draw
    private readonly View<float> _output;         // (draw capacity, D): ∂logits of a pass, or means of a picture
    private readonly View<float> _reconstruction; // (1, draw capacity)
    private readonly View<float> _logWeights;     // (1, draw capacity)
    private readonly View<float> _terms;          // (R + 1, capacity)

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
    /// <param name="drawCapacity">
    /// Most draws of a batch, B·K where each of B images has K, as the code was made for; 0 for one of each image.
    /// </param>
    /// <exception cref="UserException">The layers or the batch are too large to be held.</exception>
    public Autoencoder(
        IDevice backend, int dimensions, int capacity, ICorruption corruption, NetworkSettings network, ICode code,
        ILikelihood likelihood, int drawCapacity = 0)
    {
        _backend = backend;
        _corruption = corruption;
        _code = code;
        Dimensions = dimensions;
        Capacity = capacity;
        DrawCapacity = Math.Max(capacity, drawCapacity);
        Likelihood = likelihood;

        int[] encoderWidths = [dimensions, .. network.Hidden, code.HeadWidth];
        int[] decoderWidths = [code.Units, .. network.Hidden.Reverse(), dimensions];
        RequireIndexable(capacity, encoderWidths.Max());
        RequireIndexable(DrawCapacity, decoderWidths.Max());
        Parameters = new ParameterArena(
            backend,
            [
                .. DenseNetwork.Shapes("encoder", encoderWidths), .. DenseNetwork.Shapes("decoder", decoderWidths),
                .. DecoderScale.Shapes(likelihood.Scale),
            ]);
        _encoder = new DenseNetwork(backend, Parameters, "encoder", encoderWidths, network.Activation, capacity);
        _decoder = new DenseNetwork(backend, Parameters, "decoder", decoderWidths, network.Activation, DrawCapacity);
        if (likelihood.Scale is LikelihoodScale scale)
            _scale = new DecoderScale(backend, Parameters, scale);

        TermCount = code.HasDivergence ? 2 : 1;
        _head = Allocate(capacity, code.HeadWidth);
        _mean = Allocate(capacity, code.Units);
        _zGradient = Allocate(DrawCapacity, code.Units);
        _target = Allocate(DrawCapacity, dimensions);
        _output = Allocate(DrawCapacity, dimensions);
        _reconstruction = Allocate(1, DrawCapacity);
        _logWeights = Allocate(1, DrawCapacity);
        _terms = Allocate(TermCount + 1, capacity);
    }

    /// <summary>D, pixels of an image.</summary>
    public int Dimensions { get; }

    /// <summary>Images of the largest batch.</summary>
    public int Capacity { get; }

    /// <summary>Most draws of a batch, B·K where each of B images has K: rows of the decoder.</summary>
    public int DrawCapacity { get; }

    /// <summary>k, the numbers in a code.</summary>
    public int Units => _code.Units;

    /// <summary>Whether the code has a KL term.</summary>
    public bool HasDivergence => _code.HasDivergence;

    /// <summary>Whether the code's bits are an address; see <see cref="ICode.IsBinary"/>.</summary>
    public bool IsBinary => _code.IsBinary;

    /// <summary>The code, if it is drawn from a posterior.</summary>
    public PosteriorCode? Posterior => _code as PosteriorCode;

    /// <summary>Whether the encoder sees noise that the clean images have not.</summary>
    public bool AddsNoise => _corruption.AddsNoise;

    /// <summary>R, the parts of the loss without an objective's own.</summary>
    public int TermCount { get; }

    /// <summary>What the decoder's outputs mean.</summary>
    public ILikelihood Likelihood { get; }

    /// <summary>(1, D) the bias of the decoder's outputs.</summary>
    public View<float> OutputBias => _decoder.Head.Bias;

    /// <summary>Everything that is learned.</summary>
    public ParameterArena Parameters { get; }

    /// <summary>One draw of the code and its loss for each image, as at use.</summary>
    /// <param name="x">(B, D) clean images, B up to <see cref="Capacity"/>.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of every random number.</param>
    /// <param name="noise">Where the code draws from.</param>
    /// <returns>Views that last until the next pass.</returns>
    public ForwardPass Forward(View<float> x, View<int> counters, RandomSource noise) =>
        Forward(x, new CodeDraws(counters, noise), term: null);

    /// <summary>
    /// The draws of each image's code and their loss. The decoder's last product turns logits into their loss and its
    /// gradient at once, so logits never reach memory.
    /// </summary>
    /// <param name="x">(B, D) clean images, B up to <see cref="Capacity"/> and B·K up to <see cref="DrawCapacity"/>.</param>
    /// <param name="draws">Where noise comes from.</param>
    /// <param name="term">The objective's own part, or null: one draw.</param>
    /// <returns>Views that last until the next pass.</returns>
    public ForwardPass Forward(View<float> x, in CodeDraws draws, IObjectiveTerm? term)
    {
        int rows = x.Rows, samples = term?.Samples ?? 1;
        int termCount = TermCount + (term is { HasOwnTerm: true } ? 1 : 0);
        var terms = new View<float>(_terms.Buffer, 0, termCount, rows);
        View<float> divergence = HasDivergence ? terms.RowRange(1, 1) : default;

        // x̃ ~ C(x̃ | x)
        View<float> input = Corrupt(x, draws.Counters, draws.Noise);

        // head = e(x̃)
        View<float> head = Head(input);

        // z ~ q(z | x̃), KL(q(z | x̃) ‖ p(z))
        View<float> z = _code.Forward(head, draws, samples, divergence);

        // −log p(x | z) with outputs d(z), and ∂L/∂d(z)
        View<float> reconstruction = samples == 1
            ? terms.RowRange(0, 1)
            : new View<float>(_reconstruction.Buffer, 0, 1, z.Rows);
        View<float> outputGradient = Reconstruct(z, x, term?.OutputScale(rows) ?? 1f / rows, reconstruction);
        if (samples > 1)
            _backend.Run(new SumGroups(reconstruction.Reshape(z.Rows, 1), samples, terms.RowRange(0, 1).Reshape(rows, 1)));

        var pass = new ForwardPass(input, head, z, outputGradient, reconstruction, terms, term);
        term?.Measure(pass);
        return pass;
    }

    /// <summary>
    /// ∂L/∂θ into <see cref="ParameterArena.Gradients"/>, for L = the batch's mean of −log p(x | z) + w · KL with the
    /// step's w from the schedule, or of what the pass's own term makes of it.
    /// </summary>
    /// <param name="pass">What <see cref="Forward(View{float}, in CodeDraws, IObjectiveTerm)"/> just returned.</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    public void Backward(in ForwardPass pass, View<float> schedule, View<int> counters)
    {
        int rows = pass.Input.Rows;
        View<float> zGradient = _zGradient.RowRange(0, pass.Z.Rows);
        _scale?.Backward(
            Dimensions, pass.Reconstruction, pass.Term?.DrawWeights(rows) ?? default,
            pass.Term?.OutputScale(rows) ?? 1f / rows);
        pass.Term?.WeighOutputs(pass);
        _decoder.Backward(pass.Z, pass.OutputGradient, zGradient, _code.GradientEpilogue(pass.Z));
        DivergenceGradient divergence = pass.Term?.WeighDivergence(pass, zGradient) ?? default;
        View<float> headGradient = _code.Backward(pass.Head, zGradient, schedule, counters, 1f / rows, divergence);
        _encoder.Backward(pass.Input, headGradient, inputGradient: default, Epilogue.Store);
    }

    /// <summary>What the encoder sees of images in a pass that draws its codes from <paramref name="code"/>.</summary>
    /// <param name="x">(B, D) clean images.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>): the step of the noise.</param>
    /// <param name="code">Where the code draws from: training and evaluation have corruptions of their own.</param>
    /// <returns>x̃ (B, D); x itself without a corruption. It lasts until the next call.</returns>
    public View<float> Corrupt(View<float> x, View<int> counters, RandomSource code)
    {
        RandomPurpose purpose = code.Purpose == RandomPurpose.TrainingCode
            ? RandomPurpose.TrainingCorruption
            : RandomPurpose.EvaluationCorruption;
        return _corruption.Apply(x, counters, code with { Purpose = purpose });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceBuffer<float> buffer in _buffers)
            buffer.Dispose();
        _corruption.Dispose();
        _encoder.Dispose();
        _code.Dispose();
        _scale?.Dispose();
        _decoder.Dispose();
        Parameters.Dispose();
    }

    /// <summary>e(x̃).</summary>
    private View<float> Head(View<float> input)
    {
        View<float> head = _head.RowRange(0, input.Rows);
        _encoder.Forward(input, Epilogue.BiasActivation(_encoder.Head.Bias, Activation.Identity), head);
        return head;
    }

    /// <summary>The loss of each draw's picture against its image, and its scaled gradient by the outputs.</summary>
    private View<float> Reconstruct(View<float> z, View<float> x, float gradientScale, View<float> reconstruction)
    {
        View<float> target = x;
        if (z.Rows != x.Rows)
            _backend.Run(new RepeatRows(x, target = _target.RowRange(0, z.Rows)));
        View<float> outputGradient = _output.RowRange(0, z.Rows);
        _decoder.Forward(
            z,
            Epilogue.NegativeLogLikelihood(target, Likelihood.NegativeLogLikelihood, gradientScale, reconstruction)
                .WithBias(_decoder.Head.Bias),
            outputGradient);
        _scale?.Apply(reconstruction, outputGradient);
        return outputGradient;
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
