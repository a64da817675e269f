using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Kernels.Gpu.Gemm;
using Xunit;

namespace GpuVae.Tests;

/// <summary>Where a slice's numbers lie in shared memory.</summary>
public sealed class TensorSliceTests
{
    /// <summary>Lanes that read together must meet different banks, else shared memory takes turns.</summary>
    [Fact]
    public void A_warps_reads_of_operands_meet_every_bank_once()
    {
        foreach (int firstK in (int[])[0, 8])
        {
            foreach (int firstMn in (int[])[0, 8, 16, 24, 32])
            {
                // 8 bytes a lane go half a warp at a time, 4 bytes a whole warp.
                AssertBanks<LargeTensorTile, KMajor>(16, 2, firstMn, firstK);
                AssertBanks<SmallTensorTile, KMajor>(16, 2, firstMn, firstK);
                AssertBanks<LargeTensorTile, MnMajor>(32, 1, firstMn, firstK);
                AssertBanks<SmallTensorTile, MnMajor>(32, 1, firstMn, firstK);
            }
        }
    }

    /// <summary>What is read is what was copied there, and no two numbers share a place.</summary>
    [Fact]
    public void A_slices_places_are_those_that_lanes_read_and_all_differ()
    {
        AssertPlaces<LargeTensorTile, KMajor>();
        AssertPlaces<LargeTensorTile, MnMajor>();
        AssertPlaces<SmallTensorTile, KMajor>();
        AssertPlaces<SmallTensorTile, MnMajor>();
    }

    private static void AssertPlaces<TTile, TLayout>()
        where TTile : struct, ITensorTile
        where TLayout : struct, IOperandLayout
    {
        HashSet<int> places = [];
        for (int firstMn = 0; firstMn < 2 * TTile.WarpSide; firstMn += 8)
        {
            for (int firstK = 0; firstK < TTile.Depth; firstK += 8)
            {
                for (int lane = 0; lane < 32; lane++)
                {
                    int mn = firstMn + (lane / 4), k = firstK + (2 * (lane % 4));
                    int place = TensorSlice<TTile, TLayout>.PairIndex(firstMn, firstK, lane);
                    Assert.Equal(TensorSlice<TTile, TLayout>.Index(mn, k), place);
                    int next = place + TensorSlice<TTile, TLayout>.PairStride;
                    Assert.Equal(TensorSlice<TTile, TLayout>.Index(mn, k + 1), next);
                    Assert.True(places.Add(place) && places.Add(next));
                }
            }
        }
        Assert.Equal(2 * TTile.WarpSide * TTile.Depth, places.Count);
        Assert.True(places.Min() == 0 && places.Max() == places.Count - 1);
    }

    private static void AssertBanks<TTile, TLayout>(int lanes, int words, int firstMn, int firstK)
        where TTile : struct, ITensorTile
        where TLayout : struct, IOperandLayout
    {
        for (int first = 0; first < 32; first += lanes)
        {
            IEnumerable<int> banks =
                from lane in Enumerable.Range(first, lanes)
                from word in Enumerable.Range(0, words)
                select (TensorSlice<TTile, TLayout>.PairIndex(firstMn, firstK, lane) + word) % 32;
            Assert.Equal(32, banks.Distinct().Count());
        }
    }
}
