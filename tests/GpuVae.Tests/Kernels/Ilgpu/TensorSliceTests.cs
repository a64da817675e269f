using GpuVae.Kernels.Ilgpu;
using GpuVae.Kernels.Ilgpu.Cuda;
using Xunit;

namespace GpuVae.Tests;

/// <summary>Where a slice's numbers lie in shared memory.</summary>
public sealed class TensorSliceTests
{
    /// <summary>Lanes that read together must meet different banks, else shared memory takes turns.</summary>
    [Fact]
    public void A_warps_reads_of_operands_meet_every_bank_once()
    {
        foreach (int depths in (int[])[0, 8])
        {
            foreach (int extents in (int[])[0, 8, 16, 24, 32])
            {
                // 8 bytes a lane go half a warp at a time, 4 bytes a whole warp.
                AssertBanks<LargeTensorTile, DepthContiguous>(16, 2, extents, depths);
                AssertBanks<SmallTensorTile, DepthContiguous>(16, 2, extents, depths);
                AssertBanks<LargeTensorTile, ExtentContiguous>(32, 1, extents, depths);
                AssertBanks<SmallTensorTile, ExtentContiguous>(32, 1, extents, depths);
            }
        }
    }

    /// <summary>What is read is what was copied there, and no two numbers share a place.</summary>
    [Fact]
    public void A_slices_places_are_those_that_lanes_read_and_all_differ()
    {
        AssertPlaces<LargeTensorTile, DepthContiguous>();
        AssertPlaces<LargeTensorTile, ExtentContiguous>();
        AssertPlaces<SmallTensorTile, DepthContiguous>();
        AssertPlaces<SmallTensorTile, ExtentContiguous>();
    }

    private static void AssertPlaces<TTile, TLayout>()
        where TTile : struct, ITensorTile
        where TLayout : struct, IOperandLayout
    {
        HashSet<int> places = [];
        for (int extents = 0; extents < 2 * TTile.WarpSide; extents += 8)
        {
            for (int depths = 0; depths < TTile.Depth; depths += 8)
            {
                for (int lane = 0; lane < 32; lane++)
                {
                    int extent = extents + (lane / 4), depth = depths + (2 * (lane % 4));
                    int place = TensorSlice<TTile, TLayout>.PairIndex(extents, depths, lane);
                    Assert.Equal(TensorSlice<TTile, TLayout>.Index(extent, depth), place);
                    int next = place + TensorSlice<TTile, TLayout>.PairStride;
                    Assert.Equal(TensorSlice<TTile, TLayout>.Index(extent, depth + 1), next);
                    Assert.True(places.Add(place) && places.Add(next));
                }
            }
        }
        Assert.Equal(2 * TTile.WarpSide * TTile.Depth, places.Count);
        Assert.True(places.Min() == 0 && places.Max() == places.Count - 1);
    }

    private static void AssertBanks<TTile, TLayout>(int lanes, int words, int extents, int depths)
        where TTile : struct, ITensorTile
        where TLayout : struct, IOperandLayout
    {
        for (int first = 0; first < 32; first += lanes)
        {
            IEnumerable<int> banks =
                from lane in Enumerable.Range(first, lanes)
                from word in Enumerable.Range(0, words)
                select (TensorSlice<TTile, TLayout>.PairIndex(extents, depths, lane) + word) % 32;
            Assert.Equal(32, banks.Distinct().Count());
        }
    }
}
