using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Gaussian filters, structural similarity and products of powers on every device.</summary>
[Collection(nameof(TestDevices))]
public sealed class SimilarityTests(TestDevices devices)
{
    public static TheoryData<string, string> DevicesAndOperations =>
    [
        .. from name in TestDevices.Names
           from operation in (string[])[nameof(GaussianFilter), nameof(StructuralSimilarity), nameof(PowerProduct)]
           select (name.Data, operation),
    ];

    public static TheoryData<string> Devices => TestDevices.Names;

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);

    /// <summary>⟨F x, y⟩ = ⟨x, F y⟩, and a pixel whose window is whole is a mean.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 5, 2)]
    [InlineData(16, 13, 3)]
    public void Filter_is_symmetric_and_keeps_what_is_constant_inside(int height, int width, int channels)
    {
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
        var map = new Shape(height, width, channels);
        View<float> x = workspace.Source(2, map.Size), y = workspace.Source(2, map.Size);
        View<float> fx = workspace.Destination("fx", 2, map.Size, Tolerance.Exact);
        View<float> fy = workspace.Destination("fy", 2, map.Size, Tolerance.Exact);
        device.Run(new GaussianFilter(map, 1.5f, x, fx));
        device.Run(new GaussianFilter(map, 1.5f, y, fy));
        Assert.Equal(Dot(fx, y), Dot(x, fy), 1e-12);

        device.Run(new Fill(3, x));
        device.Run(new GaussianFilter(map, 1.5f, x, fx));
        double[] filtered = ReferenceDevice.Read(fx);
        for (int i = 0; i < map.Size; i++)
        {
            int row = i / (width * channels), column = i / channels % width;
            bool isWhole = row >= 5 && row < height - 5 && column >= 5 && column < width - 5;
            Assert.True(isWhole ? Math.Abs(filtered[i] - 3) < 1e-12 : filtered[i] < 3);
        }

        static double Dot(View<float> one, View<float> other) =>
            ReferenceDevice.Read(one).Zip(ReferenceDevice.Read(other), (a, b) => a * b).Sum();
    }

    /// <summary>One pixel, whose window is 0 but for itself.</summary>
    [Fact]
    public void Reference_of_numbers_that_a_person_can_check()
    {
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> One(float value) => workspace.Source<float>(1, 1, [value]);
        View<float> Result() => workspace.Destination("result", 1, 1, Tolerance.Exact);
        View<float> similarity = Result(), mean = Result(), squares = Result(), product = Result();
        // μ = ½ and ¼, variances 0.25 + 0.0625 together, covariance 0.1.
        device.Run(new StructuralSimilarity(
            true, One(0.5f), One(0.25f), One(0.625f), One(0.225f), similarity, mean, squares, product));
        double l = (0.25 + 1e-4) / (0.3125 + 1e-4), c = (0.2 + 9e-4) / (0.3125 + 9e-4);
        Assert.Equal(l * c, ReferenceDevice.Read(similarity)[0], 1e-6);
        Assert.Equal(l * 2 / 0.3134, ReferenceDevice.Read(product)[0], 1e-6);
        Assert.Equal(-2 * l * c / 0.3134, ReferenceDevice.Read(squares)[0], 1e-6);

        // 4^½ · 27^⅓ = 6; a factor below the floor counts as 1.
        View<float> factors = workspace.Source<float>(2, 2, [4, -4, 27, 27]);
        View<float> exponents = workspace.Source(1, 2, [0.5f, 1f / 3]), power = workspace.Destination("p", 1, 2, Tolerance.Exact);
        View<float> derivatives = workspace.Destination("d", 2, 2, Tolerance.Exact);
        device.Run(new PowerProduct(factors, exponents, 1, power, derivatives));
        Assert.Equal([6, 3], ReferenceDevice.Read(power).Select(value => Math.Round(value, 6)));
        Assert.Equal([0.75, 0, 0.074074, 0.037037], ReferenceDevice.Read(derivatives).Select(value => Math.Round(value, 6)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gradients_of_the_reference_are_its_finite_differences(bool hasLuminance)
    {
        const int Pictures = 2, Pixels = 7;
        const double Step = 1e-6;
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 3, ViewPlacement.Odd);
        View<float> Source(float low, float high) => workspace.Source(Pictures, Pixels, low, high);
        View<float> meanX = Source(0, 1), meanY = Source(0, 1), squares = Source(2, 2.5f), product = Source(0, 1);
        View<float> Result(int rows, int columns) => workspace.Destination("result", rows, columns, Tolerance.Exact);
        View<float> similarity = Result(1, Pictures);
        (View<float> m, View<float> e, View<float> p) = (Result(Pictures, Pixels), Result(Pictures, Pixels), Result(Pictures, Pixels));
        double[] Run()
        {
            device.Run(new StructuralSimilarity(hasLuminance, meanX, meanY, squares, product, similarity, m, e, p));
            return ReferenceDevice.Read(similarity);
        }

        Run();
        foreach ((View<float> moment, View<float> gradient, double factor) in
            ((View<float>, View<float>, double)[])[(meanY, m, 1), (squares, e, 2), (product, p, 1)])
        {
            double[] values = ReferenceDevice.Read(moment), gradients = ReferenceDevice.Read(gradient);
            for (int i = 0; i < values.Length; i++)
            {
                double value = values[i];
                double At(double moved)
                {
                    values[i] = moved;
                    ReferenceDevice.Write(values, moment);
                    return Run()[i / Pixels];
                }

                double difference = factor * (At(value + Step) - At(value - Step)) / (2 * Step);
                At(value);
                Assert.Equal(difference, gradients[i], 1e-7);
            }
        }
    }

    [Fact]
    public void Bits_depend_neither_on_the_number_of_threads_nor_on_the_batch()
    {
        var map = new Shape(13, 9, 7);
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

        float[][] Run(IDevice device, int images)
        {
            using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
            View<float> Numbers() => workspace.Source(images, map.Size, workspace.Random(21 * map.Size, u => u)[..(images * map.Size)]);
            View<float> Result() => workspace.Destination("result", images, map.Size, Tolerance.Exact);
            View<float> x = Numbers(), filtered = Result(), similarity = workspace.Destination("s", 1, images, Tolerance.Exact);
            View<float> m = Result(), e = Result(), p = Result();
            device.Run(new GaussianFilter(map, 1.5f, x, filtered));
            device.Run(new StructuralSimilarity(true, x, filtered, Numbers(), Numbers(), similarity, m, e, p));
            return [device.Read(filtered), device.Read(similarity), device.Read(m), device.Read(e), device.Read(p)];
        }
    }

    /// <summary>A model that diverges shows it.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void Not_a_number_stays_one(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> Numbers(params float[] values) => workspace.Source(1, values.Length, values);
        View<float> Result(int length) => workspace.Destination("result", 1, length, Tolerance.Exact);
        View<float> similarity = Result(1), product = Result(1);
        device.Run(new StructuralSimilarity(
            true, Numbers(1, 1), Numbers(1, 1), Numbers(2, float.NaN), Numbers(1, 1), similarity, Result(2), Result(2),
            Result(2)));
        Assert.Equal([float.NaN], device.Read(similarity));
        device.Run(new PowerProduct(Numbers(float.NaN), Numbers(0.5f), 0.1f, product, Result(1)));
        Assert.Equal([float.NaN], device.Read(product));
    }

    [Fact]
    public void Maps_of_another_size_and_filters_in_place_are_refused()
    {
        using var device = new ReferenceDevice();
        using var workspace = new CaseWorkspace(device, 5, ViewPlacement.Odd);
        View<float> x = workspace.Source(2, 12), y = workspace.Destination("y", 2, 12, Tolerance.Exact);
        Assert.Throws<ArgumentException>(() => device.Run(new GaussianFilter(new(2, 3, 1), 1.5f, x, y)));
        Assert.Throws<ArgumentException>(() => device.Run(new GaussianFilter(new(2, 3, 2), 0, x, y)));
        Assert.Throws<ArgumentException>(() => device.Run(new GaussianFilter(new(2, 3, 2), 1.5f, y, y)));
        Assert.Throws<ArgumentException>(() => device.Run(new PowerProduct(x, x.RowRange(0, 1), 1, y.RowRange(0, 1), y)));
        device.Run(new GaussianFilter(new(2, 3, 2), 1.5f, x, y));
    }
}
