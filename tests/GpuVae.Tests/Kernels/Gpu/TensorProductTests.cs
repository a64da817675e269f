using System.Runtime.InteropServices;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Kernels.Gpu.Gemm;
using GpuVae.Tests.Support.Ptx;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// The tensor-core kernels without a GPU: the PTX that the driver would get is run, instruction by instruction, on a
/// machine that knows the ISA's layout of operands and rounding, and compared with sums in double precision.
/// </summary>
public sealed class TensorProductTests
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
    public void Compiled_kernel_gives_the_product_of_the_rounded_operands(
        string tile, Orientation orientation, Precision precision, bool loadsFloat4)
    {
        PtxProgram program = Compile(tile, orientation, precision, loadsFloat4, typeof(StoreEpilogue));
        for (int i = 0; i < _sizes.Length; i++)
        {
            (int m, int n, int k) = _sizes[i];
            if (loadsFloat4)
                (m, n, k) = ((m + 3) / 4 * 4, (n + 3) / 4 * 4, (k + 3) / 4 * 4);
            // Every second size in the other order and with copies that arrive late.
            var arrival = (CopyArrival)(i % 2);
            float[] a = Draw(1, m * k), b = Draw(2, n * k);
            float[] c = new float[m * n];
            Run(program, tile, arrival, i % 3 == 0, loadsFloat4 ? 0 : 3, m, n, k, 1, a, b, [], [], 0, c, []);
            AssertProduct(orientation, precision, a, b, m, n, k, c);
        }
    }

    /// <summary>Faults that a GPU would show now and then only.</summary>
    [Theory]
    [InlineData("cp.async.wait_group 1", "cp.async.wait_group 2")]
    [InlineData("bar.sync\t0;", "")]
    [InlineData("cvt.rna.tf32.f32 a1, pair0", "cvt.rna.tf32.f32 a3, pair0")]
    [InlineData("{a0, a1, a2, a3}, {b0, b1}", "{a0, a2, a1, a3}, {b0, b1}")]
    [InlineData("[address+32], {sum4, sum5}", "[address+32], {sum5, sum4}")]
    [InlineData("xor.b32", "or.b32")]
    public void Machine_shows_what_a_wrong_kernel_does(string right, string wrong)
    {
        const int M = 64, N = 64, K = 192;
        string text = PtxText.Compile(Kernel("small", Orientation.NT, Precision.Tf32, true, typeof(StoreEpilogue)));
        Assert.Contains(right, text, StringComparison.Ordinal);
        var program = new PtxProgram(text.Replace(right, wrong, StringComparison.Ordinal));
        float[] a = Draw(1, M * K), b = Draw(2, N * K), c = new float[M * N];

        Exception fault = Assert.ThrowsAny<Exception>(() =>
        {
            Run(program, "small", CopyArrival.WhenWaitedFor, true, 0, M, N, K, 1, a, b, [], [], 0, c, []);
            AssertProduct(Orientation.NT, Precision.Tf32, a, b, M, N, K, c);
        });
        Assert.IsNotType<NotSupportedException>(fault);
    }

    [Theory]
    [InlineData("large", typeof(BernoulliFunction), Precision.Tf32)]
    [InlineData("small", typeof(GaussianFunction), Precision.Bf16)]
    public void Likelihood_epilogue_leaves_the_gradient_and_the_loss_of_each_row(
        string tile, Type likelihood, Precision precision)
    {
        const int M = 35, N = 70, K = 33;
        const float Scale = 0.25f;
        Type epilogue = typeof(LikelihoodEpilogue<,>).MakeGenericType(likelihood, typeof(ColumnBias));
        PtxProgram program = Compile(tile, Orientation.NT, precision, false, epilogue);
        float[] a = Draw(1, M * K), b = Draw(2, N * K), bias = Draw(3, N);
        float[] target = [.. Draw(4, M * N).Select(v => 1 / (1 + MathF.Exp(v)))];
        float[] gradient = new float[M * N];
        int lossColumns = (N + (tile == "large" ? 127 : 63)) / (tile == "large" ? 128 : 64) * 32;
        float[] partialLoss = [.. Enumerable.Repeat(float.NaN, M * lossColumns)];

        Run(program, tile, CopyArrival.AtOnce, false, 1, M, N, K, 1, a, b, bias, target, Scale, gradient, partialLoss);

        for (int row = 0; row < M; row++)
        {
            double loss = 0;
            for (int column = 0; column < N; column++)
            {
                double output = bias[column], x = target[(row * N) + column];
                for (int l = 0; l < K; l++)
                    output += Round(precision, a[(row * K) + l]) * Round(precision, b[(column * K) + l]);
                bool isBernoulli = likelihood == typeof(BernoulliFunction);
                loss += isBernoulli
                    ? Math.Max(output, 0) - (output * x) + Math.Log(1 + Math.Exp(-Math.Abs(output)))
                    : 0.5 * (output - x) * (output - x);
                double slope = (isBernoulli ? 1 / (1 + Math.Exp(-output)) : output) - x;
                Assert.Equal(Scale * slope, gradient[(row * N) + column], 1e-5);
            }
            float[] parts = partialLoss[(row * lossColumns)..((row + 1) * lossColumns)];
            Assert.Equal(loss, parts.Sum(part => (double)part), loss * 1e-5);
        }
    }

    [Theory]
    [InlineData(Orientation.NT)]
    [InlineData(Orientation.NN)]
    [InlineData(Orientation.TN)]
    public void Parts_of_the_inner_dimension_add_up(Orientation orientation)
    {
        const int M = 20, N = 68, K = 500, Parts = 3;
        PtxProgram program = Compile("small", orientation, Precision.Tf32, true, typeof(StoreEpilogue));
        float[] a = Draw(1, M * K), b = Draw(2, N * K), c = new float[Parts * M * N];

        Run(program, "small", CopyArrival.WhenWaitedFor, false, 0, M, N, K, Parts, a, b, [], [], 0, c, []);

        AssertProduct(
            orientation, Precision.Tf32, a, b, M, N, K,
            [.. Enumerable.Range(0, M * N).Select(i => c[i] + c[i + (M * N)] + c[i + (2 * M * N)])]);
    }

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

    internal static PtxProgram Compile(
        string tile, Orientation orientation, Precision precision, bool loadsFloat4, Type epilogue) =>
        new(PtxText.Compile(Kernel(tile, orientation, precision, loadsFloat4, epilogue)));

    internal static System.Reflection.MethodInfo Kernel(
        string tile, Orientation orientation, Precision precision, bool loadsFloat4, Type epilogue) =>
        typeof(TensorGemmKernel<,,,,,>).MakeGenericType(
            tile == "large" ? typeof(LargeTensorTile) : typeof(SmallTensorTile),
            orientation == Orientation.TN ? typeof(MnMajor) : typeof(KMajor),
            orientation == Orientation.NT ? typeof(KMajor) : typeof(MnMajor),
            precision switch
            {
                Precision.Tf32 => typeof(Tf32Precision),
                Precision.Bf16 => typeof(Bf16Precision),
                _ => typeof(Tf32x3Precision),
            },
            loadsFloat4 ? typeof(Float4Loads) : typeof(ScalarLoads), epilogue).GetMethod("Run")!;

    /// <summary>Runs the kernel; <paramref name="skip"/> moves the operands off a 16-byte boundary.</summary>
    private static void Run(
        PtxProgram program, string tile, CopyArrival arrival, bool lastThreadFirst, int skip, int m, int n, int k,
        int parts, float[] a, float[] b, float[] bias, float[] reference, float scale, float[] c, float[] partialLoss)
    {
        var machine = new PtxMachine(program, arrival, lastThreadFirst);
        int side = tile == "large" ? 128 : 64, depth = tile == "large" ? 16 : 32;
        int slices = (k + depth - 1) / depth;
        byte[] output = new byte[sizeof(float) * c.Length], loss = new byte[sizeof(float) * partialLoss.Length];
        machine.Pass(BitConverter.GetBytes(m));
        machine.Pass(BitConverter.GetBytes(n));
        machine.Pass(BitConverter.GetBytes(k));
        machine.Pass(BitConverter.GetBytes((slices + parts - 1) / parts));
        machine.Pass(BitConverter.GetBytes(machine.Add(Bytes(a), skip)));
        machine.Pass(BitConverter.GetBytes(machine.Add(Bytes(b), skip)));
        machine.Pass(
            [.. View(machine, Bytes(bias)), .. View(machine, Bytes(reference)), .. BitConverter.GetBytes(scale)]);
        machine.Pass(View(machine, output));
        machine.Pass(View(machine, loss));
        machine.Run(((n + side - 1) / side, (m + side - 1) / side, parts), 128);
        Buffer.BlockCopy(output, 0, c, 0, output.Length);
        Buffer.BlockCopy(loss, 0, partialLoss, 0, loss.Length);
    }

    private static byte[] View(PtxMachine machine, byte[] memory) =>
        [.. BitConverter.GetBytes(machine.Add(memory)), .. BitConverter.GetBytes((long)memory.Length / sizeof(float))];

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes<float>(values).ToArray();

    private static float[] Draw(uint step, int length)
    {
        float[] values = new float[length];
        Philox.FillNormal(new RandomSource(3, RandomPurpose.Initialization), step, values);
        return values;
    }

    private static double Round(Precision precision, float value) => precision switch
    {
        Precision.Tf32 => PtxFunctions.Number(PtxFunctions.RoundToTf32(BitConverter.SingleToUInt32Bits(value))),
        Precision.Bf16 =>
            PtxFunctions.Number((ulong)PtxFunctions.RoundToBf16(BitConverter.SingleToUInt32Bits(value)) << 16),
        _ => value,
    };
}
