using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(TestDevices))]
public sealed class MultiplyTests(TestDevices devices)
{
    // (1 2 3; 4 5 6) · (7 8; 9 10; 11 12), and the same operands as they lie in memory when transposed.
    private static readonly float[] _a = [1, 2, 3, 4, 5, 6], _aTransposed = [1, 4, 2, 5, 3, 6];
    private static readonly float[] _b = [7, 8, 9, 10, 11, 12], _bTransposed = [7, 9, 11, 8, 10, 12];
    private static readonly float[] _product = [58, 64, 139, 154];

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Products_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(Multiply));

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Gradients_of_weights_and_bias_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(LinearGradient));

    [Fact]
    public void Reference_multiplies_in_every_orientation()
    {
        Assert.Equal(_product, Multiply(Orientation.NN, _ => Epilogue.Store));
        Assert.Equal(_product, Multiply(Orientation.NT, _ => Epilogue.Store));
        Assert.Equal(_product, Multiply(Orientation.TN, _ => Epilogue.Store));
    }

    [Fact]
    public void Reference_adds_the_bias_before_the_activation()
    {
        float[] c = Multiply(
            Orientation.NT,
            workspace => Epilogue.BiasActivation(workspace.Source(1, 2, [-60f, -100f]), Activation.Relu));
        Assert.Equal([0, 0, 79, 54], c);
    }

    [Fact]
    public void Reference_takes_the_derivative_from_the_activated_value()
    {
        float[] c = Multiply(
            Orientation.NN,
            workspace => Epilogue.Derivative(workspace.Source(2, 2, [0f, 0.5f, 1f, -0.5f]), Activation.Tanh));
        Assert.Equal([58, 48, 0, 115.5f], c);
    }

    [Fact]
    public void Reference_sums_the_loss_of_a_row_and_scales_its_gradient()
    {
        float[] loss = [];
        float[] c = Multiply(
            Orientation.NN,
            workspace => Epilogue.NegativeLogLikelihood(
                workspace.Source(2, 2, [1f, 2f, 80f, 90f]), Likelihood.Gaussian, 0.5f,
                workspace.Destination("loss", 1, 2, Tolerance.Exact)).WithBias(workspace.Source(1, 2, [-58f, -60f])),
            (device, epilogue) => loss = device.Read(epilogue.Loss));
        // Outputs are (0 4; 81 94), residuals (−1 2; 1 4).
        Assert.Equal([-0.5f, 1, 0.5f, 2], c);
        Assert.Equal([2.5f, 8.5f], loss);
    }

    private static float[] Multiply(
        Orientation orientation, Func<CaseWorkspace, Epilogue> createEpilogue, Action<IDevice, Epilogue>? look = null)
    {
        using var reference = new ReferenceDevice();
        using var workspace = new CaseWorkspace(reference, 1, ViewPlacement.Odd);
        View<float> a = orientation == Orientation.TN ? workspace.Source(3, 2, _aTransposed) : workspace.Source(2, 3, _a);
        View<float> b = orientation == Orientation.NT ? workspace.Source(2, 3, _bTransposed) : workspace.Source(3, 2, _b);
        View<float> c = workspace.Destination("c", 2, 2, Tolerance.Exact);
        Epilogue epilogue = createEpilogue(workspace);
        reference.Run(new Multiply(orientation, a, b, epilogue, c));
        look?.Invoke(reference, epilogue);
        return reference.Read(c);
    }
}
