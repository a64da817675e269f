using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using Xunit;

namespace GpuVae.Tests;

public sealed class GpuOperationWithSmallGroups(SmallGroups groups) : GpuOperationTests(groups.Device),
    IClassFixture<SmallGroups>;

public sealed class GpuOperationWithGpuGroups(GpuGroups groups) : GpuOperationTests(groups.Device),
    IClassFixture<GpuGroups>;

/// <summary>Every operation but products against its formula in double precision, and the memory.</summary>
public abstract class GpuOperationTests(IDevice device) : GpuTests(device)
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(33, 31)]
    [InlineData(2, 300)]
    public void Columns_and_rows_are_summed(int rows, int columns)
    {
        float[] values = Draw(1, rows * columns);
        View<float> matrix = Matrix(values, rows, columns);
        using DeviceBuffer<float> sums = Device.Allocate<float>(columns);
        using DeviceBuffer<float> history = Device.Allocate<float>(4L * rows);

        Device.Run(new SumColumns(matrix, sums.AsVector()));
        Device.Run(new SumTerms(matrix, Counters(2, 9), history.AsMatrix(4, rows)));

        double[] byColumn = new double[columns], byRow = new double[rows];
        for (int i = 0; i < values.Length; i++)
        {
            byColumn[i % columns] += values[i];
            byRow[i / columns] += values[i];
        }
        AssertClose(byColumn, Download(sums.AsVector()), 1e-5);
        float[] steps = Download(history.AsVector());
        AssertClose(byRow, steps[(2 * rows)..(3 * rows)], 1e-5);
        Assert.All(steps[..(2 * rows)].Concat(steps[(3 * rows)..]), value => Assert.Equal(0f, value));
    }

    [Theory]
    [InlineData(PixelEncoding.Scaled)]
    [InlineData(PixelEncoding.Threshold)]
    [InlineData(PixelEncoding.Resampled)]
    public void Gather_takes_the_batch_that_the_counters_point_at(PixelEncoding encoding)
    {
        const int Count = 11, Dimensions = 31, Batch = 4, Rows = 3, Step = 2;
        byte[] images = [.. Enumerable.Range(0, Count * Dimensions).Select(i => (byte)(i * 37))];
        int[] order = [10, 3, 5, 7, 0, 1, 2, 4, 6, 8, 9];
        using DeviceBuffer<byte> imageBuffer = Device.Allocate<byte>(images.Length);
        Device.Upload<byte>(images, imageBuffer.AsVector());
        using DeviceBuffer<int> orderBuffer = Device.Allocate<int>(Count);
        Device.Upload<int>(order, orderBuffer.AsVector());
        using DeviceBuffer<float> x = Device.Allocate<float>(Rows * Dimensions);

        Device.Run(new Gather<byte>(
            imageBuffer.AsMatrix(Count, Dimensions), orderBuffer.AsVector(), Counters(Step, 5), Batch, encoding, Noise,
            x.AsMatrix(Rows, Dimensions)));

        float[] uniforms = new float[Rows * Dimensions];
        Philox.FillUniform(Noise, 5, uniforms);
        double[] expected = new double[Rows * Dimensions];
        for (int i = 0; i < expected.Length; i++)
        {
            byte pixel = images[(order[(Step * Batch) + (i / Dimensions)] * Dimensions) + (i % Dimensions)];
            expected[i] = encoding switch
            {
                PixelEncoding.Scaled => pixel / 255.0,
                PixelEncoding.Threshold => pixel >= 128 ? 1 : 0,
                _ => uniforms[i] < pixel / 255f ? 1 : 0,
            };
        }
        AssertClose(expected, Download(x.AsVector()), 1e-7);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 7)]
    [InlineData(3, 33)]
    public void Sampling_and_its_gradient_follow_the_formulas(int rows, int units)
    {
        const double Scale = 0.25, Weight = 0.5;
        float[] posterior = Draw(1, 2 * rows * units), zGradient = Draw(2, rows * units);
        posterior[units] = 25f;
        posterior[^1] = -25f;
        View<float> posteriorView = Matrix(posterior, rows, 2 * units);
        using DeviceBuffer<float> epsilon = Device.Allocate<float>(rows * units);
        using DeviceBuffer<float> z = Device.Allocate<float>(rows * units);
        using DeviceBuffer<float> divergence = Device.Allocate<float>(rows);
        using DeviceBuffer<float> gradient = Device.Allocate<float>(2 * rows * units);

        Device.Run(new SampleGaussian(
            Covariance.Diagonal, posteriorView, Counters(1, 6), Noise, epsilon.AsMatrix(rows, units),
            z.AsMatrix(rows, units), divergence.AsVector()));
        Device.Run(new SampleGaussianGradient(
            Covariance.Diagonal, posteriorView, epsilon.AsMatrix(rows, units), Matrix(zGradient, rows, units),
            Matrix([0, 0, 0, 0, 0, 0, (float)Weight, 0], 2, 4), Counters(1, 6), (float)Scale, default,
            gradient.AsMatrix(rows, 2 * units)));

        float[] draws = new float[rows * units];
        Philox.FillNormal(Noise, 6, draws);
        double[] expectedZ = new double[rows * units], expectedDivergence = new double[rows];
        double[] expectedGradient = new double[2 * rows * units];
        for (int i = 0; i < rows * units; i++)
        {
            int mean = (2 * (i / units) * units) + (i % units);
            double m = posterior[mean], s = Math.Clamp(posterior[mean + units], -20f, 20f), w = Scale * Weight;
            expectedZ[i] = m + (Math.Exp(s / 2) * draws[i]);
            expectedDivergence[i / units] += 0.5 * ((m * m) + Math.Exp(s) - 1 - s);
            expectedGradient[mean] = zGradient[i] + (w * m);
            expectedGradient[mean + units] = s != posterior[mean + units]
                ? 0
                : (0.5 * Math.Exp(s / 2) * draws[i] * zGradient[i]) + (0.5 * w * (Math.Exp(s) - 1));
        }
        AssertClose([.. draws.Select(d => (double)d)], Download(epsilon.AsVector()), 1e-6);
        AssertClose(expectedZ, Download(z.AsVector()), 1e-6);
        AssertClose(expectedDivergence, Download(divergence.AsVector()), 1e-6);
        AssertClose(expectedGradient, Download(gradient.AsVector()), 1e-6);
    }

    [Fact]
    public void Adam_updates_the_moments_and_the_parameters_and_advance_ends_the_step()
    {
        const int N = 67;
        float[] gradient = Draw(1, N), first = Draw(2, N), parameters = Draw(4, N);
        float[] second = [.. Draw(3, N).Select(MathF.Abs)];
        View<float> m = Row(first), v = Row(second), theta = Row(parameters);
        View<int> counters = Counters(1, 40);

        Device.Run(new Adam(
            Row(gradient), Matrix([9, 9, 9, 9, 0.01f, 1.5f, 9, 9], 2, 4), counters, AdamSettings.Default, m, v, theta));
        Device.Run(new Advance(counters));

        double[] expectedM = [.. gradient.Select((g, i) => (0.9 * first[i]) + (0.1 * g))];
        double[] expectedV = [.. gradient.Select((g, i) => (0.999 * second[i]) + (0.001 * g * g))];
        AssertClose(expectedM, Download(m), 1e-6);
        AssertClose(expectedV, Download(v), 1e-6);
        AssertClose(
            [.. parameters.Select((p, i) => p - (0.01 * expectedM[i] / ((1.5 * Math.Sqrt(expectedV[i])) + 1e-8)))],
            Download(theta), 1e-6);
        int[] after = new int[2];
        Device.Download(counters, after);
        Assert.Equal([2, 41], after);
    }

    [Fact]
    public void Memory_starts_on_a_64_byte_boundary_and_is_zero()
    {
        using DeviceBuffer<byte> odd = Device.Allocate<byte>(3);
        using DeviceBuffer<float> buffer = Device.Allocate<float>(5);
        Assert.All(Download(buffer.AsVector()), value => Assert.Equal(0f, value));
        var memory = ((GpuBuffer<float>)buffer).Memory;
        unsafe
        {
            fixed (float* start = &memory[0])
                Assert.Equal(0, (nint)start % 64);
        }
    }

    [Fact]
    public void A_view_of_another_device_or_of_another_shape_is_refused()
    {
        using IDevice other = GpuVae.Kernels.Device.Open("ilgpu-cpu");
        using DeviceBuffer<float> foreign = other.Allocate<float>(4);
        View<float> own = Matrix([1, 2, 3, 4], 2, 2);

        Assert.Throws<ArgumentException>(() => Device.Run(new SumColumns(foreign.AsMatrix(2, 2), Row([0, 0]))));
        Assert.Throws<ArgumentException>(
            () => Device.Run(new Multiply(Orientation.NN, own, Row([1, 2]), Epilogue.Store, own)));
    }
}
