using System.Text.Json.Serialization;

namespace GpuVae.Data;

/// <summary>
/// A column of a table that holds one of some words. To a model it is a group of columns, one for each level and one for
/// every word that the training examples lack: 1 in one of them and 0 in the others.
/// </summary>
/// <param name="Column">Its place among the columns that the model takes, from 0.</param>
/// <param name="Levels">The words, in the order of the group; an empty one stands for cells that are missing.</param>
public sealed record Category(int Column, IReadOnlyList<string> Levels)
{
    /// <summary>Most levels that a column may have which nobody named.</summary>
    public const int MostLevels = 50;

    /// <summary>Columns of the group.</summary>
    [JsonIgnore]
    public int Width => Levels.Count + 1;

    /// <inheritdoc/>
    public bool Equals(Category? other) => other is not null && other.Column == Column && other.Levels.SequenceEqual(Levels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Column, Levels.Count);

    /// <inheritdoc/>
    public override string ToString() => string.Join('|', Levels);

    /// <summary>The levels that occur in a column of examples, in natural order.</summary>
    /// <param name="images">As they were read, with <see cref="ImageSet.Levels"/>.</param>
    /// <param name="column">From 0.</param>
    internal static Category Of(ImageSet images, int column)
    {
        IReadOnlyList<string> levels = images.Levels![column]!;
        var occurs = new bool[levels.Count];
        bool isMissing = false;
        for (int row = 0; row < images.Count; row++)
        {
            double level = images.Number((row * images.Dimensions) + column);
            if (double.IsNaN(level))
                isMissing = true;
            else
                occurs[(int)level] = true;
        }
        List<string> found = [.. levels.Where((_, level) => occurs[level]).Order(NaturalOrder.Instance)];
        if (isMissing)
            found.Add("");
        return new Category(column, found);
    }

    /// <summary>The place in the group of each level of a file: the last one for those that training did not see.</summary>
    /// <param name="levels">Of the file.</param>
    internal int[] Places(IReadOnlyList<string> levels)
    {
        Dictionary<string, int> places = new(StringComparer.Ordinal);
        for (int level = 0; level < Levels.Count; level++)
            places[Levels[level]] = level;
        return [.. levels.Select(level => places.GetValueOrDefault(level, Levels.Count))];
    }
}
