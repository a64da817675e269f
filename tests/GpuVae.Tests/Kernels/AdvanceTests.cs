using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(Backends))]
public sealed class AdvanceTests(Backends backends)
{
    [Theory]
    [MemberData(nameof(Backends.Names), MemberType = typeof(Backends))]
    public void Advance_agrees_with_the_reference(string backend) =>
        OperationChecks.Check(backends.Open(backend), nameof(Advance));

    [Theory]
    [MemberData(nameof(Backends.Names), MemberType = typeof(Backends))]
    public void Both_counters_go_on_by_one(string name)
    {
        IDevice backend = backends.Open(name);
        using var workspace = new CaseWorkspace(backend, 1, ViewPlacement.Odd);
        View<int> counters = workspace.Destination("counters", 1, Counter.Count, Tolerance.Exact, [468, 70_000]);
        backend.Run(new Advance(counters));
        backend.Run(new Advance(counters));
        Assert.Equal([470, 70_002], backend.Read(counters));
        Assert.Empty(workspace.FindDamage());
    }
}
