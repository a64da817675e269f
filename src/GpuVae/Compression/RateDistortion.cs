using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>A size and the error that is left at it.</summary>
/// <param name="Bits">Bits of an example, without what all examples share.</param>
/// <param name="SquaredError">The mean squared error of a number, as the model sees it.</param>
public readonly record struct RatePoint(double Bits, double SquaredError);

/// <summary>
/// How much error is left at each size of a file with <see cref="CompressionOptions.Lossy"/>, and what principal components leave
/// that are quantised and coded in the same way.
/// </summary>
public static class RateDistortion
{
    /// <summary>The most examples that curves are of.</summary>
    public const int MostExamples = 2000;

    /// <summary>The most principal components.</summary>
    public const int MostComponents = 256;

    // D·k² that is found in some seconds: fewer components of large pictures.
    private const double MostWork = 2e8;

    private const int MostTraining = 4000;

    // A code that takes no more bits than this part of what was allowed is as fine as it gets.
    private const double Full = 0.9;

    private static readonly double[] _sizes = [4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    /// <summary>Some of the examples, evenly: those that curves are of.</summary>
    public static ImageSet Some(ImageSet images) => Some(images, MostExamples);

    /// <summary>The curve of a model.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="trained">The run.</param>
    /// <param name="images">As the model sees them, at least one.</param>
    /// <param name="seed">Decides pixels that are drawn.</param>
    /// <returns>In rising order of bits.</returns>
    public static IReadOnlyList<RatePoint> OfModel(IDevice device, TrainedModel trained, ImageSet images, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(images);
        images = Some(images);
        using var codec = new Codec(device, trained.Model, trained.Encoding, seed);
        float[] x = codec.EncoderInputs(images), codes = codec.Encode(images);
        var units = new QuantizationSearch(
            codes, trained.Model.Units, x, images.Dimensions, images.NumberColumns, (z, rebuilt) =>
            {
                codec.Decode(z, rebuilt);
                Clamp(rebuilt, x);
            });
        return Curve(units.Turned() is { } turned ? [units, turned] : [units]);
    }

    /// <summary>The curve of principal components of what a model was trained on.</summary>
    /// <param name="device">Where products are computed, and the run's model is.</param>
    /// <param name="trained">The run, which says what it sees of a pixel.</param>
    /// <param name="training">What it was trained on.</param>
    /// <param name="images">As of <see cref="OfModel"/>.</param>
    /// <param name="seed">As of <see cref="OfModel"/>.</param>
    /// <returns>In rising order of bits.</returns>
    public static IReadOnlyList<RatePoint> OfPrincipalComponents(
        IDevice device, TrainedModel trained, ImageSet training, ImageSet images, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(images);
        images = Some(images);
        using var codec = new Codec(device, trained.Model, trained.Encoding, seed);
        float[] seen = codec.EncoderInputs(Some(training, MostTraining)), x = codec.EncoderInputs(images);
        var components = PrincipalSubspace.Of(device, seen, images.Dimensions, (int)Math.Clamp(Math.Sqrt(MostWork / images.Dimensions), 1, MostComponents));
        return Curve(
        [
            new QuantizationSearch(
                components.Project(x), components.Components, x, images.Dimensions, images.NumberColumns, Rebuild,
                [.. Enumerable.Repeat(1.0, components.Components)]),
        ]);

        void Rebuild(float[] codes, float[] rebuilt)
        {
            components.Rebuild(codes, rebuilt);
            Clamp(rebuilt, x);
        }
    }

    /// <summary>Where all that is to be rebuilt are pixels, there are none beyond black and white.</summary>
    private static void Clamp(float[] rebuilt, float[] x)
    {
        if (!Array.TrueForAll(x, value => value is >= 0 and <= 1))
            return;
        foreach (ref float value in rebuilt.AsSpan())
            value = Math.Clamp(value, 0, 1);
    }

    /// <summary>At each size the least error of all searches.</summary>
    private static List<RatePoint> Curve(QuantizationSearch[] searches)
    {
        List<RatePoint> points = [];
        foreach (double size in _sizes)
        {
            RatePoint best = searches.Select(search =>
            {
                UnitQuantizer[] units = search.Fit(search.ScaleOfBits(size * search.Count, search.Count)!.Value)!;
                return new RatePoint(search.Bits(units, search.Count) / search.Count, search.Error(units));
            }).MinBy(point => point.SquaredError);
            if (best.Bits > 0)
                points.Add(best);
            if (best.Bits < size * Full && best.Bits > _sizes[0])
                break;
        }
        return points;
    }

    private static ImageSet Some(ImageSet images, int most)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images.Count <= most ? images : images.Take([.. EvenSelection.Of([.. Enumerable.Range(0, images.Count)], most)]);
    }
}
