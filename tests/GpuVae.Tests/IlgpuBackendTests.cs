using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// The ILGPU kernels on ILGPU's CPU accelerator against plain loops in double precision, at sizes that no tile divides.
/// </summary>
public sealed class IlgpuBackendTests : IDisposable
{
    private static readonly RandomSource Noise = new(7, RandomPurpose.TrainingCode);

    private readonly IBackend backend = Device.Open("ilgpu-cpu");

    public void Dispose() => backend.Dispose();

    public static TheoryData<Orientation, int, int, int> Shapes => new(
        from orientation in Enum.GetValues<Orientation>()
        from shape in ((int, int, int)[])[(1, 1, 1), (31, 33, 5), (33, 1, 31), (1, 65, 33), (5, 9, 1030)]
        select (orientation, shape.Item1, shape.Item2, shape.Item3));

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Product_is_the_sum_over_the_inner_dimension(Orientation orientation, int m, int n, int k)
    {
        float[] a = Draw(1, m * k), b = Draw(2, n * k);

        float[] c = Multiply(orientation, a, b, _ => Epilogue.Store, m, n, k);

        double[] sums = Sums(orientation, a, b, m, n, k);
        AssertClose(sums, c, 1e-5);
    }

    [Theory]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Sigmoid)]
    public void Epilogues_apply_the_activation_and_its_derivative(Activation activation)
    {
        const int m = 5, n = 33, k = 3;
        float[] a = Draw(1, m * k), b = Draw(2, n * k), bias = Draw(3, n);

        float[] y = Multiply(Orientation.NT, a, b, _ => Epilogue.BiasActivation(Row(bias), activation), m, n, k);
        float[] gradient = Multiply(Orientation.NT, a, b, _ => Epilogue.Derivative(Matrix(y, m, n), activation), m, n, k);

        double[] sums = Sums(Orientation.NT, a, b, m, n, k);
        AssertClose([.. sums.Select((s, i) => Apply(activation, s + bias[i % n]))], y, 1e-6);
        AssertClose([.. sums.Select((s, i) => s * Slope(activation, s + bias[i % n]))], gradient, 1e-5);
    }

    [Theory]
    [InlineData(Likelihood.Bernoulli, 0f)]
    [InlineData(Likelihood.Bernoulli, 100f)]
    [InlineData(Likelihood.Gaussian, 0f)]
    public void Likelihood_epilogue_gives_the_loss_of_each_row_and_its_gradient(Likelihood likelihood, float shift)
    {
        const int m = 7, n = 45, k = 3;
        float[] a = Draw(1, m * k), b = Draw(2, n * k), bias = [.. Draw(3, n).Select((v, i) => v + (i % 3 - 1) * shift)];
        float[] target = [.. Draw(4, m * n).Select(v => (float)(1 / (1 + Math.Exp(v))))];
        using DeviceBuffer<float> loss = backend.Allocate<float>(m);

        float[] gradient = Multiply(
            Orientation.NT, a, b,
            _ => Epilogue.NegativeLogLikelihood(Row(bias), Matrix(target, m, n), likelihood, 0.25f, loss.AsVector()),
            m, n, k);

        double[] outputs = [.. Sums(Orientation.NT, a, b, m, n, k).Select((s, i) => s + bias[i % n])];
        double[] expectedLoss = new double[m];
        double[] expectedGradient = new double[m * n];
        for (int i = 0; i < m * n; i++)
        {
            double l = outputs[i], x = target[i];
            bool isBernoulli = likelihood == Likelihood.Bernoulli;
            expectedLoss[i / n] += isBernoulli
                ? Math.Max(l, 0) - (l * x) + Math.Log(1 + Math.Exp(-Math.Abs(l)))
                : 0.5 * (l - x) * (l - x);
            expectedGradient[i] = 0.25 * ((isBernoulli ? 1 / (1 + Math.Exp(-l)) : l) - x);
        }
        AssertClose(expectedGradient, gradient, 1e-6);
        AssertClose(expectedLoss, Download(loss.AsVector()), 1e-5);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(33, 31)]
    [InlineData(2, 300)]
    public void Columns_and_rows_are_summed(int rows, int columns)
    {
        float[] values = Draw(1, rows * columns);
        View<float> matrix = Matrix(values, rows, columns);
        using DeviceBuffer<float> sums = backend.Allocate<float>(columns);
        using DeviceBuffer<float> history = backend.Allocate<float>(4L * rows);

        backend.SumColumns(matrix, sums.AsVector());
        backend.SumTerms(matrix, Counters(2, 9), history.AsMatrix(4, rows));

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
        const int count = 11, dimensions = 31, batch = 4, rows = 3, step = 2;
        byte[] images = [.. Enumerable.Range(0, count * dimensions).Select(i => (byte)(i * 37))];
        int[] order = [10, 3, 5, 7, 0, 1, 2, 4, 6, 8, 9];
        using DeviceBuffer<byte> imageBuffer = backend.Allocate<byte>(images.Length);
        backend.Upload<byte>(images, imageBuffer.AsVector());
        using DeviceBuffer<int> orderBuffer = backend.Allocate<int>(count);
        backend.Upload<int>(order, orderBuffer.AsVector());
        using DeviceBuffer<float> x = backend.Allocate<float>(rows * dimensions);

        backend.Gather(
            imageBuffer.AsMatrix(count, dimensions), orderBuffer.AsVector(), Counters(step, 5), batch, encoding, Noise,
            x.AsMatrix(rows, dimensions));

        float[] uniforms = new float[rows * dimensions];
        Philox.FillUniform(Noise, 5, uniforms);
        double[] expected = new double[rows * dimensions];
        for (int i = 0; i < expected.Length; i++)
        {
            byte pixel = images[(order[(step * batch) + (i / dimensions)] * dimensions) + (i % dimensions)];
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
        const double scale = 0.25, weight = 0.5;
        float[] posterior = Draw(1, 2 * rows * units), zGradient = Draw(2, rows * units);
        posterior[units] = 25f;
        posterior[^1] = -25f;
        View<float> posteriorView = Matrix(posterior, rows, 2 * units);
        using DeviceBuffer<float> epsilon = backend.Allocate<float>(rows * units);
        using DeviceBuffer<float> z = backend.Allocate<float>(rows * units);
        using DeviceBuffer<float> divergence = backend.Allocate<float>(rows);
        using DeviceBuffer<float> gradient = backend.Allocate<float>(2 * rows * units);

        backend.SampleDiagonal(
            posteriorView, Counters(1, 6), Noise, epsilon.AsMatrix(rows, units), z.AsMatrix(rows, units),
            divergence.AsVector());
        backend.SampleDiagonalGradient(
            posteriorView, epsilon.AsMatrix(rows, units), Matrix(zGradient, rows, units),
            Matrix([0, 0, 0, 0, 0, (float)weight], 2, 3), Counters(1, 6), (float)scale, gradient.AsMatrix(rows, 2 * units));

        float[] draws = new float[rows * units];
        Philox.FillNormal(Noise, 6, draws);
        double[] expectedZ = new double[rows * units], expectedDivergence = new double[rows];
        double[] expectedGradient = new double[2 * rows * units];
        for (int i = 0; i < rows * units; i++)
        {
            int mean = (2 * (i / units) * units) + (i % units);
            double m = posterior[mean], s = Math.Clamp(posterior[mean + units], -20f, 20f), w = scale * weight;
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
        const int n = 67;
        float[] gradient = Draw(1, n), first = Draw(2, n), parameters = Draw(4, n);
        float[] second = [.. Draw(3, n).Select(MathF.Abs)];
        View<float> m = Row(first), v = Row(second), theta = Row(parameters);
        View<int> counters = Counters(1, 40);

        backend.Adam(
            Row(gradient), Matrix([9, 9, 9, 0.01f, 1.5f, 9], 2, 3), counters, AdamSettings.Default, m, v, theta);
        backend.Advance(counters);

        double[] expectedM = [.. gradient.Select((g, i) => (0.9 * first[i]) + (0.1 * g))];
        double[] expectedV = [.. gradient.Select((g, i) => (0.999 * second[i]) + (0.001 * g * g))];
        AssertClose(expectedM, Download(m), 1e-6);
        AssertClose(expectedV, Download(v), 1e-6);
        AssertClose(
            [.. parameters.Select((p, i) => p - (0.01 * expectedM[i] / ((1.5 * Math.Sqrt(expectedV[i])) + 1e-8)))],
            Download(theta), 1e-6);
        int[] after = new int[2];
        backend.Download(counters, after);
        Assert.Equal([2, 41], after);
    }

    [Fact]
    public void Same_inputs_give_the_same_bits()
    {
        const int m = 33, n = 65, k = 31;
        float[] a = Draw(1, m * k), b = Draw(2, n * k), bias = Draw(3, n), target = new float[m * n];

        float[] Once()
        {
            using DeviceBuffer<float> loss = backend.Allocate<float>(m);
            float[] gradient = Multiply(
                Orientation.NT, a, b,
                _ => Epilogue.NegativeLogLikelihood(
                    Row(bias), Matrix(target, m, n), Likelihood.Bernoulli, 1f, loss.AsVector()),
                m, n, k);
            return [.. gradient, .. Download(loss.AsVector())];
        }

        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void Nothing_to_do_is_nothing_done()
    {
        View<float> none = Matrix([], 0, 3), noColumns = Matrix([], 2, 0);
        using DeviceBuffer<float> c = backend.Allocate<float>(4);
        backend.Upload<float>([1, 2, 3, 4], c.AsVector());

        backend.Multiply(Orientation.NN, none, Matrix([1, 2, 3], 3, 1), Epilogue.Store, Matrix([], 0, 1));
        backend.Multiply(Orientation.NT, noColumns, noColumns, Epilogue.Store, c.AsMatrix(2, 2));

        Assert.Equal([0, 0, 0, 0], Download(c.AsVector()));
    }

    [Fact]
    public void Not_a_number_passes_through_the_activations()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            float[] y = Multiply(
                Orientation.NT, [float.NaN], [1f], _ => Epilogue.BiasActivation(Row([0f]), activation), 1, 1, 1);
            Assert.Equal([float.NaN], y);
        }
    }

    [Fact]
    public void Memory_starts_on_a_64_byte_boundary_and_is_zero()
    {
        using DeviceBuffer<byte> odd = backend.Allocate<byte>(3);
        using DeviceBuffer<float> buffer = backend.Allocate<float>(5);
        Assert.All(Download(buffer.AsVector()), value => Assert.Equal(0f, value));
        var memory = ((GpuVae.Kernels.Ilgpu.IlgpuBuffer<float>)buffer).Memory;
        unsafe
        {
            fixed (float* start = &memory[0])
                Assert.Equal(0, (nint)start % 64);
        }
    }

    [Fact]
    public void A_view_of_another_backend_or_of_another_shape_is_refused()
    {
        using IBackend other = Device.Open("ilgpu-cpu");
        using DeviceBuffer<float> foreign = other.Allocate<float>(4);
        View<float> own = Matrix([1, 2, 3, 4], 2, 2);

        Assert.Throws<ArgumentException>(() => backend.SumColumns(foreign.AsMatrix(2, 2), Row([0, 0])));
        Assert.Throws<ArgumentException>(() => backend.Multiply(Orientation.NN, own, Row([1, 2]), Epilogue.Store, own));
    }

    private static float[] Draw(uint step, int length)
    {
        float[] values = new float[length];
        Philox.FillNormal(new RandomSource(3, RandomPurpose.Initialization), step, values);
        return values;
    }

    private View<float> Row(float[] values) => Matrix(values, 1, values.Length);

    private View<float> Matrix(float[] values, int rows, int columns)
    {
        View<float> view = backend.Allocate<float>(values.Length).AsMatrix(rows, columns);
        backend.Upload<float>(values, view);
        return view;
    }

    private View<int> Counters(int stepInEpoch, int globalStep)
    {
        View<int> view = backend.Allocate<int>(Counter.Count).AsVector();
        backend.Upload<int>([stepInEpoch, globalStep], view);
        return view;
    }

    private float[] Download(View<float> view)
    {
        float[] values = new float[view.Length];
        backend.Download(view, values);
        return values;
    }

    private float[] Multiply(
        Orientation orientation, float[] a, float[] b, Func<IBackend, Epilogue> epilogue, int m, int n, int k)
    {
        View<float> left = orientation == Orientation.TN ? Matrix(a, k, m) : Matrix(a, m, k);
        View<float> right = orientation == Orientation.NT ? Matrix(b, n, k) : Matrix(b, k, n);
        using DeviceBuffer<float> c = backend.Allocate<float>(m * n);
        backend.Multiply(orientation, left, right, epilogue(backend), c.AsMatrix(m, n));
        return Download(c.AsVector());
    }

    private static double[] Sums(Orientation orientation, float[] a, float[] b, int m, int n, int k)
    {
        double[] sums = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int l = 0; l < k; l++)
                {
                    double left = orientation == Orientation.TN ? a[(l * m) + i] : a[(i * k) + l];
                    double right = orientation == Orientation.NT ? b[(j * k) + l] : b[(l * n) + j];
                    sums[(i * n) + j] += left * right;
                }
            }
        }
        return sums;
    }

    private static double Apply(Activation activation, double x) => activation switch
    {
        Activation.Identity => x,
        Activation.Relu => Math.Max(x, 0),
        Activation.Tanh => Math.Tanh(x),
        _ => 1 / (1 + Math.Exp(-x)),
    };

    private static double Slope(Activation activation, double x) => activation switch
    {
        Activation.Identity => 1,
        Activation.Relu => x > 0 ? 1 : 0,
        Activation.Tanh => 1 - Math.Pow(Math.Tanh(x), 2),
        _ => 1 / (1 + Math.Exp(-x)) / (1 + Math.Exp(x)),
    };

    private static void AssertClose(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double bound = tolerance * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= bound, $"element {i}: {actual[i]} where {expected[i]} is expected");
        }
    }
}
