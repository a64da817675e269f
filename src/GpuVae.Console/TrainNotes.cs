using GpuVae.Data;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What a person should know of a training before its first step, although nothing is wrong.</summary>
internal static class TrainNotes
{
    /// <summary>A scale of bytes from which on those between black and white are about as probable as each other.</summary>
    private const double WideScale = 0.5;

    private static readonly string[] _dense = ["dense", "dropout"];

    /// <summary>The notes, a sentence each.</summary>
    /// <param name="configuration">What is trained, as it fits the data.</param>
    /// <param name="data">What on.</param>
    /// <param name="preset">The preset that was typed where the data choose the likelihood all the same, or null.</param>
    /// <param name="isResumed">Whether its choices were told when it began.</param>
    public static IEnumerable<string> Of(RunConfiguration configuration, Dataset data, string? preset, bool isResumed)
    {
        var values = ValueCheck.Of(data.Train);
        IEnumerable<string?> notes =
        [
            preset is null ? null : OtherLikelihood(configuration, values, preset),
            values.Doubt(configuration.Likelihood),
            WideBytes(configuration),
            isResumed ? null : Neighbours(configuration, data.Train),
            isResumed ? null : PassedOver(configuration),
            isResumed ? null : AugmentedRows(configuration, data.Train),
            TableWarnings.OtherScale(data.Train, data.Test, "the test examples"),
            .. TableWarnings.Of(data),
        ];
        return notes.OfType<string>();
    }

    private static string? OtherLikelihood(RunConfiguration configuration, ValueCheck values, string preset)
    {
        string own = RunConfiguration.FromPreset(preset).Likelihood;
        return configuration.Likelihood == own
            ? null
            : $"the likelihood of --preset {preset} is {own}, for pictures and for 0 and 1, and these are {values.Describe()}: it "
                + $"is {configuration.Likelihood} here (--likelihood says otherwise)";
    }

    private static string? WideBytes(RunConfiguration configuration) =>
        configuration is { SigmaIsLearned: false, Sigma: >= WideScale } && configuration.IsOfBytes()
            && Registry.Likelihoods.Find(configuration.Likelihood).HasScale
            ? ReportText.Text(
                $"--sigma {configuration.Sigma} is a scale as wide as from black to white: a byte between costs {Math.Log2(4 * 255 * configuration.Sigma):F0} bits or more; --sigma learned fits it to the pictures")
            : null;

    /// <summary>Convolutions of rows of which nobody has said that they are series.</summary>
    private static string? Neighbours(RunConfiguration configuration, ImageSet train)
    {
        bool isDense = configuration.Network is not string network
            || network.Split(',').All(layer => _dense.Contains(layer.Trim().Split(' ')[0]));
        return isDense || train.Height > 1 || configuration.ImageSize is not null
            ? null
            : $"--network {ShellWord.Quote(configuration.Network!)} takes numbers beside each other in a row as neighbours, which they are "
                + $"in a series and not in a table (--image-size 1x{train.Width} says that they are; --hidden has dense layers)";
    }

    /// <summary>Windows with pixels between them.</summary>
    private static string? PassedOver(RunConfiguration configuration)
    {
        NetworkLayer? layer = configuration.Network is not string network
            ? null
            : NetworkText.Parse(network).FirstOrDefault(each =>
                each is ConvolutionLayer convolution && convolution.Stride > convolution.Kernel
                || each is PoolLayer pool && pool.Stride > pool.Kernel);
        return layer is null
            ? null
            : $"--network: {layer.Text}: its windows are further apart than they are wide, and what lies between them is passed over";
    }

    /// <summary>Rows that a file gives no names of columns for may be either.</summary>
    private static string? AugmentedRows(RunConfiguration configuration, ImageSet train) =>
        configuration is not { Augment: string augment, ImageSize: null } || train.Height > 1 || train.ColumnNames is not null
            ? null
            : $"--augment {augment}: columns have no names, so that rows are taken as series, whose numbers may move (--image-size "
                + $"1x{train.Width} says that they are); for a table, where each column means something of its own, leave --augment out";
}
