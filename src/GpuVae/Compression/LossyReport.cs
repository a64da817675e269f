namespace GpuVae.Compression;

/// <summary>What a compressed file lost.</summary>
/// <param name="SquaredError">
/// The mean squared difference between numbers as the model sees them and as they are restored; words are none of them.
/// </param>
/// <param name="LargestError">The largest difference.</param>
/// <param name="CodeError">The squared error of codes that are not quantised: what the model leaves at any size.</param>
/// <param name="UsedUnits">Units of a code that have more than one symbol.</param>
/// <param name="Units">Units of a code.</param>
/// <param name="WrongWords">The part of words, missing cells included, that are others; null where a table has none, and of images.</param>
public sealed record LossyReport(
    double SquaredError, double LargestError, double CodeError, int UsedUnits, int Units, double? WrongWords);
