namespace GpuVae.Data;

/// <summary>Makes labels of an array that NumPy saved.</summary>
internal static class NumpyLabels
{
    /// <summary>The label of each example as a text; one that is empty or NaN is missing.</summary>
    /// <param name="array">(N) or (N, 1) of numbers or texts, or (N, classes) with a single 1 in each row.</param>
    /// <param name="count">N.</param>
    /// <param name="name">The file, and the entry in it, for messages.</param>
    /// <exception cref="DataException">It is neither.</exception>
    public static string[] Of(NpyArray array, int count, string name)
    {
        if (array.Length == count && array.Shape.Count(size => size != 1) <= 1)
            return [.. Enumerable.Range(0, count).Select(i => Text(array, i))];
        if (array.Texts is null && array.Shape is [int rows, int classes] && rows == count)
            return [.. Enumerable.Range(0, count).Select(row => OneHot(array, row, classes, name))];
        throw new DataException(
            $"{name}: {array.Length} labels for {count} examples; each example needs one label");
    }

    private static string Text(NpyArray array, int index)
    {
        if (array.Texts is string[] texts)
            return texts[index];
        double number = Number(array, index);
        return array.Kind == 'b' ? number == 0 ? "False" : "True" : Labels.Name(number);
    }

    private static string OneHot(NpyArray array, int row, int classes, string name)
    {
        int hot = -1;
        for (int i = 0; i < classes; i++)
        {
            double number = Number(array, (row * classes) + i);
            if (number is not (0 or 1) || (number == 1 && hot >= 0))
                hot = classes;
            else if (number == 1)
                hot = i;
        }
        return hot >= 0 && hot < classes
            ? Labels.Name(hot)
            : throw new DataException(
                $"{name}: row {row} of labels ({array.Sizes}), counted from 0, is not one 1 among 0; each example needs one label");
    }

    private static double Number(NpyArray array, int index) =>
        array.Bytes?[index] ?? array.Values?[index] ?? array.Exact![index];
}
