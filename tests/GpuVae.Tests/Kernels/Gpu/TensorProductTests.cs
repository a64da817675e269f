using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Kernels.Gpu.Gemm;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using ILGPU;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// The tensor-core kernels, one by one, against sums in double precision: on a GPU, or on the stand-in for its driver, which knows the
/// ISA's layout of operands and its rounding, and where threads also run in the other order and copies arrive as late as they may.
/// </summary>
[Collection(nameof(TestDevices))]
public sealed class TensorProductTests(CudaDevices devices) : IClassFixture<CudaDevices>
{
    private static readonly (int M, int N, int K)[] _sizes =
        [(1, 1, 1), (17, 33, 5), (65, 9, 70), (20, 130, 33), (64, 64, 64), (129, 20, 20), (4, 68, 100)];

    public static TheoryData<string, Orientation, Precision, bool> Variants => new(
        from tile in (string[])["large", "small"]
        from orientation in Enum.GetValues<Orientation>()
        from precision in Enum.GetValues<Precision>()
        from loadsFloat4 in (bool[])[true, false]
        select (tile, orientation, precision, loadsFloat4));

    [Theory]
    [MemberData(nameof(Variants))]
    public void Kernel_gives_the_product_of_the_rounded_operands(
        string tile, Orientation orientation, Precision precision, bool loadsFloat4)
    {
        LazyKernel<GemmLauncher> kernel = Selector(tile, orientation, precision, loadsFloat4).For<StoreEpilogue>();
        for (int i = 0; i < 2 * _sizes.Length; i++)
        {
            (int m, int n, int k) = _sizes[i / 2];
            if (loadsFloat4)
                (m, n, k) = ((m + 3) / 4 * 4, (n + 3) / 4 * 4, (k + 3) / 4 * 4);
            StandInDriver.Set(reversed: i % 2 == 1, approximate: true);
            float[] a = Draw(1, m * k), b = Draw(2, n * k), c = new float[m * n];
            Run(Cuda, kernel, tile, loadsFloat4 ? 0 : 3, m, n, k, 1, a, b, default, c, []);
            AssertProduct(orientation, precision, a, b, m, n, k, c);
        }
    }

    /// <summary>Faults that a GPU would show now and then only.</summary>
    [Theory]
    [InlineData("cp.async.wait_group 1", "cp.async.wait_group 2")]
    [InlineData("bar.sync\t0;", "")]
    [InlineData("cvt.rna.tf32.f32 a1, pair0", "cvt.rna.tf32.f32 a3, pair0")]
    [InlineData("cvt.rna.tf32.f32 b0, pair0", "mov.b32 b0, pair0")]
    [InlineData("{a0, a1, a2, a3}, {b0, b1}", "{a0, a2, a1, a3}, {b0, b1}")]
    [InlineData("[address+32], {sum4, sum5}", "[address+32], {sum5, sum4}")]
    [InlineData("xor.b32", "or.b32")]
    public void What_a_wrong_kernel_does_is_noticed(string right, string wrong)
    {
        const int M = 64, N = 64, K = 192;
        using GpuDevice device = TestDevices.OpenStandIn(); // where no right kernel has been compiled
        float[] a = Draw(1, M * K), b = Draw(2, N * K), c = new float[M * N];
        LazyKernel<GemmLauncher> kernel = Selector("small", Orientation.NT, Precision.Tf32, true).For<StoreEpilogue>();

        using IDisposable fault = StandInDriver.Plant(right, wrong);
        StandInDriver.Set(reversed: true, approximate: true);
        Exception? thrown = Record.Exception(() =>
        {
            Run(device, kernel, "small", 0, M, N, K, 1, a, b, default, c, []);
            AssertProduct(Orientation.NT, Precision.Tf32, a, b, M, N, K, c);
        });

        Assert.NotNull(thrown);
        Assert.True(thrown is Xunit.Sdk.XunitException || thrown.Message.Contains("kernel Kernel_Run", StringComparison.Ordinal), thrown.ToString());
    }

    [Theory]
    [InlineData("large", "bernoulli", Precision.Tf32, 1)]
    [InlineData("large", "gaussian", Precision.Tf32, 3)]
    [InlineData("small", "gaussian", Precision.Bf16, 1)]
    [InlineData("small", "bernoulli", Precision.Bf16, 2)]
    public void Likelihood_epilogue_leaves_the_gradient_and_the_loss_of_each_row(
        string tile, string likelihood, Precision precision, int parts)
    {
        const int M = 35, N = 70, K = 33;
        const float Scale = 0.25f;
        bool isBernoulli = likelihood == "bernoulli";
        GemmSelector selector = Selector(tile, Orientation.NT, precision, false);
        LazyKernel<GemmLauncher> kernel = isBernoulli
            ? selector.For<LikelihoodEpilogue<BernoulliFunction, ColumnBias>>()
            : selector.For<LikelihoodEpilogue<GaussianFunction, ColumnBias>>();
        float[] a = Draw(1, M * K), b = Draw(2, N * K), bias = Draw(3, N);
        float[] target = [.. Draw(4, M * N).Select(v => 1 / (1 + MathF.Exp(v)))];
        float[] gradient = new float[M * N], losses = new float[M];
        using DeviceBuffer<float> biases = Upload(Cuda, bias, 0), targets = Upload(Cuda, target, 0);
        var operands = new EpilogueOperands(Cuda.AsArray(biases.AsVector()), Cuda.AsArray(targets.AsVector()), Scale);

        StandInDriver.Set(reversed: parts > 1, approximate: true);
        Run(Cuda, kernel, tile, 1, M, N, K, parts, a, b, operands, gradient, losses);

        for (int row = 0; row < M; row++)
        {
            double loss = 0;
            for (int column = 0; column < N; column++)
            {
                double output = bias[column], x = target[(row * N) + column];
                for (int l = 0; l < K; l++)
                    output += Round(precision, a[(row * K) + l]) * Round(precision, b[(column * K) + l]);
                loss += isBernoulli
                    ? Math.Max(output, 0) - (output * x) + Math.Log(1 + Math.Exp(-Math.Abs(output)))
                    : 0.5 * (output - x) * (output - x);
                double slope = (isBernoulli ? 1 / (1 + Math.Exp(-output)) : output) - x;
                Assert.Equal(Scale * slope, gradient[(row * N) + column], 1e-5);
            }
            Assert.Equal(loss, losses[row], loss * 1e-5);
        }
    }

    [Theory]
    [InlineData(Orientation.NT)]
    [InlineData(Orientation.NN)]
    [InlineData(Orientation.TN)]
    public void Parts_of_the_inner_dimension_add_up(Orientation orientation)
    {
        const int M = 20, N = 68, K = 500, Parts = 3;
        LazyKernel<GemmLauncher> kernel = Selector("small", orientation, Precision.Tf32, true).For<StoreEpilogue>();
        float[] a = Draw(1, M * K), b = Draw(2, N * K), c = new float[M * N];

        StandInDriver.Set(reversed: true, approximate: true);
        Run(Cuda, kernel, "small", 0, M, N, K, Parts, a, b, default, c, []);

        AssertProduct(orientation, Precision.Tf32, a, b, M, N, K, c);
    }

    /// <summary>What is summed beside the product is not rounded to tf32 or bf16.</summary>
    [Theory]
    [InlineData("large", Precision.Tf32, 1)]
    [InlineData("small", Precision.Bf16, 1)]
    [InlineData("small", Precision.Tf32, 3)]
    public void Rows_are_summed_in_float32(string tile, Precision precision, int parts)
    {
        const int M = 132, N = 132, K = 100;
        LazyKernel<GemmLauncher> kernel = Selector(tile, Orientation.TN, precision, true).For<StoreAndSumRowsEpilogue>();
        float[] a = Draw(1, M * K), b = Draw(2, N * K), c = new float[M * N], sums = new float[M];

        StandInDriver.Set(reversed: true, approximate: true);
        Run(Cuda, kernel, tile, 0, M, N, K, parts, a, b, default, c, sums);

        AssertProduct(Orientation.TN, precision, a, b, M, N, K, c);
        for (int row = 0; row < M; row++)
            Assert.Equal(Enumerable.Range(0, K).Sum(l => (double)a[(l * M) + row]), sums[row], 1e-4);
    }

    private GpuDevice Cuda => (GpuDevice)devices.Open(Precision.Fp32);

    private static void AssertProduct(
        Orientation orientation, Precision precision, float[] a, float[] b, int m, int n, int k, float[] c)
    {
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = 0, magnitude = 0;
                for (int l = 0; l < k; l++)
                {
                    double left = Round(precision, orientation == Orientation.TN ? a[(l * m) + row] : a[(row * k) + l]);
                    double right =
                        Round(precision, orientation == Orientation.NT ? b[(column * k) + l] : b[(l * n) + column]);
                    sum += left * right;
                    magnitude += Math.Abs(left * right);
                }
                // Sums of float32, and in fp32 what the three products leave out.
                double bound = magnitude * (precision == Precision.Fp32 ? Math.Pow(2, -20) : Math.Pow(2, -21));
                Assert.True(
                    Math.Abs(c[(row * n) + column] - sum) <= bound,
                    $"{m}x{n}x{k} ({row}, {column}): {c[(row * n) + column]} where {sum} is expected");
            }
        }
    }

    private static GemmSelector Selector(string tile, Orientation orientation, Precision precision, bool loadsFloat4) => new(
        tile == "large" ? TileKind.LargeTensor : TileKind.SmallTensor, loadsFloat4, orientation,
        precision switch { Precision.Tf32 => TensorMode.Tf32, Precision.Bf16 => TensorMode.Bf16, _ => TensorMode.Tf32x3 }, CopiesAhead: true);

    /// <summary>Runs the kernel; <paramref name="skip"/> moves the operands off a 16-byte boundary.</summary>
    private static void Run(
        GpuDevice device, LazyKernel<GemmLauncher> kernel, string tile, int skip, int m, int n, int k, int parts, float[] a,
        float[] b, EpilogueOperands operands, float[] c, float[] rows)
    {
        int side = tile == "large" ? 128 : 64, depth = tile == "large" ? 16 : 32;
        int slices = (k + depth - 1) / depth;
        (int tileColumns, int tileRows) = ((n + side - 1) / side, (m + side - 1) / side);
        int[] tickets = new int[(tileColumns + 1) * tileRows];
        using DeviceBuffer<float> left = Upload(device, a, skip), right = Upload(device, b, skip);
        using DeviceBuffer<float> output = Unknown(device, c.Length), ofRows = Unknown(device, m);
        using DeviceBuffer<float> sums = Unknown(device, parts * m * n);
        using DeviceBuffer<float> rowParts = Unknown(device, Math.Max(parts, tileColumns) * m);
        using DeviceBuffer<int> counts = device.Allocate<int>(tickets.Length);
        device.Upload<int>(tickets, counts.AsVector());

        kernel.On(device)(
            device.LaunchStream(), new KernelConfig(new Index3D(tileColumns, tileRows, parts), new Index3D(128, 1, 1)), m, n, k,
            (slices + parts - 1) / parts, device.AsArray(new View<float>(left, skip, 1, a.Length)),
            device.AsArray(new View<float>(right, skip, 1, b.Length)), operands,
            new GemmOutputs(
                device.AsArray(output.AsVector()), device.AsArray(ofRows.AsVector()), device.AsArray(sums.AsVector()),
                device.AsArray(rowParts.AsVector()), device.AsArray(counts.AsVector())));

        device.Download(output.AsVector(), c);
        if (rows.Length > 0)
            device.Download(ofRows.AsVector(), rows);
        device.Download(counts.AsVector(), tickets);
        Assert.All(tickets, count => Assert.Equal(0, count));
    }

    private static DeviceBuffer<float> Unknown(GpuDevice device, int length) =>
        Upload(device, [.. Enumerable.Repeat(float.NaN, length)], 0);

    private static DeviceBuffer<float> Upload(GpuDevice device, float[] values, int skip)
    {
        DeviceBuffer<float> buffer = device.Allocate<float>(skip + values.Length);
        device.Upload<float>(values, new View<float>(buffer, skip, 1, values.Length));
        return buffer;
    }

    private static float[] Draw(uint step, int length)
    {
        float[] values = new float[length];
        Philox.FillNormal(new RandomSource(3, RandomPurpose.Initialization), step, values);
        return values;
    }

    /// <summary>To 10 bits after the point, halves away from zero; or to 7, halves to even.</summary>
    private static double Round(Precision precision, float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return precision switch
        {
            Precision.Tf32 => BitConverter.UInt32BitsToSingle((bits + 0x1000) & ~0x1FFFu),
            Precision.Bf16 => BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000),
            _ => value,
        };
    }
}
