using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Operations that no device has a kernel for: made of others, or of nothing.</summary>
[Collection(nameof(TestDevices))]
public sealed class ExpansionTests(TestDevices devices)
{
    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Operation_without_a_kernel_is_what_it_expands_into(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        View<float> x = workspace.Source(2, 3, [0f, 1, 2, 3, 4, 5]);
        View<float> y = workspace.Destination("y", 2, 3, Tolerance.Exact);
        device.Run(new Complement(x, y));
        Assert.Equal([1, 0, -1, -2, -3, -4], device.Read(y));
        Assert.Empty(workspace.FindDamage());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Expanded_operation_is_recorded(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> x = workspace.Destination("x", 1, 3, Tolerance.Exact, [0f, 0.25f, 2]);
        View<float> y = workspace.Destination("y", 1, 3, Tolerance.Exact);
        using IRecording recording = device.Record(() =>
        {
            device.Run(new Complement(x, y));
            device.Run(new Elementwise(ElementwiseFunction.Add, x, y, x));
        });
        for (int replay = 0; replay < 3; replay++)
            recording.Replay();
        // The first replay makes ones of x, and zeros of y from the second on.
        Assert.Equal([1, 1, 1], device.Read(x));
        Assert.Equal([0, 0, 0], device.Read(y));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Operation_that_is_made_of_nothing_is_refused_by_name(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> y = workspace.Destination("y", 1, 3, Tolerance.Exact);
        DeviceException exception = Assert.Throws<DeviceException>(() => device.Run(new Unknown(y)));
        Assert.Contains(nameof(Unknown), exception.Message, StringComparison.Ordinal);
        Assert.Contains(device.Name, exception.Message, StringComparison.Ordinal);
        Assert.All(device.Read(y), value => Assert.True(float.IsNaN(value)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Shapes_are_judged_before_anything_is_done(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> x = workspace.Source(2, 2), y = workspace.Destination("y", 2, 3, Tolerance.Exact);
        Assert.Contains("X.Length == Y.Length", Refuse(new Complement(x, y)), StringComparison.Ordinal);
        var apply = new ApplyEpilogue(x, Epilogue.Store, y);
        Assert.Contains("S is (2, 2) and C (2, 3)", Refuse(apply), StringComparison.Ordinal);
        var product = new Multiply(Orientation.NN, x, x, Epilogue.Store, y);
        Assert.Contains("C.Columns", Refuse(product), StringComparison.Ordinal);
        Assert.All(device.Read(y), value => Assert.True(float.IsNaN(value)));

        string Refuse<TOperation>(TOperation operation)
            where TOperation : struct, IOperation =>
            Assert.Throws<ArgumentException>(() => device.Run(operation)).Message;
    }

    /// <summary>y = 1 − x.</summary>
    private readonly record struct Complement(View<float> X, View<float> Y) : IOperation
    {
        public IReadOnlyList<Operand> Operands => new OperandList().Source(X).Destination(Y).ToList();

        public OperationCost Cost => OperandList.Cost(Y.Length, Operands);

        public void Check()
        {
            if (X.Length != Y.Length)
                throw new ArgumentException("X.Length == Y.Length does not hold.");
        }

        public void Expand(IDevice device)
        {
            device.Run(new Fill(1, Y));
            device.Run(new Elementwise(ElementwiseFunction.Subtract, Y, X, Y));
        }
    }

    /// <summary>An operation that only its author knows.</summary>
    private readonly record struct Unknown(View<float> Y) : IOperation
    {
        public IReadOnlyList<Operand> Operands => new OperandList().Destination(Y).ToList();

        public OperationCost Cost => OperandList.Cost(0, Operands);

        public void Check()
        {
        }
    }
}
