using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>
/// The images that show a person what a model has learned, as numbers (images, D) in about 0 … 1: E[x | z] for codes
/// that stay the same from epoch to epoch, so that progress shows. Each kind has its memory, which the next call fills
/// anew: a run of many epochs leaves nothing behind.
/// </summary>
public sealed class Pictures : IDisposable
{
    /// <summary>Most images in a row of reconstructions.</summary>
    public const int MostReconstructions = 10;

    /// <summary>Rows and columns of the prior's draws.</summary>
    public const int SamplesSide = 10;

    /// <summary>Rows and columns of the manifold.</summary>
    public const int ManifoldSide = 20;

    private static readonly float[] _manifoldValues = CodeGrids.NormalQuantiles(ManifoldSide);

    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly ulong _seed;
    private readonly float[] _originals; // (columns, D)
    private readonly DeviceBuffer<float> _xBuffer;
    private readonly DeviceBuffer<int> _countersBuffer; // all zero: the first step
    private readonly Codec _codec;
    private readonly float[] _reconstructions;
    private readonly Lock _turn;
    private float[]? _samples;
    private float[]? _manifold;

    /// <summary>Takes the first images of a set as those to reconstruct.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">What has learned.</param>
    /// <param name="images">At least one.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="encoding">What the model sees of a pixel: the same as <see cref="Evaluator"/> shows it.</param>
    public Pictures(
        IDevice device, Autoencoder model, ImageSet images, ulong seed,
        PixelEncoding encoding = PixelEncoding.Scaled)
    {
        _device = device;
        _model = model;
        _seed = seed;
        Columns = Math.Min(Math.Min(MostReconstructions, images.Count), model.Capacity);
        _originals = new float[Columns * images.Dimensions];
        images.CopyTo(0, _originals);
        PixelEncodings.Apply(encoding, new RandomSource(seed, RandomPurpose.EvaluationPixels), step: 0, _originals);
        _turn = DeviceTurn.Of(device);
        using Lock.Scope turn = _turn.EnterScope();
        _xBuffer = device.Allocate<float>(_originals.Length);
        _countersBuffer = device.Allocate<int>(Counter.Count);
        _codec = new Codec(device, model, encoding, seed);
        _reconstructions = new float[Versions.Count * _originals.Length];
        device.Upload<float>(_originals, _xBuffer.AsVector());
    }

    /// <summary>What the rows of <see cref="Reconstructions"/> are.</summary>
    public IReadOnlyList<string> Versions =>
        _model.AddsNoise ? ["noisy", "denoised", "clean"] : ["original", "reconstruction"];

    /// <summary>The axes of <see cref="Manifold"/>.</summary>
    public static PictureLabels ManifoldLabels => CodeLabels.Plane(right: 0, up: 1, _manifoldValues, _manifoldValues);

    /// <summary>Images in a row of reconstructions.</summary>
    public int Columns { get; }

    /// <summary>
    /// (rows of <see cref="Versions"/>·<see cref="Columns"/>, D): the first images, then the pictures of their mean codes;
    /// where the model corrupts images, what it sees, what it makes of that, and the clean images.
    /// </summary>
    public float[] Reconstructions()
    {
        using Lock.Scope turn = _turn.EnterScope();
        View<float> x = _xBuffer.AsMatrix(Columns, _model.Dimensions);
        View<float> seen = _model.Corrupt(
            x, _countersBuffer.AsVector(), new RandomSource(_seed, RandomPurpose.EvaluationCode));
        int length = _originals.Length;
        float[] images = _reconstructions;
        _device.Download(seen, images.AsSpan(0, length));
        _device.Download(_model.DecodeMean(_model.EncodeMean(seen)), images.AsSpan(length, length));
        if (_model.AddsNoise)
            _originals.CopyTo(images.AsSpan(2 * length));
        return images;
    }

    /// <summary>(<see cref="SamplesSide"/>², D): pictures of z ~ N(0, I).</summary>
    public float[] Samples() => Decode(ref _samples, CodeGrids.PriorSamples(SamplesSide * SamplesSide, _model.Units, _seed));

    /// <summary>
    /// (<see cref="ManifoldSide"/>², D) for a code of two units: z over the quantiles 0.05 … 0.95 of N(0, 1), the first
    /// unit growing to the right and the second upwards.
    /// </summary>
    public float[] Manifold() =>
        Decode(ref _manifold, CodeGrids.Plane(new float[2], right: 0, up: 1, _manifoldValues, _manifoldValues));

    private float[] Decode(ref float[]? images, float[] codes)
    {
        images ??= new float[codes.Length / _model.Units * _model.Dimensions];
        _codec.Decode(codes, images);
        return images;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _xBuffer.Dispose();
        _countersBuffer.Dispose();
        _codec.Dispose();
    }
}
