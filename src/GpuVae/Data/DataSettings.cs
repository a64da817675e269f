namespace GpuVae.Data;

/// <summary>Which examples to read, and how.</summary>
public sealed record DataSettings
{
    /// <summary>
    /// The name of a set (<see cref="Datasets.Names"/>), a folder of IDX files or of images, or a CSV, .npy or .npz file.
    /// </summary>
    public string Data { get; init; } = Datasets.MnistName;

    /// <summary>Of a CSV file: the name of the column with the labels, its position from 1, <c>first</c> or <c>last</c>.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>
    /// The size that images of a folder are drawn at, or that rows of a file are taken as; null for what they are.
    /// </summary>
    public ImageSize? ImageSize { get; init; }

    /// <summary>Whether images of a folder keep their colours; else they become grey.</summary>
    public bool Coloured { get; init; }

    /// <summary>What becomes of real numbers.</summary>
    public Scaling Scaling { get; init; } = Scaling.None;

    /// <summary>The part of a set without a test part that is kept for testing; null for <see cref="Datasets.DefaultHoldOut"/>.</summary>
    public double? HoldOut { get; init; }

    /// <summary>
    /// Whether nothing is held out: both parts are then all examples of a set without a test part, as where a trained
    /// model is to see them.
    /// </summary>
    public bool Whole { get; init; }

    /// <summary>Chooses the examples that are held out.</summary>
    public ulong Seed { get; init; } = 1;
}
