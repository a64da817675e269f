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
/// Products of float32 whose slices are copied ahead, against those that are loaded: the same bits, on a GPU or on the stand-in for its
/// driver, where copies arrive as late as they may and threads also run in the other order.
/// </summary>
[Collection(nameof(TestDevices))]
public sealed class AsyncProductTests(CudaDevices devices) : IClassFixture<CudaDevices>
{
    private static readonly (int M, int N, int K, int Parts)[] _sizes =
        [(1, 1, 1, 1), (33, 31, 5, 1), (9, 65, 70, 2), (70, 40, 130, 3), (64, 64, 64, 1)];

    [Theory]
    [InlineData("small", Orientation.NT, true, "loss")]
    [InlineData("small", Orientation.NN, true, "derivative")]
    [InlineData("small", Orientation.TN, true, "rows")]
    [InlineData("small", Orientation.NN, false, "loss")]
    [InlineData("large", Orientation.TN, false, "rows")]
    public void Product_has_the_bits_of_the_one_that_waits_for_its_loads(
        string tile, Orientation orientation, bool loadsFloat4, string epilogue)
    {
        GpuDevice cuda = (GpuDevice)devices.Open(Precision.Fp32);
        Assert.True(cuda.CopiesAhead);
        var selector = new GemmSelector(
            tile == "large" ? TileKind.Large : TileKind.Small, loadsFloat4, orientation, TensorMode.None, CopiesAhead: true);
        foreach ((int m, int n, int k, int parts) in loadsFloat4 ? _sizes.Select(RoundedUp) : _sizes)
        {
            float[] expected = Run(cuda, Kernel(selector with { CopiesAhead = false }, epilogue), selector, m, n, k, parts, false);
            Assert.Equal(expected, Run(cuda, Kernel(selector, epilogue), selector, m, n, k, parts, false));
            Assert.Equal(expected, Run(cuda, Kernel(selector, epilogue), selector, m, n, k, parts, true));
        }
    }

    /// <summary>Faults that a GPU would show now and then only.</summary>
    [Theory]
    [InlineData("cp.async.wait_group 0", "cp.async.wait_group 1")]
    [InlineData("bar.sync\t0;", "")]
    [InlineData("], 16, ", "], 16, 16; //")]
    public void What_a_wrong_kernel_does_is_noticed(string right, string wrong)
    {
        const int M = 36, N = 36, K = 68;
        using GpuDevice device = TestDevices.OpenStandIn(); // where no right kernel has been compiled
        var selector = new GemmSelector(TileKind.Small, true, Orientation.NT, TensorMode.None, CopiesAhead: true);
        float[] a = Draw(1, M * K), b = Draw(2, N * K);
        using IDisposable fault = StandInDriver.Plant(right, wrong);
        float[]? found = null;
        Exception? thrown = Record.Exception(() => found = Run(device, selector.For<StoreEpilogue>(), selector, M, N, K, 1, true));
        Assert.True(
            found is null
                ? thrown!.Message.Contains("kernel Kernel_Run", StringComparison.Ordinal)
                : Enumerable.Range(0, M * N).Any(i => !(Math.Abs(found[i] - Expected(i)) < 1e-4)),
            thrown?.ToString() ?? "the right product");

        double Expected(int i) => Enumerable.Range(0, K).Sum(l => (double)a[(i / N * K) + l] * b[(i % N * K) + l]);
    }

    /// <summary>What was counted in them: no load waits for another, and numbers come from shared memory by fours.</summary>
    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [InlineData(Orientation.NT)]
    [InlineData(Orientation.NN)]
    [InlineData(Orientation.TN)]
    public void Slices_are_copied_and_read_by_fours(Orientation orientation)
    {
        LongTests.Require();
        foreach ((Type tile, int copies) in new[] { (typeof(SmallTile), 2), (typeof(LargeTile), 1) })
        {
            Type a = orientation == Orientation.TN ? typeof(MnMajor) : typeof(KMajor);
            Type b = orientation == Orientation.NT ? typeof(KMajor) : typeof(MnMajor);
            string ptx = PtxText.Compile(typeof(AsyncGemmKernel<,,,,>).MakeGenericType(
                tile, a, b, typeof(Float4Loads), typeof(DerivativeEpilogue<ReluFunction>)).GetMethod("Run")!);
            // A loop for each operand, before the first slice and in the loop over slices.
            Assert.Equal(4, Count(ptx, "cp.async.cg.shared.global"));
            Assert.DoesNotContain("cp.async.ca", ptx, StringComparison.Ordinal);
            Assert.Equal(8, Count(ptx, "ld.shared.v4.f32"));
            Assert.Equal(8, Count(ptx, "ld.shared.f32") - 1); // sums, to be parts or to end; a ticket
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
            foreach (string architecture in Assembler.IsThere ? Assembler.Architectures : [])
            {
                AssembledKernel kernel = Assembler.Assemble(ptx, architecture);
                Assert.Equal((0, 0), (kernel.StackBytes, kernel.SpilledBytes));
                Assert.InRange(kernel.Registers, 1, 80);
                // Four groups of the small tile in what a block has without asking for more.
                Assert.InRange(kernel.SharedBytes, 1, tile == typeof(SmallTile) ? 12288 : 24576);
                string[] products = Assert.Single(kernel.InnerLoops(), loop => AssembledKernel.Count(loop, "FFMA") > 0);
                int steps = AssembledKernel.Count(products, "FFMA") / 64;
                Assert.Equal((64 * steps, 8 * steps), (AssembledKernel.Count(products, "FFMA"), AssembledKernel.Count(products, "LDS")));
                Assert.InRange(products.Length, 1, 85 * steps);
                Assert.Equal(4 * copies, AssembledKernel.Count(kernel.Text.Split('\n').Select(Instruction), "LDGSTS"));
                // Sixteen parts of sums are on their way at once: of four elements, four each.
                Assert.Contains(kernel.InnerLoops(), loop => AssembledKernel.Count(loop, "LDG") >= 16);
            }
        }

        static string Instruction(string line) => line.Contains("*/", StringComparison.Ordinal)
            ? line[(line.IndexOf("*/", StringComparison.Ordinal) + 2)..].TrimStart() : "";
    }

    private static (int M, int N, int K, int Parts) RoundedUp((int M, int N, int K, int Parts) size) =>
        ((size.M + 3) / 4 * 4, (size.N + 3) / 4 * 4, (size.K + 3) / 4 * 4, size.Parts);

    private static LazyKernel<GemmLauncher> Kernel(GemmSelector selector, string epilogue) => epilogue switch
    {
        "loss" => selector.For<LikelihoodEpilogue<BernoulliFunction, ColumnBias>>(),
        "derivative" => selector.For<DerivativeEpilogue<ReluFunction>>(),
        _ => selector.For<StoreAndSumRowsEpilogue>(),
    };

    /// <summary>C and the number of each row, which is 0 where the epilogue has none.</summary>
    private static float[] Run(
        GpuDevice device, LazyKernel<GemmLauncher> kernel, GemmSelector selector, int m, int n, int k, int parts, bool isReversed)
    {
        (int side, int depth, int threads) = selector.Tile == TileKind.Large ? (64, 16, 16) : (32, 32, 8);
        (int tileColumns, int tileRows, int slices) = ((n + side - 1) / side, (m + side - 1) / side, (k + depth - 1) / depth);
        parts = Math.Min(parts, slices);
        int skip = selector.LoadsFloat4 ? 0 : 3; // off a boundary of 16 bytes
        using DeviceBuffer<float> a = Upload(device, Draw(1, m * k), skip), b = Upload(device, Draw(2, n * k), skip);
        using DeviceBuffer<float> bias = Upload(device, Draw(3, n), 0), reference = Upload(device, Draw(4, m * n), 0);
        float[] unknown = [.. Enumerable.Repeat(float.NaN, parts * m * n)], c = new float[m * n], rows = new float[m];
        using DeviceBuffer<float> output = Upload(device, unknown[..c.Length], 0), ofRows = Upload(device, rows, 0);
        using DeviceBuffer<float> sums = Upload(device, unknown, 0);
        using DeviceBuffer<float> rowParts = Upload(device, [.. Enumerable.Repeat(float.NaN, Math.Max(parts, tileColumns) * m)], 0);
        using DeviceBuffer<int> counts = device.Allocate<int>((tileColumns + 1) * tileRows);
        device.Upload<int>(new int[counts.Length], counts.AsVector());

        StandInDriver.Set(isReversed, approximate: true);
        kernel.On(device)(
            device.LaunchStream(), new KernelConfig(new Index3D(tileColumns, tileRows, parts), new Index3D(threads, threads, 1)), m, n, k,
            (slices + parts - 1) / parts, device.AsArray(new View<float>(a, skip, 1, m * k)),
            device.AsArray(new View<float>(b, skip, 1, n * k)),
            new EpilogueOperands(device.AsArray(bias.AsVector()), device.AsArray(reference.AsVector()), 0.25f),
            new GemmOutputs(
                device.AsArray(output.AsVector()), device.AsArray(ofRows.AsVector()), device.AsArray(sums.AsVector()),
                device.AsArray(rowParts.AsVector()), device.AsArray(counts.AsVector())));

        device.Download(output.AsVector(), c);
        device.Download(ofRows.AsVector(), rows);
        return [.. c, .. rows];
    }

    private static DeviceBuffer<float> Upload(GpuDevice device, float[] values, int skip)
    {
        DeviceBuffer<float> buffer = device.Allocate<float>(skip + values.Length);
        device.Upload<float>(values, new View<float>(buffer, skip, 1, values.Length));
        return buffer;
    }

    private static float[] Draw(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
