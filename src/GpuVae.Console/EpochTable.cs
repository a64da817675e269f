using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// The lines of epochs under their heading, the same in a terminal and in a file. Where there is little room, what says least of the
/// training is left out.
/// </summary>
internal sealed class EpochTable
{
    /// <summary>Columns in the order in which they are left out; the number of the epoch and the test loss stay.</summary>
    private static readonly string[] _dispensable = ["speed", "seconds", "reconstruction", "KL", "train loss"];

    private readonly List<Column> _columns;

    /// <summary>Chooses the columns.</summary>
    /// <param name="hasPrior">Whether KL is a part of the loss.</param>
    /// <param name="example">What an example is called.</param>
    /// <param name="width">Columns that a line may take.</param>
    public EpochTable(bool hasPrior, string example, int width)
    {
        _columns =
        [
            new("epoch", "epoch", 5, epoch => ReportText.Text($"{epoch.Epoch}")),
            OfLoss("train loss", 13, epoch => epoch.TrainLoss),
            OfLoss("test loss", 12, epoch => epoch.TestLoss),
            .. hasPrior
                ? [OfLoss("reconstruction", 17, epoch => epoch.Reconstruction), OfLoss("KL", 9, epoch => epoch.Kl)]
                : (Column[])[],
            new("speed", $"{example}s/s", 11, epoch => ReportText.Text($"{epoch.ImagesPerSecond:N0}")),
            new("seconds", "seconds", 10, epoch => ReportText.Text($"{epoch.Seconds:F2}")),
        ];
        foreach (string name in _dispensable.TakeWhile(_ => _columns.Sum(column => column.Width) > width))
        {
            _columns.RemoveAll(column => column.Name == name);
        }
    }

    /// <summary>What stands over the columns.</summary>
    public string Heading => string.Concat(_columns.Select(column => column.Heading.PadLeft(column.Width)));

    /// <summary>An epoch; losses in nats per example.</summary>
    public string Row(EpochMetrics epoch) => string.Concat(_columns.Select(column => column.Text(epoch).PadLeft(column.Width)));

    /// <summary>A loss in a column, with a blank before it however long it is.</summary>
    private static Column OfLoss(string name, int width, Func<EpochMetrics, double> loss) => new(name, name, width, epoch =>
    {
        string text = ReportText.Loss(loss(epoch));
        return text.Length < width ? text : ReportText.Text($"{loss(epoch):0.#E+0}");
    });

    private sealed record Column(string Name, string Heading, int Width, Func<EpochMetrics, string> Text);
}
