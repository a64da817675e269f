using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Convolutions on every device.</summary>
[Collection(nameof(TestDevices))]
public sealed class ConvolutionTests(TestDevices devices)
{
    public static TheoryData<string, string> DevicesAndOperations =>
    [
        .. from name in TestDevices.Names
           from operation in (string[])
               [nameof(Convolve), nameof(ConvolveTransposed), nameof(ConvolutionWeightGradient)]
           select (name.Data, operation),
    ];

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);

    /// <summary>⟨w ∗ x, g⟩ = ⟨x, wᵀ ∗ g⟩ = ⟨w, ∂w⟩: the three operations are one bilinear form, seen from its three sides.</summary>
    [Theory]
    [InlineData(7, 5, 3, 4, 3, 2, 1, 0)]
    [InlineData(4, 6, 1, 2, 4, 3, 2, 1)]
    [InlineData(3, 3, 17, 1, 3, 1, 1, 1)]
    public void The_three_operations_are_adjoint(
        int height, int width, int channels, int outputs, int kernel, int stride, int top, int left)
    {
        const int Images = 3;
        using var device = new ReferenceDevice();
        var geometry = new ConvolutionGeometry(
            new(height, width, channels),
            new(
                ConvolutionGeometry.SmallSide(height, kernel, stride, 2 * top),
                ConvolutionGeometry.SmallSide(width, kernel, stride, 2 * left), outputs),
            kernel, stride, top, left);
        using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
        View<float> x = workspace.Source(Images, geometry.Large.Size), g = workspace.Source(Images, geometry.Small.Size);
        View<float> w = workspace.Source(outputs, geometry.Depth);
        View<float> y = workspace.Destination("y", Images, geometry.Small.Size, Tolerance.Exact);
        View<float> back = workspace.Destination("x", Images, geometry.Large.Size, Tolerance.Exact);
        View<float> gradient = workspace.Destination("w", outputs, geometry.Depth, Tolerance.Exact);
        device.Run(new Convolve(geometry, x, w, Epilogue.Store, y));
        device.Run(new ConvolveTransposed(geometry, g, w, Epilogue.Store, back));
        device.Run(new ConvolutionWeightGradient(geometry, x, g, gradient));
        double form = Dot(y, g);
        Assert.NotEqual(0, form);
        Assert.Equal(form, Dot(x, back), 1e-9);
        Assert.Equal(form, Dot(w, gradient), 1e-9);

        static double Dot(View<float> one, View<float> other) =>
            ReferenceDevice.Read(one).Zip(ReferenceDevice.Read(other), (a, b) => a * b).Sum();
    }

    [Theory]
    [InlineData(32, 40, 3, 2)]
    [InlineData(1, 20, 3, 1)]
    [InlineData(20, 1, 3, 2)]
    [InlineData(32, 1, 3, 1)]
    [InlineData(2, 16, 3, 1)]
    [InlineData(16, 2, 4, 2)]
    [InlineData(1, 32, 5, 2)]
    [InlineData(24, 8, 3, 2)]
    [InlineData(6, 5, 4, 1)]
    [InlineData(24, 20, 1, 1)]
    public void Bits_depend_neither_on_the_number_of_threads_nor_on_the_batch(int channels, int outputs, int kernel, int stride)
    {
        var geometry = Convolution.GeometryOf(new Shape(13, 9, channels), outputs, kernel, stride, padding: null);
        using var one = CpuDevice.Create(1);
        float[][] expected = Run(one, 21);
        foreach (int threads in (int[])[2, 3])
        {
            using var device = CpuDevice.Create(threads);
            Assert.Equal(expected, Run(device, 21));
        }
        float[][] fewer = Run(one, 10);
        Assert.Equal(expected[0][..fewer[0].Length], fewer[0]);
        Assert.Equal(expected[1][..fewer[1].Length], fewer[1]);

        float[][] Run(IDevice device, int images)
        {
            using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
            View<float> w = workspace.Source(outputs, geometry.Depth);
            float[] Numbers(int size) => workspace.Random(21 * size, u => u - 0.5f)[..(images * size)];
            View<float> x = workspace.Source(images, geometry.Large.Size, Numbers(geometry.Large.Size));
            View<float> g = workspace.Source(images, geometry.Small.Size, Numbers(geometry.Small.Size));
            View<float> y = workspace.Destination("y", images, geometry.Small.Size, Tolerance.Exact);
            View<float> back = workspace.Destination("x", images, geometry.Large.Size, Tolerance.Exact);
            View<float> gradient = workspace.Destination("w", outputs, geometry.Depth, Tolerance.Exact);
            device.Run(new Convolve(geometry, x, w, Epilogue.Store, y));
            device.Run(new ConvolveTransposed(geometry, g, w, Epilogue.Store, back));
            device.Run(new ConvolutionWeightGradient(geometry, x, g, gradient));
            return [device.Read(y), device.Read(back), device.Read(gradient)];
        }
    }
}
