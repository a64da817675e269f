using GpuVae.Distributed;
using Xunit;

namespace GpuVae.Tests.Distributed;

public sealed class OrderedSumTests
{
    public static TheoryData<int, int> SizesAndLengths =>
        [.. from size in (int[])[1, 2, 3, 5] from length in (int[])[0, 1, 2, 5, 16, 4097] select (size, length)];

    [Theory]
    [MemberData(nameof(SizesAndLengths))]
    public void Values_are_weighed_and_added_from_rank_0_on(int size, int length)
    {
        float[] weights = [.. Enumerable.Range(1, size).Select(rank => rank / 7f)];
        float[][] values =
            [.. Enumerable.Range(0, size).Select(rank => (float[])[.. Enumerable.Range(0, length).Select(i => 1f / (1 + rank + i))])];
        float[] expected = new float[length];
        for (int rank = 0; rank < size; rank++)
        {
            for (int i = 0; i < length; i++)
                expected[i] = rank == 0 ? values[rank][i] * weights[rank] : expected[i] + (values[rank][i] * weights[rank]);
        }
        ThreadCommunicator.Run(size, ranks =>
        {
            float[] mine = [.. values[ranks.Rank]];
            var sum = new OrderedSum(ranks, length);
            sum.Sum(mine, weights);
            Assert.Equal(expected, mine);
            // Fewer than there is memory for.
            mine = [.. values[ranks.Rank]];
            sum.Sum(mine.AsSpan(0, length / 2), weights);
            Assert.Equal(expected[..(length / 2)], mine[..(length / 2)]);
        });
    }

    [Theory]
    [InlineData(128, 1)]
    [InlineData(128, 3)]
    [InlineData(127, 4)]
    [InlineData(9, 3)]
    [InlineData(5, 4)]
    [InlineData(1, 2)]
    public void Slices_are_whole_blocks_and_cover_a_batch_once(int rows, int size)
    {
        BatchSlice[] slices = [.. Enumerable.Range(0, size).Select(rank => BatchSlice.Of(rows, rank, size))];
        int next = 0;
        foreach (BatchSlice slice in slices)
        {
            Assert.Equal(next, slice.First);
            Assert.True(slice.Count == 0 || slice.First % BatchSlice.Block == 0);
            next += slice.Count;
        }
        Assert.Equal(rows, next);
        Assert.InRange(slices.Max(slice => slice.Count) - slices.Min(slice => slice.Count), 0, 2 * BatchSlice.Block);
        Assert.True(slices[0].Count > 0);
        Assert.Equal(1, BatchSlice.Weights(rows, size).Sum(), 1e-6);
    }
}
