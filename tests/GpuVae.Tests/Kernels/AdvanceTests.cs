using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(TestDevices))]
public sealed class AdvanceTests(TestDevices devices)
{
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Advance_agrees_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(Advance));

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Both_counters_go_on_by_one(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        View<int> counters = workspace.Destination("counters", 1, Counter.Count, Tolerance.Exact, [468, 70_000]);
        device.Run(new Advance(counters));
        device.Run(new Advance(counters));
        Assert.Equal([470, 70_002], device.Read(counters));
        Assert.Empty(workspace.FindDamage());
    }
}
