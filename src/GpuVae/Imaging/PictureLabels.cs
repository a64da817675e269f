namespace GpuVae.Imaging;

/// <summary>What is written beside and below examples, so that a picture says what it shows wherever it is found.</summary>
public sealed record PictureLabels
{
    /// <summary>
    /// Where the rows take turns in showing versions of the same examples, what the versions are called: rows of images have the
    /// names beside them, and series are drawn over each other with a legend. Null where each example stands for itself.
    /// </summary>
    public IReadOnlyList<string>? Versions { get; init; }

    /// <summary>What the rows show where they are no versions, or null.</summary>
    public IReadOnlyList<string>? Rows { get; init; }

    /// <summary>What the columns show, or null.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>What the whole shows, in one line, or null.</summary>
    public string? Title { get; init; }
}
