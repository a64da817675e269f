using GpuVae.Data;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <content>What is read, and how.</content>
public sealed partial record RunConfiguration
{
    /// <summary>Of a CSV file: the column of the labels; see <see cref="CsvReader"/>.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>The size that images are drawn at, or that rows are taken as; see <see cref="Data.ImageSize.Parse"/>.</summary>
    public string? ImageSize { get; init; }

    /// <summary>Whether pictures of a folder become <c>grey</c> or stay <c>rgb</c>.</summary>
    public string Color { get; init; } = "grey";

    /// <summary>What becomes of real numbers: a key of <see cref="Scaling.Methods"/>.</summary>
    public string Scale { get; init; } = "none";

    /// <summary>What is taken from real numbers, for all or for each column, as the training examples gave it.</summary>
    public double[] ScaleOffsets { get; init; } = [];

    /// <summary>What they are multiplied with after that.</summary>
    public double[] ScaleFactors { get; init; } = [];

    /// <summary>
    /// The part held out for testing of a set without a test part; null for <see cref="Datasets.DefaultHoldOut"/>.
    /// </summary>
    public double? HoldOut { get; init; }

    /// <summary>What <see cref="Datasets.Open(DataSettings, IProgress{DownloadProgress}?)"/> needs to know of this.</summary>
    public DataSettings ToDataSettings() => new()
    {
        Data = Data,
        LabelColumn = LabelColumn,
        ImageSize = ImageSize is null ? null : GpuVae.Data.ImageSize.Parse(ImageSize),
        Coloured = Color == "rgb",
        Scaling = new Scaling(Scale, ScaleOffsets, ScaleFactors),
        HoldOut = HoldOut,
        Seed = Seed,
    };

    /// <summary>
    /// The configuration for data that was read by it: with what scaling found, and with the likelihood that fits the
    /// numbers where nobody has chosen one.
    /// </summary>
    /// <param name="data">The data.</param>
    /// <param name="choosesLikelihood">Whether the likelihood has been chosen, by its option or by a preset.</param>
    /// <exception cref="UserException">The likelihood gives the numbers no probability.</exception>
    public RunConfiguration For(Dataset data, bool choosesLikelihood)
    {
        ArgumentNullException.ThrowIfNull(data);
        var values = ValueCheck.Of(data.Train);
        RunConfiguration fitted = this with
        {
            Likelihood = choosesLikelihood ? Likelihood : values.Likelihood,
            ScaleOffsets = [.. data.Scaling.Offsets],
            ScaleFactors = [.. data.Scaling.Factors],
        };
        values.Require(Data, fitted.Likelihood, fitted.Binarize);
        if (CorruptionChoice.NeedsUnitRange && (values.Least < 0 || values.Most > 1))
        {
            throw new UserException(FormattableString.Invariant(
                $"{Data}: --corruption {Corruption} stays within 0 … 1, and these numbers go from {values.Least:G4} to ")
                + FormattableString.Invariant($"{values.Most:G4}; bring them there with --scale min-max"));
        }
        return fitted;
    }

    private void ValidateData()
    {
        if (ImageSize is not null)
            GpuVae.Data.ImageSize.Parse(ImageSize);
        if (Color is not ("grey" or "rgb"))
            throw Refuse("--color", Color, "unknown; choose from grey, rgb");
        Scaling.Named(Scale);
        if (ScaleOffsets.Length != ScaleFactors.Length)
            throw Refuse("--scale", Scale, "scale_offsets and scale_factors need the same length");
        if (HoldOut is double part && !(part > 0 && part < 1))
            throw Refuse("--hold-out", part, "must be a part between 0 and 1, such as 0.1");
    }
}
