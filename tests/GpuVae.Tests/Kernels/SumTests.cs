using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(TestDevices))]
public sealed class SumTests(TestDevices devices)
{
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Column_sums_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(SumColumns));

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Sums_of_terms_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(SumTerms));

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void End_of_a_step_agrees_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(EndStep));

    [Fact]
    public void Reference_sums_each_column()
    {
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Odd);
        View<float> sums = workspace.Destination("sums", 1, 3, Tolerance.Exact);
        reference.Run(new SumColumns(workspace.Source(2, 3, [1f, 2, 3, 10, 20, 30]), sums));
        Assert.Equal([11, 22, 33], reference.Read(sums));
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void History_keeps_the_terms_of_every_step(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        View<float> terms = workspace.Source(2, 3, [1f, 2, 3, 10, 20, 30]);
        View<float> fewer = workspace.Source(2, 1, [4f, 40]);
        View<int> counters = workspace.Destination("counters", 1, Counter.Count, Tolerance.Exact, [0, 100]);
        View<float> history = workspace.Destination("history", 3, 2, Tolerance.Exact);
        device.Run(new SumTerms(terms, counters, history));
        device.Run(new Advance(counters));
        device.Run(new SumTerms(fewer, counters, history));
        device.Run(new Advance(counters));
        // Whole numbers this small have no rounding. The third step has not come yet.
        Assert.Equal([6, 60, 4, 40, float.NaN, float.NaN], device.Read(history));
        Assert.Equal([2, 102], device.Read(counters));
        Assert.Empty(workspace.FindDamage());
    }
}
