namespace GpuVae.Data;

/// <summary>Tells of columns that are trained on as numbers and were hardly meant to be.</summary>
internal static class SuspectColumns
{
    // A shorter count without a name may well be a measurement.
    private const int FewestRows = 10;

    private static readonly HashSet<string> _indexNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "index", "id", "row", "rownames", "row.names", "row_names", "Unnamed: 0", "#",
    };

    private static readonly HashSet<string> _classNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "class", "target", "y", "label", "labels", "outcome",
    };

    /// <summary>Looks at the names of the columns and at those that count the rows.</summary>
    /// <param name="images">A table.</param>
    /// <param name="choice">Which columns of the file its numbers are.</param>
    /// <param name="header">The names of all columns of the file, or null.</param>
    /// <param name="tell">Gets a sentence for each.</param>
    public static void Tell(ImageSet images, ColumnChoice choice, IReadOnlyList<string>? header, Action<string> tell)
    {
        if (choice.Label is int place && Labels.AreContinuous(images))
        {
            string label = ColumnChoice.OptionValue(header, place);
            tell(
                $"column {label} is taken as labels, and nearly every row has a number of its own there "
                + $"({images.LabelNames!.Count} of {images.Count}): as classes they say nothing (--label-column none: it is "
                + $"trained on as a number; with --drop {label} it is left out)");
        }
        for (int i = 0; i < choice.Numbers.Length; i++)
        {
            if (images.Levels?[i] is not null)
                continue;
            int column = choice.Numbers[i];
            string? name = header?[column];
            string value = ColumnChoice.OptionValue(header, column);
            bool hasIndexName = name is not null && _indexNames.Contains(name);
            if ((hasIndexName || column == 0) && images.Count > 1 && choice.Numbers.Length > 1
                && (hasIndexName || images.Count >= FewestRows) && CountsRows(images, i))
            {
                tell($"column {value} counts the rows and is trained on as a number (--drop {value}: it is left out)");
            }
            else if (name is not null && _classNames.Contains(name))
            {
                tell(
                    $"column {value} is trained on as a number (--label-column {value}: it holds the labels; --drop {value}: "
                    + "it is left out)");
            }
        }
    }

    private static bool CountsRows(ImageSet images, int column)
    {
        double[] numbers = images.Exact!;
        if (numbers[column] is not (0 or 1))
            return false;
        for (int row = 1; row < images.Count; row++)
        {
            if (numbers[(row * images.Dimensions) + column] != numbers[column] + row)
                return false;
        }
        return true;
    }
}
