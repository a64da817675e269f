using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests;

public sealed class GpuProductWithSmallGroups(SmallGroups groups) : GpuProductTests(groups.Device),
    IClassFixture<SmallGroups>;

public sealed class GpuProductWithGpuGroups(GpuGroups groups) : GpuProductTests(groups.Device),
    IClassFixture<GpuGroups>;

/// <summary>Products against plain loops in double precision, at sizes that no tile divides.</summary>
public abstract class GpuProductTests(IDevice device) : GpuTests(device)
{
    public static TheoryData<Orientation, int, int, int> Shapes => new(
        from orientation in Enum.GetValues<Orientation>()
        from shape in ((int, int, int)[])
        [
            (1, 1, 1), (31, 33, 5), (33, 1, 31), (1, 65, 33), (65, 70, 33), (5, 9, 130), (36, 44, 20), (4, 8, 260),
            (129, 133, 21), (132, 140, 20),
        ]
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
    [InlineData("identity")]
    [InlineData("relu")]
    [InlineData("tanh")]
    [InlineData("sigmoid")]
    public void Epilogues_apply_the_activation_and_its_derivative(string function)
    {
        Activation activation = Activation.All.Single(known => known.Name == function);
        const int M = 5, N = 33, K = 3;
        float[] a = Draw(1, M * K), b = Draw(2, N * K), bias = Draw(3, N);

        float[] y = Multiply(Orientation.NT, a, b, _ => Epilogue.BiasActivation(Row(bias), activation), M, N, K);
        float[] gradient =
            Multiply(Orientation.NT, a, b, _ => Epilogue.Derivative(Matrix(y, M, N), activation), M, N, K);

        double[] sums = Sums(Orientation.NT, a, b, M, N, K);
        AssertClose([.. sums.Select((s, i) => Apply(activation, s + bias[i % N]))], y, 1e-6);
        AssertClose([.. sums.Select((s, i) => s * Slope(activation, s + bias[i % N]))], gradient, 1e-5);
    }

    [Theory]
    [InlineData("bernoulli", 0f, 45, 3)]
    [InlineData("bernoulli", 100f, 45, 3)]
    [InlineData("bernoulli", 0f, 20, 300)]
    [InlineData("gaussian", 0f, 45, 3)]
    public void Likelihood_epilogue_gives_the_loss_of_each_row_and_its_gradient(
        string function, float shift, int n, int k)
    {
        Likelihood likelihood = Likelihood.All.Single(known => known.Name == function);
        const int M = 7;
        float[] a = Draw(1, M * k), b = Draw(2, n * k);
        float[] bias = [.. Draw(3, n).Select((v, i) => v + (i % 3 - 1) * shift)];
        float[] target = [.. Draw(4, M * n).Select(v => (float)(1 / (1 + Math.Exp(v))))];
        using DeviceBuffer<float> loss = Device.Allocate<float>(M);

        float[] gradient = Multiply(
            Orientation.NT, a, b,
            _ => Epilogue.NegativeLogLikelihood(Matrix(target, M, n), likelihood, 0.25f, loss.AsVector())
                .WithBias(Row(bias)),
            M, n, k);

        double[] outputs = [.. Sums(Orientation.NT, a, b, M, n, k).Select((s, i) => s + bias[i % n])];
        double[] expectedLoss = new double[M];
        double[] expectedGradient = new double[M * n];
        for (int i = 0; i < M * n; i++)
        {
            double l = outputs[i], x = target[i];
            bool isBernoulli = likelihood == Likelihood.Bernoulli;
            expectedLoss[i / n] += isBernoulli
                ? Math.Max(l, 0) - (l * x) + Math.Log(1 + Math.Exp(-Math.Abs(l)))
                : 0.5 * (l - x) * (l - x);
            expectedGradient[i] = 0.25 * ((isBernoulli ? 1 / (1 + Math.Exp(-l)) : l) - x);
        }
        AssertClose(expectedGradient, gradient, k * 1e-6);
        AssertClose(expectedLoss, Download(loss.AsVector()), 1e-5);

        // The same of sums that lie in memory.
        View<float> s = Matrix(Multiply(Orientation.NT, a, b, _ => Epilogue.Store, M, n, k), M, n);
        Device.Run(new Fill(float.NaN, loss.AsVector()));
        Device.Run(new ApplyEpilogue(
            s,
            Epilogue.NegativeLogLikelihood(Matrix(target, M, n), likelihood, 0.25f, loss.AsVector())
                .WithBias(Row(bias)),
            s));
        AssertClose(expectedGradient, Download(s), k * 1e-6);
        AssertClose(expectedLoss, Download(loss.AsVector()), 1e-5);
    }

    [Fact]
    public void Same_inputs_give_the_same_bits()
    {
        const int M = 33, N = 65, K = 31;
        float[] a = Draw(1, M * K), b = Draw(2, N * K), bias = Draw(3, N), target = new float[M * N];

        float[] Once()
        {
            using DeviceBuffer<float> loss = Device.Allocate<float>(M);
            float[] gradient = Multiply(
                Orientation.NT, a, b,
                _ => Epilogue.NegativeLogLikelihood(
                    Matrix(target, M, N), Likelihood.Bernoulli, 1f, loss.AsVector()).WithBias(Row(bias)),
                M, N, K);
            return [.. gradient, .. Download(loss.AsVector())];
        }

        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void Nothing_to_do_is_nothing_done()
    {
        View<float> none = Matrix([], 0, 3), noColumns = Matrix([], 2, 0);
        using DeviceBuffer<float> c = Device.Allocate<float>(4);
        Device.Upload<float>([1, 2, 3, 4], c.AsVector());

        Device.Run(new Multiply(Orientation.NN, none, Matrix([1, 2, 3], 3, 1), Epilogue.Store, Matrix([], 0, 1)));
        Device.Run(new Multiply(Orientation.NT, noColumns, noColumns, Epilogue.Store, c.AsMatrix(2, 2)));

        Assert.Equal([0, 0, 0, 0], Download(c.AsVector()));
    }

    [Fact]
    public void Not_a_number_passes_through_the_activations()
    {
        foreach (Activation activation in Activation.All)
        {
            float[] y = Multiply(
                Orientation.NT, [float.NaN], [1f], _ => Epilogue.BiasActivation(Row([0f]), activation), 1, 1, 1);
            Assert.Equal([float.NaN], y);
        }
    }

    private float[] Multiply(
        Orientation orientation, float[] a, float[] b, Func<IDevice, Epilogue> epilogue, int m, int n, int k)
    {
        View<float> left = orientation == Orientation.TN ? Matrix(a, k, m) : Matrix(a, m, k);
        View<float> right = orientation == Orientation.NT ? Matrix(b, n, k) : Matrix(b, k, n);
        using DeviceBuffer<float> c = Device.Allocate<float>(m * n);
        Device.Run(new Multiply(orientation, left, right, epilogue(Device), c.AsMatrix(m, n)));
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

    private static double Apply(Activation activation, double x) => activation.Name switch
    {
        "identity" => x,
        "relu" => Math.Max(x, 0),
        "tanh" => Math.Tanh(x),
        _ => 1 / (1 + Math.Exp(-x)),
    };

    private static double Slope(Activation activation, double x) => activation.Name switch
    {
        "identity" => 1,
        "relu" => x > 0 ? 1 : 0,
        "tanh" => 1 - Math.Pow(Math.Tanh(x), 2),
        _ => 1 / (1 + Math.Exp(-x)) / (1 + Math.Exp(x)),
    };
}
