using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>
/// The images that show a person what a model has learned, as numbers (images, D) in about 0 … 1: E[x | z] for codes
/// that stay the same from epoch to epoch, so that progress shows.
/// </summary>
public sealed class Pictures : IDisposable
{
    /// <summary>Most images in a row of reconstructions.</summary>
    public const int MostReconstructions = 10;

    /// <summary>Rows and columns of the prior's draws.</summary>
    public const int SamplesSide = 10;

    /// <summary>Rows and columns of the manifold.</summary>
    public const int ManifoldSide = 20;

    private readonly IBackend _backend;
    private readonly Autoencoder _model;
    private readonly ulong _seed;
    private readonly float[] _originals; // (columns, D)
    private readonly DeviceBuffer<float> _xBuffer;
    private readonly DeviceBuffer<float> _zBuffer;
    private readonly View<float> _z; // (capacity, k)

    /// <summary>Takes the first images of a set as those to reconstruct.</summary>
    public Pictures(IBackend backend, Autoencoder model, ImageSet images, ulong seed)
    {
        _backend = backend;
        _model = model;
        _seed = seed;
        Columns = Math.Min(Math.Min(MostReconstructions, images.Count), model.Capacity);
        _originals = new float[Columns * images.Dimensions];
        images.CopyTo(0, _originals);
        _xBuffer = backend.Allocate<float>(_originals.Length);
        _zBuffer = backend.Allocate<float>((long)model.Capacity * model.Units);
        _z = _zBuffer.AsMatrix(model.Capacity, model.Units);
        backend.Upload<float>(_originals, _xBuffer.AsVector());
    }

    /// <summary>Images in a row of reconstructions.</summary>
    public int Columns { get; }

    /// <summary>(2·<see cref="Columns"/>, D): the first images, then the pictures of their mean codes.</summary>
    public float[] Reconstructions()
    {
        View<float> means = _model.DecodeMean(_model.EncodeMean(_xBuffer.AsMatrix(Columns, _model.Dimensions)));
        var images = new float[2 * _originals.Length];
        _originals.CopyTo(images.AsSpan());
        _backend.Download(means, images.AsSpan(_originals.Length));
        return images;
    }

    /// <summary>(<see cref="SamplesSide"/>², D): pictures of z ~ N(0, I).</summary>
    public float[] Samples()
    {
        var codes = new float[SamplesSide * SamplesSide * _model.Units];
        Philox.FillNormal(new RandomSource(_seed, RandomPurpose.Prior), step: 0, codes);
        return Decode(codes);
    }

    /// <summary>
    /// (<see cref="ManifoldSide"/>², D) for a code of two units: z over the quantiles 0.05 … 0.95 of N(0, 1) (Kingma
    /// and Welling 2014, figure 4), the first unit growing to the right and the second upwards.
    /// </summary>
    public float[] Manifold()
    {
        var codes = new float[ManifoldSide * ManifoldSide * 2];
        for (int row = 0; row < ManifoldSide; row++)
        {
            for (int column = 0; column < ManifoldSide; column++)
            {
                int image = (row * ManifoldSide) + column;
                codes[2 * image] = Quantile(column);
                codes[(2 * image) + 1] = Quantile(ManifoldSide - 1 - row);
            }
        }
        return Decode(codes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _xBuffer.Dispose();
        _zBuffer.Dispose();
    }

    private static float Quantile(int position) =>
        (float)NormalQuantile.At(0.05 + (0.9 * position / (ManifoldSide - 1)));

    /// <summary>(n, k) codes → (n, D) pictures, as many at a time as the model takes.</summary>
    private float[] Decode(float[] codes)
    {
        int units = _model.Units, dimensions = _model.Dimensions;
        int count = codes.Length / units;
        var images = new float[count * dimensions];
        for (int first = 0; first < count; first += _z.Rows)
        {
            int rows = Math.Min(_z.Rows, count - first);
            View<float> z = _z.RowRange(0, rows);
            _backend.Upload<float>(codes.AsSpan(first * units, rows * units), z);
            _backend.Download(_model.DecodeMean(z), images.AsSpan(first * dimensions, rows * dimensions));
        }
        return images;
    }
}
