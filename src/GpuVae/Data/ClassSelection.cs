namespace GpuVae.Data;

/// <summary>Picks examples by the names of their classes, as training on normal examples alone needs it.</summary>
public static class ClassSelection
{
    /// <summary>The examples of some classes, in their order; one without a label is of none.</summary>
    /// <param name="images">What is picked from.</param>
    /// <param name="classes">Names of classes.</param>
    /// <param name="option">The option that named them, for the message.</param>
    /// <returns>At least one example.</returns>
    /// <exception cref="UserException">There are no labels, no such class, or no example of the classes.</exception>
    public static ImageSet Keep(ImageSet images, IReadOnlyList<string> classes, string option)
    {
        bool[] isKept = Find(images, classes, option);
        int[] indices =
            [.. Enumerable.Range(0, images.Count).Where(i => images.Labels![i] != ImageSet.NoLabel && isKept[images.Labels[i]])];
        return indices.Length == 0
            ? throw new UserException($"{option} {string.Join(',', classes)}: the data has no example of that class")
            : indices.Length == images.Count ? images : images.Take(indices);
    }

    /// <summary>For each class of the data whether it is among those named.</summary>
    /// <param name="images">Whose classes.</param>
    /// <param name="classes">Names of classes.</param>
    /// <param name="option">The option that named them, for the message.</param>
    /// <returns>(classes), as <see cref="ImageSet.LabelNames"/> counts them.</returns>
    /// <exception cref="UserException">There are no labels, or no such class.</exception>
    public static bool[] Find(ImageSet images, IReadOnlyList<string> classes, string option)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(classes);
        string typed = string.Join(',', classes);
        if (images.LabelNames is not IReadOnlyList<string> names)
            throw new UserException($"{option} {typed}: the data has no labels; leave {option} out, or give labelled data");
        var isNamed = new bool[names.Count];
        foreach (string name in classes)
        {
            int index = names.IndexOf(name);
            if (index < 0)
            {
                throw new UserException(
                    $"{option} {typed}: there is no class {name}; the classes are {string.Join(", ", names)}");
            }
            isNamed[index] = true;
        }
        return isNamed;
    }

    private static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }
        return -1;
    }
}
