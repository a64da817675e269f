namespace GpuVae.Detection;

/// <summary>A column of the table that a detector takes. Immutable, so that any thread may use it.</summary>
/// <param name="Name">What it is called; <c>column 3</c> where nobody has named the columns.</param>
/// <param name="Levels">The words that training saw, in order, an empty one for missing cells; none for a column of
/// numbers.</param>
/// <param name="TakesMissing">Whether a missing cell is normal; else it scores +∞.</param>
public sealed record DetectorColumn(string Name, IReadOnlyList<string> Levels, bool TakesMissing)
{
    /// <summary>Whether it holds words and not numbers.</summary>
    public bool IsOfWords => Levels.Count > 0;
}
