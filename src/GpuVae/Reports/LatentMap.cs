using GpuVae.Data;
using GpuVae.Evaluation;

namespace GpuVae.Reports;

/// <summary>An axis of a map of codes.</summary>
/// <param name="Label">What it is, for a person.</param>
/// <param name="Values">Where each example lies on it.</param>
internal sealed record MapAxis(string Label, float[] Values);

/// <summary>Some examples, their mean codes, and what is shown of them.</summary>
/// <param name="Examples">Those that are points, evenly out of all.</param>
/// <param name="Places">Which of all each is.</param>
/// <param name="Codes">(n, k), their mean codes.</param>
/// <param name="Axes">Principal components, where the code has more than two units.</param>
/// <param name="Pictured">The first so many of them have their numbers in the page.</param>
internal sealed record LatentMap(ImageSet Examples, int[] Places, float[] Codes, IReadOnlyList<MapAxis> Axes, int Pictured)
{
    private const int MostPoints = 2000;

    /// <summary>The most numbers of all codes.</summary>
    private const int MostCodeNumbers = 400_000;

    /// <summary>The most numbers of all examples, before they are compressed.</summary>
    private const int MostNumbers = 1_600_000;

    /// <summary>Beyond so many units their covariance takes longer to decompose than a person waits.</summary>
    private const int MostComponentUnits = 128;

    /// <summary>So many places, evenly out of all.</summary>
    public static int[] EvenPlaces(int count, int all) => [.. Enumerable.Range(0, count).Select(i => (int)((long)i * all / count))];

    /// <summary>Encodes examples.</summary>
    /// <param name="codec">The model.</param>
    /// <param name="units">k.</param>
    /// <param name="test">All examples.</param>
    /// <param name="share">The part of the page that is this run's, in 0 … 1.</param>
    public static LatentMap Of(Codec codec, int units, ImageSet test, double share)
    {
        int count = (int)Math.Clamp(Math.Min(MostPoints, MostCodeNumbers / units) * share, Math.Min(50, test.Count), test.Count);
        int[] places = EvenPlaces(count, test.Count);
        ImageSet examples = test.Take(places);
        float[] codes = codec.Encode(examples);
        List<MapAxis> axes = [];
        if (units is > 2 and <= MostComponentUnits)
        {
            var components = PrincipalComponents.Of(codes, units);
            for (int i = 0; i < 2; i++)
            {
                axes.Add(new MapAxis(
                    FormattableString.Invariant($"principal component {i + 1}, {100 * components.ExplainedVariance(i):F0} % of the variance"),
                    Array.ConvertAll(components.Project(codes, i), value => (float)value)));
            }
        }
        return new LatentMap(examples, places, codes, axes, (int)Math.Min(count, MostNumbers * share / test.Dimensions));
    }
}
