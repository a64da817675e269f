namespace GpuVae.Data;

/// <summary>Examples to train with and examples to judge by, all of one size.</summary>
/// <param name="Name">A short name for tables and run folders: <c>mnist</c>, or the name of the folder or file.</param>
/// <param name="Train">The examples that training sees.</param>
/// <param name="Test">The examples that training never sees.</param>
public sealed record Dataset(string Name, ImageSet Train, ImageSet Test)
{
    /// <summary>What was done to the numbers, so that it can be done to others.</summary>
    public Pipeline Pipeline { get; init; } = Pipeline.None;

    /// <summary>Columns that change in the file and no longer do in float32, from 0; scaling keeps them.</summary>
    public IReadOnlyList<int> FlattenedColumns { get; init; } = [];

    /// <summary>
    /// Both parts before the pipeline, with its columns and NaN for a missing cell, where <see cref="DataSettings.KeepsRead"/> asks for
    /// them; else null.
    /// </summary>
    public (ImageSet Train, ImageSet Test)? AsRead { get; init; }

    /// <summary>Where the test part comes from, for a person; empty where the set has one of its own.</summary>
    public string Split { get; init; } = "";
}
