using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// x → corruption → encoder → code → decoder → loss, and back. Of an objective it knows the weight of KL that the
/// schedule holds, and the term that it hands in.
/// </summary>
public sealed partial class Autoencoder : IDisposable
{
    /// <summary>Terms that objectives add, at most.</summary>
    private const int MostAuxiliaryTerms = 4;

    /// <summary>What names of the likelihood's parameters begin with.</summary>
    internal const string LikelihoodName = "likelihood";

    /// <summary>What names of the decoder's parameters begin with.</summary>
    internal const string DecoderName = "decoder";

    private readonly IDevice _device;
    private readonly ICorruption _corruption;
    private readonly Linear? _encoderHead;        // none where the encoder's last map is the code
    private readonly ICode _code;
    private readonly List<IDisposable> _memory = [];
    private readonly LossTerms _terms;
    private readonly View<float> _head;           // (capacity, head width)
    private readonly View<float> _mean;           // (capacity, k)
    private readonly View<float> _zGradient;      // (draw capacity, k)
    private readonly View<float> _target;         // (draw capacity, D): x for each draw
    private readonly View<float> _output;         // (draw capacity, m·D): ∂logits of a pass, or means of a picture
    private readonly View<float> _reconstruction; // (1, draw capacity)
    private readonly View<float> _logWeights;     // (1, draw capacity)
    private readonly View<float> _drawSimilarity; // (1, draw capacity), empty without a term of it
    private readonly View<float> _losses;         // (R with auxiliary terms, capacity)
    private readonly LayerBuilder _builder;
    private (IObjectivePass? Objective, LossTerms Terms) _last;

    /// <summary>
    /// Takes memory for the parameters, all zero, and for batches of up to <paramref name="capacity"/> images.
    /// </summary>
    /// <param name="device">Where the model runs.</param>
    /// <param name="image">The shape of an image of D pixels.</param>
    /// <param name="capacity">Images of the largest batch.</param>
    /// <param name="corruption">Choice 1.</param>
    /// <param name="network">Choice 2.</param>
    /// <param name="code">Choice 3.</param>
    /// <param name="likelihood">Choice 4.</param>
    /// <param name="objective">Choice 5, for parameters of its own; null for none.</param>
    /// <param name="drawCapacity">
    /// Most draws of a batch, B·K where each of B images has K; 0 for one of each image.
    /// </param>
    /// <param name="similarity">A term of the loss beside the likelihood; null for none.</param>
    /// <exception cref="UserException">The layers or the batch are too large to be held.</exception>
    public Autoencoder(
        IDevice device, Shape image, int capacity, ICorruption corruption, NetworkSettings network, ICode code,
        ILikelihood likelihood, IObjective? objective = null, int drawCapacity = 0, SimilaritySettings? similarity = null)
        : this(
            device, image, capacity, corruption, network, code, likelihood, objective, drawCapacity, similarity,
            parameters => parameters.Allocate())
    {
    }

    /// <summary>The same, where the last argument takes the parameters' memory, which may be another model's.</summary>
    internal Autoencoder(
        IDevice device, Shape image, int capacity, ICorruption corruption, NetworkSettings network, ICode code,
        ILikelihood likelihood, IObjective? objective, int drawCapacity, SimilaritySettings? similarity,
        Action<ParameterArena> allocate)
    {
        _device = device;
        _corruption = corruption;
        _code = code;
        Image = image;
        Dimensions = image.Size;
        Capacity = capacity;
        DrawCapacity = Math.Max(capacity, drawCapacity);
        Likelihood = likelihood;
        Similarity = similarity is null ? null : new SimilarityTerm(image, similarity);
        _terms = new LossTerms(
            [LossTerm.Reconstruction, .. code.Terms, .. Similarity is null ? (LossTerm[])[] : [Similarity.Term]]);
        Encoder = network.CreateEncoder(image, code.HeadWidth);
        _encoderHead = network.EndsInCode ? null : (Linear)Encoder.Last;
        // The mean and the log-variance, which others have a dense layer each for.
        if (_encoderHead is not null && code is IPosteriorCode { Covariance: Covariance.Diagonal })
            _encoderHead.Layers = 2;
        network = network with { ParametersPerNumber = likelihood.ParametersPerNumber };
        Outputs = network.Outputs(image);
        Decoder = network.CreateDecoder(code.Units, image);
        CodeShape = network.CodeShape(code.Units, image);
        Parameters = new ParameterArena(device);
        try
        {
            LayerBuilder images = _builder = new LayerBuilder(device, Parameters, _memory, "", capacity, capacity);
            LayerBuilder draws = images.WithRows(DrawCapacity);
            _output = draws.Allocate(DrawCapacity, Outputs.Size);
            var shared = new SharedMemory();
            Encoder.Build(image, images.In("encoder").Sharing(shared));
            _code.Build(draws.In("code"));
            Decoder.Build(CodeShape, draws.In(DecoderName).Sharing(shared));
            shared.Allocate(images);
            likelihood.Build(image, draws.In(LikelihoodName));
            objective?.Build(draws.In("objective"));
            Similarity?.Build(draws, likelihood);
            allocate(Parameters);
            _corruption.Build(image, images);

            _head = images.Allocate(capacity, code.HeadWidth);
            _mean = images.Allocate(capacity, code.Units);
            _zGradient = images.Allocate(DrawCapacity, code.Units);
            _target = images.Allocate(DrawCapacity, Dimensions);
            _reconstruction = images.Allocate(1, DrawCapacity);
            _logWeights = images.Allocate(1, DrawCapacity);
            if (Similarity is not null)
                _drawSimilarity = images.Allocate(1, DrawCapacity);
            _losses = images.Allocate(_terms.Count + MostAuxiliaryTerms, capacity);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>D, pixels of an image.</summary>
    public int Dimensions { get; }

    /// <summary>Images of the largest batch.</summary>
    public int Capacity { get; }

    /// <summary>Most draws of a batch, B·K where each of B images has K: rows of the decoder.</summary>
    public int DrawCapacity { get; }

    /// <summary>k, the numbers in a code.</summary>
    public int Units => _code.Units;

    /// <summary>What the encoder's outputs mean.</summary>
    public ICode Code => _code;

    /// <summary>The code, if it is drawn from a posterior.</summary>
    public IPosteriorCode? Posterior => _code as IPosteriorCode;

    /// <summary>Whether the encoder sees noise that the clean images have not.</summary>
    public bool AddsNoise => _corruption.AddsNoise;

    /// <summary>What the decoder's outputs mean.</summary>
    public ILikelihood Likelihood { get; }

    /// <summary>The term of the loss beside the likelihood; null where there is none.</summary>
    public SimilarityTerm? Similarity { get; }

    /// <summary>
    /// What the loss has beside its terms, in nats for an image: <see cref="ILikelihood.Constant"/>, and that of a term that compares
    /// pictures. It has no gradient.
    /// </summary>
    public double LossConstant => Likelihood.Constant(Dimensions) + (Similarity?.Constant ?? 0);

    /// <summary>
    /// The bias of the decoder's outputs: (1, m·D), or (1, m·C) where they are a convolution's; empty where the decoder does not end
    /// with a bias.
    /// </summary>
    public View<float> OutputBias => (Decoder.Last as IBiasedLayer)?.Bias.Value ?? default;

    /// <summary>Everything that is learned.</summary>
    public ParameterArena Parameters { get; }

    /// <summary>From an image to the head of its code.</summary>
    internal Sequential Encoder { get; }

    /// <summary>Whether the encoder's last layer is a dense one that gives the head, so that its first rows give the mean.</summary>
    internal bool HasDenseHead => _encoderHead is not null;

    /// <summary>From a code to the outputs that <see cref="Likelihood"/> reads.</summary>
    internal Sequential Decoder { get; }

    /// <summary>An example of what the decoder sees.</summary>
    internal Shape CodeShape { get; }

    /// <summary>An example.</summary>
    internal Shape Image { get; }

    /// <summary>What <see cref="Decoder"/> gives: <see cref="ILikelihood.ParametersPerNumber"/> numbers for each of an example.</summary>
    internal Shape Outputs { get; }

    /// <summary>The layers of encoder and decoder in their order; what the last gives has the height and width of an image.</summary>
    internal IReadOnlyList<LayerPlace> Layers =>
    [
        .. Encoder.Places("encoder", Image),
        .. Decoder.Places("decoder", CodeShape).Select(place => place.Layer == Decoder.Last ? place with { Output = Outputs } : place),
    ];

    /// <summary>The terms of the loss under an objective.</summary>
    /// <param name="objective">Its part of a pass, or null for the model's terms alone.</param>
    public LossTerms TermsWith(IObjectivePass? objective)
    {
        if (objective is null || objective.Terms.Count == 0)
            return _terms;
        if (objective.Terms.Count > MostAuxiliaryTerms)
        {
            throw new InvalidOperationException(
                $"An objective has at most {MostAuxiliaryTerms} terms of its own, not {objective.Terms.Count}.");
        }
        if (objective != _last.Objective)
            _last = (objective, new LossTerms([.. _terms.All, .. objective.Terms]));
        return _last.Terms;
    }

    /// <summary>Refuses to be trained on batches of so many images where a layer needs more.</summary>
    /// <exception cref="UserException">Says which layer, and why.</exception>
    public void RequireTrainingBatch(int images) => _builder.CheckTrainingBatch(images);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable memory in _memory)
            memory.Dispose();
        Parameters.Dispose();
    }
}
