using GpuVae.Data;
using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary>What precision and recall speak of.</summary>
/// <param name="Name">What the positive examples are called.</param>
/// <param name="OtherName">What the others are called.</param>
/// <param name="IsPositive">(N), for each example; null where its label is missing, which no measure counts.</param>
/// <param name="IsNormal">Whether the positive class is the one that low scores speak for.</param>
internal sealed record PositiveClass(string Name, string OtherName, bool?[] IsPositive, bool IsNormal)
{
    private const string Option = "--positive";

    /// <summary>Judges the scores of the examples that have a label.</summary>
    /// <param name="scores">(N).</param>
    /// <param name="threshold">Where anomalies begin.</param>
    public DetectionQuality Judge(double[] scores, double threshold)
    {
        int[] known = [.. Enumerable.Range(0, scores.Length).Where(i => IsPositive[i] is not null)];
        return DetectionQuality.Of(
            Array.ConvertAll(known, i => scores[i]), threshold, Array.ConvertAll(known, i => IsPositive[i] == true), IsNormal);
    }

    /// <summary>Finds the positive examples.</summary>
    /// <param name="typed">What <c>--positive</c> was, or null.</param>
    /// <param name="trainLabels">The classes that the run was trained on, none for all.</param>
    /// <param name="examples">Whose labels decide.</param>
    /// <returns>Null where nothing says what is positive.</returns>
    /// <exception cref="UserException">The classes cannot be told apart as asked.</exception>
    public static PositiveClass? Find(string? typed, IReadOnlyList<string> trainLabels, ImageSet examples)
    {
        if (typed is null && (trainLabels.Count == 0 || examples.Labels is null))
        {
            return null;
        }

        typed ??= DetectOptions.Anomaly;
        // Other data may hold anomalies only.
        bool[] isNormal = [.. (examples.LabelNames ?? []).Select(trainLabels.Contains)];
        if (typed is DetectOptions.Anomaly or DetectOptions.Normal)
        {
            if (trainLabels.Count == 0)
            {
                throw new UserException(
                    $"{Option} {typed}: the run was trained on every class, so that none is known to be normal; name the " +
                    "anomalous classes instead");
            }

            if (examples.LabelNames is not { } names)
            {
                throw new UserException($"{Option} {typed}: the data has no labels; leave {Option} out, or give labelled data");
            }

            if (!isNormal.Contains(true))
            {
                Notice.Write(
                    $"no example is of the classes that the run was trained on ({string.Join(", ", trainLabels)}); there is " +
                    string.Join(", ", names.Take(10)));
            }

            bool asNormal = typed == DetectOptions.Normal;
            return Of(typed, asNormal ? DetectOptions.Anomaly : DetectOptions.Normal, examples, label => isNormal[label] == asNormal, asNormal);
        }

        string[] named = typed.Split(',', StringSplitOptions.TrimEntries);
        bool[] isNamed = ClassSelection.Find(examples, named, Option);
        int normal = trainLabels.Count == 0 ? 0 : isNamed.Where((named, i) => named && isNormal[i]).Count();
        if (normal > 0 && normal < isNamed.Count(named => named))
        {
            throw new UserException(
                $"{Option} {typed}: the run was trained on {string.Join(", ", trainLabels)}, which are normal: name " +
                "classes of one kind, normal or anomalous");
        }

        return Of(typed, "others", examples, label => isNamed[label], normal > 0);
    }

    /// <summary>The pictures with a defect.</summary>
    public static PositiveClass OfDefects(SyntheticDefects defects) => new(
        "defect", "normal", [.. Enumerable.Range(0, defects.Pictures.Count).Select(picture => (bool?)defects.IsDefective(picture))],
        IsNormal: false);

    private static PositiveClass Of(
        string name, string otherName, ImageSet examples, Func<int, bool> isPositive, bool isNormal) =>
        new(
            name, otherName, [.. examples.Labels!.Select(label => label == ImageSet.NoLabel ? (bool?)null : isPositive(label))],
            isNormal);
}
