using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels.Cpu;

/// <summary>A kernel from outside the library takes the place of what an operation expands into.</summary>
public sealed class RegisteredKernelTests
{
    [Fact]
    public void Kernel_from_outside_is_run_in_place_of_the_expansion_and_the_last_one_counts()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        View<float> y = workspace.Destination("y", 2, 3, Tolerance.Exact);
        device.Run(new Mark(y));
        Assert.All(device.Read(y), value => Assert.Equal(1, value));
        CpuDevice.Register<Mark>(static (cpu, in operation) => cpu.Span(operation.Y).Fill(2));
        device.Run(new Mark(y));
        Assert.All(device.Read(y), value => Assert.Equal(2, value));
        CpuDevice.Register<Mark>(static (cpu, in operation) => cpu.Span(operation.Y).Fill(3));
        device.Run(new Mark(y));
        Assert.All(device.Read(y), value => Assert.Equal(3, value));
        Assert.Empty(workspace.FindDamage());
        // Shapes are judged before a kernel from outside as before any other.
        Assert.Throws<ArgumentException>(() => device.Run(new Mark(default)));
    }

    [Fact]
    public void Kernel_from_outside_makes_an_operation_of_nothing_run()
    {
        using CpuDevice device = CpuDevice.Create(threads: 1);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> y = workspace.Destination("y", 1, 5, Tolerance.Exact);
        Assert.Throws<DeviceException>(() => device.Run(new Lone(y)));
        CpuDevice.Register<Lone>(static (cpu, in operation) => cpu.Span(operation.Y).Fill(-1));
        device.Run(new Lone(y));
        Assert.All(device.Read(y), value => Assert.Equal(-1, value));
    }

    [Fact]
    public void Kernels_of_the_library_are_not_replaced()
    {
        using CpuDevice device = CpuDevice.Create(threads: 1);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> y = workspace.Destination("y", 1, 5, Tolerance.Exact);
        CpuDevice.Register<Fill>(static (_, in _) => throw new InvalidOperationException("the library's own is faster"));
        device.Run(new Fill(4, y));
        Assert.All(device.Read(y), value => Assert.Equal(4, value));
    }

    /// <summary>y = 1.</summary>
    private readonly record struct Mark(View<float> Y) : IOperation
    {
        public IReadOnlyList<Operand> Operands => new OperandList().Destination(Y).ToList();

        public OperationCost Cost => OperandList.Cost(0, Operands);

        public void Check()
        {
            if (Y.IsEmpty)
                throw new ArgumentException("Y is needed.");
        }

        public void Expand(IDevice device) => device.Run(new Fill(1, Y));
    }

    /// <summary>An operation that only a kernel from outside can do.</summary>
    private readonly record struct Lone(View<float> Y) : IOperation
    {
        public IReadOnlyList<Operand> Operands => new OperandList().Destination(Y).ToList();

        public OperationCost Cost => OperandList.Cost(0, Operands);

        public void Check()
        {
        }
    }
}
