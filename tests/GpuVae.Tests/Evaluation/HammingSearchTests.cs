using GpuVae.Evaluation;
using Xunit;

namespace GpuVae.Tests.Evaluation;

public sealed class HammingSearchTests
{
    [Fact]
    public void Bits_are_packed_from_the_lowest_and_the_rest_stay_zero()
    {
        var codes = new BitCodes(2, 66);
        var values = new float[66];
        values[0] = 0.9f;
        values[63] = 0.51f;
        values[64] = 1;
        values[65] = 0.5f;
        codes.Pack(values, threshold: 0.5f, first: 1);
        Assert.Equal([0, 0], codes[0].ToArray());
        Assert.Equal([1UL | (1UL << 63), 1], codes[1].ToArray());
        Assert.Equal((true, true, false), (codes.Bit(1, 63), codes.Bit(1, 64), codes.Bit(1, 65)));
    }

    [Fact]
    public void Packing_again_leaves_nothing_of_the_code_before()
    {
        var codes = new BitCodes(1, 3);
        codes.Pack([1, 1, 1], 0.5f, 0);
        codes.Pack([0, 1, 0], 0.5f, 0);
        Assert.Equal(2UL, codes[0][0]);
    }

    [Fact]
    public void Values_that_do_not_fit_are_refused()
    {
        var codes = new BitCodes(2, 3);
        Assert.Throws<ArgumentException>(() => codes.Pack(new float[4], 0.5f, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => codes.Pack(new float[6], 0.5f, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => codes.Bit(0, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(200)]
    public void The_nearest_are_those_of_sorting_all_by_distance_and_index(int bits)
    {
        var random = new Random(bits);
        BitCodes codes = RandomCodes(random, 300, bits), queries = RandomCodes(random, 10, bits);
        var search = new HammingSearch(codes);
        for (int query = 0; query < queries.Count; query++)
        {
            Neighbor[] sorted =
            [
                .. Enumerable.Range(0, codes.Count)
                    .Select(i => new Neighbor(i, Distance(codes, i, queries, query)))
                    .OrderBy(neighbor => neighbor.Distance).ThenBy(neighbor => neighbor.Index),
            ];
            foreach (int k in new[] { 0, 1, 7, 299, 300 })
            {
                var nearest = new Neighbor[k];
                search.Find(queries[query], nearest);
                Assert.Equal(sorted[..k], nearest);
            }
            Assert.Equal(
                Enumerable.Range(0, codes.Count).Select(i => Distance(codes, i, queries, query)),
                search.Distances.ToArray().Select(distance => (int)distance));
        }
    }

    [Fact]
    public void Equal_codes_come_in_the_order_of_their_index()
    {
        var codes = new BitCodes(5, 8);
        codes.Pack([0, 0, 0, 0, 0, 0, 0, 1], 0.5f, 1);
        var nearest = new Neighbor[3];
        new HammingSearch(codes).Find([0], nearest);
        Assert.Equal([new(0, 0), new(2, 0), new(3, 0)], nearest);
    }

    [Fact]
    public void A_search_allocates_nothing()
    {
        var codes = new BitCodes(1000, 64);
        var search = new HammingSearch(codes);
        var nearest = new Neighbor[10];
        ulong[] query = [5];
        search.Find(query, nearest);
        long before = GC.GetAllocatedBytesForCurrentThread();
        search.Find(query, nearest);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_query_of_another_width_and_too_many_neighbours_are_refused()
    {
        var search = new HammingSearch(new BitCodes(3, 64));
        Assert.Throws<ArgumentException>(() => search.Find([1, 2], new Neighbor[1]));
        Assert.Throws<ArgumentException>(() => search.Find([1], new Neighbor[4]));
    }

    internal static BitCodes RandomCodes(Random random, int count, int bits)
    {
        var codes = new BitCodes(count, bits);
        codes.Pack([.. Enumerable.Range(0, count * bits).Select(_ => (float)random.NextDouble())], 0.5f, 0);
        return codes;
    }

    internal static int Distance(BitCodes codes, int index, BitCodes queries, int query) =>
        Enumerable.Range(0, codes.Bits).Count(bit => codes.Bit(index, bit) != queries.Bit(query, bit));
}
