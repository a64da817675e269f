using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Sums and largest numbers of windows on every device.</summary>
[Collection(nameof(TestDevices))]
public sealed class PoolingTests(TestDevices devices)
{
    private static readonly ConvolutionGeometry _overlapping = new(new(13, 9, 37), new(6, 4, 37), 3, 2, 0, 0);

    public static TheoryData<string, string> DevicesAndOperations =>
    [
        .. from name in TestDevices.Names
           from operation in (string[])
               [nameof(SumWindows), nameof(SpreadWindows), nameof(MaxWindows), nameof(MaxWindowsGradient)]
           select (name.Data, operation),
    ];

    public static TheoryData<string> Devices => TestDevices.Names;

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);

    /// <summary>⟨sum x, y⟩ = ⟨x, spread y⟩.</summary>
    [Theory]
    [InlineData(7, 5, 3, 3, 2, 0, 3, false)]
    [InlineData(13, 5, 1, 2, 2, 0, 7, false)]
    [InlineData(7, 9, 7, 2, 2, 0, 3, true)]
    [InlineData(4, 6, 2, 3, 2, 1, 2, false)]
    public void Sum_and_spread_are_adjoint(
        int height, int width, int channels, int kernel, int stride, int before, int small, bool reachesEdge)
    {
        const int Images = 3;
        using var device = new ReferenceDevice();
        var geometry = new ConvolutionGeometry(
            new(height, width, channels),
            new(small, ConvolutionGeometry.SmallSide(width, kernel, stride, 2 * before), channels), kernel, stride, before, before);
        using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
        View<float> x = workspace.Source(Images, geometry.Large.Size), g = workspace.Source(Images, geometry.Small.Size);
        View<float> y = workspace.Destination("y", Images, geometry.Small.Size, Tolerance.Exact);
        View<float> back = workspace.Destination("x", Images, geometry.Large.Size, Tolerance.Exact);
        device.Run(new SumWindows(geometry, reachesEdge, 0.7f, x, Epilogue.Store, y));
        device.Run(new SpreadWindows(geometry, reachesEdge, 0.7f, g, Epilogue.Store, back));
        double form = Dot(y, g);
        Assert.NotEqual(0, form);
        Assert.Equal(form, Dot(x, back), 1e-9);

        static double Dot(View<float> one, View<float> other) =>
            ReferenceDevice.Read(one).Zip(ReferenceDevice.Read(other), (a, b) => a * b).Sum();
    }

    // 1 2 3
    // 4 9 9
    // 7 9 0
    [Fact]
    public void Reference_of_a_map_that_a_person_can_check()
    {
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        var geometry = new ConvolutionGeometry(new(3, 3, 1), new(2, 2, 1), Kernel: 2, Stride: 1, Top: 0, Left: 0);
        View<float> x = workspace.Source<float>(1, 9, [1, 2, 3, 4, 9, 9, 7, 9, 0]);
        View<float> g = workspace.Source<float>(1, 4, [1, 10, 100, 1000]);
        View<float> small = workspace.Destination("y", 1, 4, Tolerance.Exact);
        View<float> large = workspace.Destination("x", 1, 9, Tolerance.Exact);
        device.Run(new SumWindows(geometry, false, 0.5f, x, Epilogue.Store, small));
        Assert.Equal([8, 11.5, 14.5, 13.5], ReferenceDevice.Read(small));
        device.Run(new MaxWindows(geometry, x, Epilogue.Store, small));
        Assert.Equal([9, 9, 9, 9], ReferenceDevice.Read(small));
        device.Run(new SpreadWindows(geometry, false, 2, g, Epilogue.Store, large));
        Assert.Equal([2, 22, 20, 202, 2222, 2020, 200, 2200, 2000], ReferenceDevice.Read(large));
        device.Run(new MaxWindowsGradient(geometry, x, g, Epilogue.Store, large));
        Assert.Equal([0, 0, 0, 0, 1111, 0, 0, 0, 0], ReferenceDevice.Read(large));

        // Blocks of two of which the second reaches to the edge.
        geometry = geometry with { Small = new(1, 1, 1), Stride = 2 };
        View<float> one = workspace.Source<float>(1, 1, [5]), sum = workspace.Destination("sum", 1, 1, Tolerance.Exact);
        device.Run(new SpreadWindows(geometry, true, 1, one, Epilogue.Store, large));
        Assert.Equal(Enumerable.Repeat(5.0, 9), ReferenceDevice.Read(large));
        device.Run(new SpreadWindows(geometry, false, 1, one, Epilogue.Store, large));
        Assert.Equal([5, 5, 0, 5, 5, 0, 0, 0, 0], ReferenceDevice.Read(large));
        device.Run(new SumWindows(geometry, true, 1, x, Epilogue.Store, sum));
        Assert.Equal([44], ReferenceDevice.Read(sum));
    }

    /// <summary>A model that diverges shows it: no NaN is passed over for a number, wherever in a window it is.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void Largest_number_of_a_window_with_a_NaN_is_NaN(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        var geometry = new ConvolutionGeometry(new(2, 2, 1), new(1, 1, 1), Kernel: 2, Stride: 2, Top: 0, Left: 0);
        var values = new float[20];
        Array.Fill(values, 1);
        values[16] = float.NegativeInfinity;
        for (int place = 0; place < 4; place++)
            values[(4 * place) + place] = float.NaN;
        View<float> x = workspace.Source(5, 4, values), y = workspace.Destination("y", 5, 1, Tolerance.Exact);
        device.Run(new MaxWindows(geometry, x, Epilogue.Store, y));
        Assert.Equal([float.NaN, float.NaN, float.NaN, float.NaN, 1], device.Read(y));
    }

    [Fact]
    public void Bits_depend_neither_on_the_number_of_threads_nor_on_the_batch()
    {
        using var one = CpuDevice.Create(1);
        float[][] expected = Run(one, 21), few = Run(one, 1);
        foreach (int threads in (int[])[2, 3])
        {
            using var device = CpuDevice.Create(threads);
            Assert.Equal(expected, Run(device, 21));
            Assert.Equal(few, Run(device, 1));
        }
        for (int i = 0; i < few.Length; i++)
            Assert.Equal(expected[i][..few[i].Length], few[i]);

        static float[][] Run(IDevice device, int images)
        {
            using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
            float[] Numbers(int size) => workspace.Random(21 * size, u => MathF.Floor(40 * u) - 20.3f)[..(images * size)];
            View<float> x = workspace.Source(images, _overlapping.Large.Size, Numbers(_overlapping.Large.Size));
            View<float> g = workspace.Source(images, _overlapping.Small.Size, Numbers(_overlapping.Small.Size));
            View<float> sum = Small(), max = Small(), spread = Large(), gradient = Large();
            device.Run(new SumWindows(_overlapping, false, 0.3f, x, Epilogue.Store, sum));
            device.Run(new SpreadWindows(_overlapping, false, 0.3f, g, Epilogue.Store, spread));
            device.Run(new MaxWindows(_overlapping, x, Epilogue.Activate(Activation.Tanh), max));
            device.Run(new MaxWindowsGradient(_overlapping, x, g, Epilogue.Derivative(x, Activation.Tanh), gradient));
            return [device.Read(sum), device.Read(spread), device.Read(max), device.Read(gradient)];

            View<float> Small() => workspace.Destination("small", images, _overlapping.Small.Size, Tolerance.Exact);

            View<float> Large() => workspace.Destination("large", images, _overlapping.Large.Size, Tolerance.Exact);
        }
    }

    [Fact]
    public void Maps_of_other_channels_and_epilogues_with_a_bias_are_refused()
    {
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
        var geometry = new ConvolutionGeometry(new(2, 2, 3), new(1, 1, 4), Kernel: 2, Stride: 2, Top: 0, Left: 0);
        View<float> x = workspace.Source(1, 12), four = workspace.Destination("y", 1, 4, Tolerance.Exact);
        Assert.Throws<ArgumentException>(() => device.Run(new SumWindows(geometry, false, 1, x, Epilogue.Store, four)));
        geometry = geometry with { Small = new(1, 1, 3) };
        View<float> y = workspace.Destination("y", 1, 3, Tolerance.Exact);
        Epilogue biased = Epilogue.BiasActivation(workspace.Source(1, 3), Activation.Relu);
        Assert.Throws<ArgumentException>(() => device.Run(new MaxWindows(geometry, x, biased, y)));
        device.Run(new MaxWindows(geometry, x, Epilogue.Store, y));
    }
}
