using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Kernels.Gpu.Convolution;
using GpuVae.Kernels.Gpu.Gemm;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// Convolutions with tiles that a device would take for larger maps only, and with sums in parts or not. All numbers are small integers,
/// which every precision multiplies and adds up without rounding: results must be exact.
/// </summary>
internal static class ConvolutionTiles
{
    // Of most, a side of the product is next to a tile's edge, at 32, 64 or 128 pixels, channels or numbers of a window.
    private static readonly (int Images, ConvolutionGeometry Geometry)[] _shapes =
    [
        // 63 and 65 pixels; 33 and 68 channels.
        (7, new(new(3, 3, 33), new(3, 3, 4), Kernel: 1, Stride: 1, Top: 0, Left: 0)),
        (5, new(new(26, 1, 4), new(13, 1, 68), Kernel: 3, Stride: 2, Top: 0, Left: 1)),
        // 129 images of one pixel.
        (129, new(new(1, 1, 7), new(1, 1, 5), Kernel: 3, Stride: 1, Top: 1, Left: 1)),
        // 132 and 130 channels; a window of 1,188 numbers and one of 288.
        (2, new(new(3, 4, 132), new(2, 2, 8), Kernel: 3, Stride: 2, Top: 1, Left: 1)),
        (3, new(new(4, 4, 8), new(2, 2, 130), Kernel: 6, Stride: 2, Top: 2, Left: 2)),
        // Strides beyond the kernel and beyond the map: phases without taps, and without pixels.
        (4, new(new(7, 8, 4), new(3, 3, 8), Kernel: 2, Stride: 3, Top: 1, Left: 0)),
        (33, new(new(2, 3, 3), new(1, 1, 1), Kernel: 3, Stride: 4, Top: 1, Left: 0)),
    ];

    /// <summary>Runs the three operations on every shape, in rows that begin on 16 bytes and that do not.</summary>
    /// <param name="device">Where.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="multiprocessors">What the inner dimension is split for.</param>
    public static void AssertExact(GpuDevice device, TileKind tile, int multiprocessors)
    {
        ConvolutionPlanner planner = (_, phases, largest) =>
            GemmPlan.Make(tile, largest.M, largest.N, largest.K, multiprocessors, phases);
        using var reference = new ReferenceDevice();
        foreach ((int images, ConvolutionGeometry geometry) in _shapes)
        {
            foreach (ViewPlacement placement in Enum.GetValues<ViewPlacement>())
            {
                using var expected = new CaseWorkspace(reference, 5, placement);
                Run(
                    expected, images, geometry, operation => reference.Run(in operation), operation => reference.Run(in operation),
                    operation => reference.Run(in operation));
                using var actual = new CaseWorkspace(device, 5, placement);
                Run(
                    actual, images, geometry, operation => ConvolutionKernels.Run(device, operation, planner),
                    operation => ConvolutionKernels.Run(device, operation, planner),
                    operation => ConvolutionKernels.Run(device, operation, planner));

                string where = $"{images} of {geometry.Large} to {geometry.Small} by {geometry.Kernel}/{geometry.Stride}, {placement}";
                foreach ((CaseOutput one, CaseOutput other) in expected.ReadOutputs().Zip(actual.ReadOutputs()))
                    Assert.True(OperationChecks.FindDifference(one, other) is null, $"{where}: {OperationChecks.FindDifference(one, other)}");
                Assert.True(actual.FindDamage().Count == 0, $"{where}: {string.Join(", ", actual.FindDamage())}");
            }
        }
    }

    private static void Run(
        CaseWorkspace workspace, int images, ConvolutionGeometry geometry, Action<Convolve> convolve,
        Action<ConvolveTransposed> transposed, Action<ConvolutionWeightGradient> weightGradient)
    {
        View<float> Integers(int rows, int columns) =>
            workspace.Source(rows, columns, workspace.Random(rows * columns, u => MathF.Floor(5 * u) - 2));
        View<float> x = Integers(images, geometry.Large.Size), y = Integers(images, geometry.Small.Size);
        View<float> weight = Integers(geometry.Small.Channels, geometry.Depth), bias = Integers(1, geometry.Small.Channels);
        View<float> Result(string name, int rows, int columns) => workspace.Destination(name, rows, columns, Tolerance.Exact);
        convolve(new(geometry, x, weight, Epilogue.BiasActivation(bias, Activation.Relu), Result("y", images, geometry.Small.Size)));
        transposed(new(
            geometry, y, weight, Epilogue.Derivative(x, Activation.Relu), Result("x", images, geometry.Large.Size)));
        weightGradient(new(geometry, x, y, Result("w", geometry.Small.Channels, geometry.Depth)));
    }
}

/// <summary>Tiles of tensor cores, on NVIDIA's GPUs or on the stand-in for their driver.</summary>
[Collection(nameof(TestDevices))]
public sealed class TensorConvolutionTileTests(CudaDevices devices) : IClassFixture<CudaDevices>
{
    [Theory]
    [InlineData(nameof(TileKind.LargeTensor), Precision.Bf16, 1)]
    [InlineData(nameof(TileKind.SmallTensor), Precision.Tf32, 132)]
    public void Tiles_of_windows_lose_no_number(string tile, Precision precision, int multiprocessors)
    {
        var device = (GpuDevice)devices.Open(precision);
        StandInDriver.Set(reversed: multiprocessors > 1, approximate: true);
        ConvolutionTiles.AssertExact(device, Enum.Parse<TileKind>(tile), multiprocessors);
    }
}

/// <summary>The other tiles, with the groups of a GPU on ILGPU's CPU accelerator.</summary>
public sealed class ConvolutionTileTests(GpuGroups groups) : IClassFixture<GpuGroups>
{
    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [InlineData(nameof(TileKind.Large), 1)]
    [InlineData(nameof(TileKind.Small), 16)]
    public void Tiles_of_windows_lose_no_number(string tile, int multiprocessors)
    {
        LongTests.Require();
        ConvolutionTiles.AssertExact((GpuDevice)groups.Device, Enum.Parse<TileKind>(tile), multiprocessors);
    }
}
