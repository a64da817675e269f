using System.Globalization;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>The lines of a run, the same in a terminal and in a file.</summary>
internal static class ReportText
{
    /// <summary>The heading over <see cref="Row"/>.</summary>
    public static string Heading { get; } =
        $"{"epoch",5}{"train loss",13}{"test loss",12}{"reconstruction",17}{"KL",9}{"images/s",11}{"seconds",10}";

    /// <summary>The device, the model, the data and where a resumed run goes on: a name and what there is to say about it.</summary>
    /// <param name="start">What the training says of itself.</param>
    /// <param name="data">What the data is called.</param>
    /// <param name="askedDevice">What <c>--device</c> was.</param>
    public static IEnumerable<(string Name, string Text)> Start(TrainingStart start, string data, string askedDevice)
    {
        string why = askedDevice != "auto" ? "as asked"
            : start.Device == "cpu" ? "auto: no GPU found"
            : "auto: the first GPU found";
        yield return ("device", $"{start.Device}: {start.DeviceDescription} ({why})");
        yield return ("model", Text($"{start.Model}; {start.Parameters:N0} parameters"));
        yield return ("data", Text(
            $"{data}: {start.TrainImages:N0} images to train on in {start.StepsPerEpoch:N0} steps, ") +
            Text($"{start.TestImages:N0} to test") + (start.Split.Length == 0 ? "" : $" ({start.Split})"));
        yield return ("values", start.Values);
        if (start.Resumed is string place)
        {
            yield return ("resumed", place);
        }
    }

    /// <summary>An epoch under <see cref="Heading"/>; losses in nats per image.</summary>
    public static string Row(EpochMetrics epoch) => Text(
        $"{epoch.Epoch,5}{epoch.TrainLoss,13:F2}{epoch.TestLoss,12:F2}{epoch.Reconstruction,17:F2}") + Text(
        $"{epoch.Kl,9:F2}{epoch.ImagesPerSecond,11:N0}{epoch.Seconds,10:F2}");

    /// <summary>A time as <c>0:07</c> or <c>1:02:03</c>.</summary>
    public static string Duration(TimeSpan time) =>
        time.ToString(time >= TimeSpan.FromHours(1) ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);

    /// <summary>Writes numbers the same way on every machine.</summary>
    public static string Text(FormattableString text) => FormattableString.Invariant(text);
}
