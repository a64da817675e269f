using System.CommandLine;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae devices</c>: what <c>--device</c> takes on this machine.</summary>
internal sealed class DevicesCommand : Verb
{
    private const int TextColumn = 12;

    private static readonly Option<bool> _measure = new("--measure")
    {
        Description = "Multiplies matrices on each device for a second in each of its precisions, and says how fast.",
    };

    /// <summary>The verb.</summary>
    public DevicesCommand()
        : base(
            "devices",
            "Lists the devices of this machine.",
            "Lists what can compute on this machine, by the names that gpuvae train --device takes.",
            [new OptionGroup("Options", [_measure, new JsonOption()])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae devices", "Lists the devices of this machine; auto takes the one that is marked."),
        new("gpuvae devices --measure", "Measures each of them as well, which takes some seconds."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        bool isMeasured = line.GetValue(_measure);
        IReadOnlyList<DeviceInfo> devices = Device.List();
        string chosen = Device.Choose(devices);
        Dictionary<(string Device, Precision Precision), ProductRate> rates = [];
        foreach (DeviceInfo device in devices)
        {
            Console.Out.Write(device.Name.PadRight(TextColumn - 1) + ' ');
            Write(device.Description + (device.Name == chosen ? " (auto)" : ""), firstIndent: 0);
            Write(string.Join("; ", [Memory(device), .. device.Details]));
            if (!isMeasured)
            {
                Write($"products in {string.Join(", ", device.Precisions.Select(Text))}");
                continue;
            }

            foreach (Precision precision in device.Precisions)
            {
                Write($"{Text(precision)}: {Measure(device.Name, precision, rates)}");
            }
        }

        WriteFigures(line, json => Write(json, devices, chosen, rates));
        return ExitCode.Done;
    }

    private static void Write(
        Utf8JsonWriter json, IReadOnlyList<DeviceInfo> devices, string chosen,
        Dictionary<(string Device, Precision Precision), ProductRate> rates)
    {
        json.WriteStartArray();
        foreach (DeviceInfo device in devices)
        {
            json.WriteStartObject();
            json.WriteString("device", device.Name);
            json.WriteString("description", device.Description);
            json.WriteBoolean("auto", device.Name == chosen);
            json.WriteBoolean("gpu", device.IsGpu);
            json.WriteNumber("memory", device.Memory);
            json.WriteTexts("details", device.Details);
            // FLOP/s of products, null where they were not measured.
            json.WriteStartObject("precisions");
            foreach (Precision precision in device.Precisions)
            {
                json.WriteFinite(Text(precision), rates.GetValueOrDefault((device.Name, precision))?.FlopsPerSecond);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Memory(DeviceInfo device) =>
        ReportText.Text($"{device.Memory / (double)(1L << 30):F1} GiB of memory");

    /// <summary>A device that cannot be opened does not keep the others from being measured.</summary>
    private static string Measure(
        string device, Precision precision, Dictionary<(string Device, Precision Precision), ProductRate> rates)
    {
        try
        {
            using IDevice opened = Device.Open(device, precision);
            var rate = ProductRate.Measure(opened);
            rates[(device, precision)] = rate;
            double billions = rate.FlopsPerSecond / 1e9;
            string figure = billions >= 100 ? ReportText.Text($"{billions:N0}") : ReportText.Text($"{billions:G3}");
            return $"{figure} GFLOP/s in products of {rate.Size} × {rate.Size} matrices";
        }
        catch (DeviceException exception)
        {
            return $"not measured: {exception.Message}";
        }
    }

    private static string Text(Precision precision) => precision.ToString().ToLowerInvariant();

    private static void Write(string text, int firstIndent = TextColumn) =>
        WrappedText.Write(Console.Out, text, TextColumn, firstIndent, WrappedText.Width);
}
