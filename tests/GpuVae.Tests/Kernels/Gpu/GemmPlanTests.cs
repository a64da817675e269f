using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Kernels.Gpu.Gemm;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using Xunit;

namespace GpuVae.Tests;

/// <summary>How products are cut up on a GPU of 132 multiprocessors, by the lengths of all three dimensions.</summary>
[Collection(nameof(TestDevices))]
public sealed class GemmPlanTests
{
    [Theory]
    // The training step at batch 128, whose parts are short.
    [InlineData(128, 400, 784, nameof(TileKind.Small), 52, 5, 5)]
    [InlineData(784, 400, 128, nameof(TileKind.Small), 325, 1, 4)]
    // At 512: tiles for every multiprocessor, but too few threads for what they wait for.
    [InlineData(512, 400, 784, nameof(TileKind.Small), 208, 3, 9)]
    [InlineData(784, 400, 512, nameof(TileKind.Small), 325, 2, 8)]
    [InlineData(1024, 400, 784, nameof(TileKind.Large), 112, 3, 17)]
    // At 8,192: of the widest tiles 256, or 28 of sums that are long.
    [InlineData(8192, 400, 784, nameof(TileKind.Wide), 256, 1, 49)]
    [InlineData(8192, 784, 400, nameof(TileKind.Wide), 448, 1, 25)]
    [InlineData(8192, 40, 400, nameof(TileKind.Small), 512, 1, 13)]
    [InlineData(784, 400, 8192, nameof(TileKind.Wide), 28, 9, 57)]
    [InlineData(40, 400, 8192, nameof(TileKind.Small), 26, 16, 16)]
    [InlineData(784, 400, 0, nameof(TileKind.Small), 325, 1, 0)]
    public void Tiles_and_parts_follow_from_all_lengths(int m, int n, int k, string tile, int tiles, int splits, int slices)
    {
        using GpuDevice device = TestDevices.OpenStandIn();
        AssertPlan(GemmPlan.Make(device.Configs, usesTensorCores: false, m, n, k), tile, tiles, splits, slices);
    }

    [Theory]
    [InlineData(128, 400, 784, nameof(TileKind.SmallTensor), 14, 5, 5)]
    [InlineData(784, 400, 128, nameof(TileKind.SmallTensor), 91, 1, 4)]
    [InlineData(512, 400, 784, nameof(TileKind.SmallTensor), 56, 4, 7)]
    [InlineData(8192, 400, 784, nameof(TileKind.LargeTensor), 256, 1, 49)]
    [InlineData(784, 400, 8192, nameof(TileKind.LargeTensor), 28, 9, 57)]
    public void Those_of_tensor_cores_too(int m, int n, int k, string tile, int tiles, int splits, int slices)
    {
        using GpuDevice device = TestDevices.OpenStandIn(Precision.Tf32);
        AssertPlan(GemmPlan.Make(device.Configs, usesTensorCores: true, m, n, k), tile, tiles, splits, slices);
    }

    /// <summary>On a GPU of four multiprocessors small products are cut up as large ones are on 132.</summary>
    [Theory]
    [InlineData(Precision.Fp32, 131, 133, 600, nameof(TileKind.Wide), 2)]
    [InlineData(Precision.Fp32, 132, 128, 600, nameof(TileKind.Large), 2)]
    [InlineData(Precision.Tf32, 132, 136, 600, nameof(TileKind.LargeTensor), 2)]
    public void A_long_product_in_wide_tiles_is_that_of_the_reference(
        Precision precision, int m, int n, int k, string tile, int splits)
    {
        TestDevices.ProvideCuda();
        using IDisposable few = StandInDriver.Multiprocessors(4);
        using GpuDevice device = TestDevices.OpenStandIn(precision);
        GemmPlan plan = GemmPlan.Make(device.Configs, precision != Precision.Fp32, m, n, k);
        Assert.Equal((tile, splits), (plan.Tile.ToString(), plan.Splits));
        StandInDriver.Set(reversed: true, approximate: false);
        using var reference = new ReferenceDevice();
        using var expected = new CaseWorkspace(reference, 7, default);
        using var actual = new CaseWorkspace(device, 7, default);
        Run(expected, reference, m, n, k);
        Run(actual, device, m, n, k);
        foreach ((CaseOutput one, CaseOutput other) in expected.ReadOutputs().Zip(actual.ReadOutputs()))
            Assert.Null(OperationChecks.FindDifference(one, other));
        Assert.Empty(actual.FindDamage());
    }

    /// <summary>All three orientations, and the sums of a layer's gradients; small integers, so that every sum is exact.</summary>
    private static void Run(CaseWorkspace workspace, IDevice device, int m, int n, int k)
    {
        View<float> Integers(int rows, int columns) =>
            workspace.Source(rows, columns, workspace.Random(rows * columns, u => MathF.Floor(5 * u) - 2));
        View<float> Result(string name, int rows, int columns) => workspace.Destination(name, rows, columns, Tolerance.Exact);
        View<float> a = Integers(m, k), b = Integers(n, k), bias = Integers(1, n);
        device.Run(new Multiply(Orientation.NT, a, b, Epilogue.BiasActivation(bias, Activation.Relu), Result("NT", m, n)));
        device.Run(new Multiply(Orientation.TN, Integers(k, m), Integers(k, n), Epilogue.Store, Result("TN", m, n)));
        // A layer with a batch of k: its weights' gradient is the long product.
        device.Run(new LinearGradient(
            Integers(k, m), Integers(k, n), default, default, default, Result("∂W", m, n), Result("∂b", 1, m)));
    }

    private static void AssertPlan(GemmPlan plan, string tile, int tiles, int splits, int slices) => Assert.Equal(
        (tile, tiles, splits, slices),
        (plan.Tile.ToString(), plan.Config.GridDim.X * plan.Config.GridDim.Y, plan.Splits, plan.SplitSlices));
}
