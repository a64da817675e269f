using System.CommandLine;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae devices</c>: what <c>--device</c> takes on this machine.</summary>
internal sealed class DevicesCommand : Verb
{
    /// <summary>The verb.</summary>
    public DevicesCommand()
        : base(
            "devices",
            "Lists the devices of this machine.",
            "Lists what can compute on this machine, by the names that gpuvae train --device takes.",
            [])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
        [new("gpuvae devices", "Lists the devices of this machine; auto takes the one that is marked.")];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        IReadOnlyList<DeviceInfo> devices = Device.List();
        string chosen;
        using (IBackend backend = Device.Open("auto"))
        {
            chosen = backend.Name;
        }

        TextTable.Write(
            ["device", "what it is", "memory", ""],
            [.. devices.Select(device => new[]
            {
                device.Name, device.Description, Memory(device.Memory), device.Name == chosen ? "auto" : "",
            })],
            numbers: 2);
        return ExitCode.Done;
    }

    private static string Memory(long bytes) => ReportText.Text($"{bytes / (double)(1L << 30):F1} GiB");
}
