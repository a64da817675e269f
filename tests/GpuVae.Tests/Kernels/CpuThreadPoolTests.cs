using System.Runtime.Intrinsics;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Kernels.Cpu.Gemm;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>How the CPU divides its work: every item once, whoever does it.</summary>
public sealed unsafe class CpuThreadPoolTests
{
    private const int Items = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Every_item_is_done_once(int workers)
    {
        using var pool = new CpuThreadPool(workers);
        foreach (int items in (int[])[0, 1, 2, 3, 5, 8, 100, 1001])
        {
            // Many jobs one after the other, so that some workers are still in the one before; and pauses that put them to sleep.
            for (int job = 0; job < 50; job++)
            {
                var done = new int[items + 1];
                fixed (int* counts = done)
                    pool.Run(&Count, counts, items);
                Assert.All(done[..items], count => Assert.Equal(1, count));
                if (job % 25 == 0)
                    Thread.Sleep(1);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Whoever_is_done_steals_from_the_others(int workers)
    {
        using var pool = new CpuThreadPool(workers);
        for (int job = 0; job < 20; job++)
        {
            // The caller's items wait until another worker has done one of them.
            var done = new int[Items + 1];
            fixed (int* counts = done)
                pool.Run(&CountHelped, counts, Items, default(FirstHasMost));
            Assert.All(done[..Items], count => Assert.Equal(1, count));
            Assert.Equal(1, done[Items]);
        }
    }

    [Fact]
    public void A_failure_is_told_when_all_are_done_and_the_pool_goes_on()
    {
        using var pool = new CpuThreadPool(3);
        for (int job = 0; job < 20; job++)
        {
            var done = new int[100];
            fixed (int* counts = done)
            {
                int* failing = counts;
                Assert.Throws<InvalidOperationException>(() => pool.Run(&CountAndFail, failing, 100));
            }
            Assert.All(done, count => Assert.Equal(1, count));
        }
    }

    [Fact]
    public void A_pool_that_is_disposed_of_says_so()
    {
        var pool = new CpuThreadPool(2);
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(&Count, null, 10));
    }

    [Fact]
    public void Ranges_of_tiles_begin_in_order_and_within_the_product()
    {
        foreach (int workers in (int[])[1, 2, 3, 16])
        {
            foreach (int vectors in (int[])[1, 2, 25, 49])
            {
                foreach ((int groupPanels, int panelVectors) in ((int, int)[])[(1, 2), (1, 4), (3, 2), (64, 2)])
                {
                    foreach (int blocks in (int[])[1, 8, 49])
                    {
                        int items = MatrixProduct.DivideUp(vectors, panelVectors) * blocks;
                        var partition = new TilePartition(groupPanels, blocks, panelVectors, vectors, workers);
                        int[] begins = [0, .. Enumerable.Range(1, workers - 1).Select(partition.Begin), items];
                        Assert.Equal(begins.Order(), begins);
                        Assert.InRange(begins[^2], 0, items);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_partition_by_matrix_has_all_items_and_a_part_of_each_matrix_for_each_worker()
    {
        using var device = CpuDevice.Create(2);
        using DeviceBuffer<float> buffer = device.Allocate<float>(100_000);
        buffer.Parts = [0, 40_000, 40_016, 90_000];
        using var order = new MatrixPartition();
        int* items = order.Items(buffer.AsVector(), 1024, 2);
        int[] found = [.. new ReadOnlySpan<int>(items, 98)];
        Assert.Equal(Enumerable.Range(0, 98), found.Order());
        Assert.Contains(20, found[49..]);
        Assert.Contains(40, found[..49]);
        Assert.True(items == order.Items(buffer.AsVector(), 1024, 2));

        foreach (long[] parts in (long[][])[[], [5], [0, 20, 10], [0, 100_001]])
            Assert.Throws<ArgumentException>(() => buffer.Parts = parts);

        // A piece of the buffer is one matrix.
        View<float> piece = new(buffer, 0, 1, 10_000);
        Assert.Equal(Enumerable.Range(0, 10), new ReadOnlySpan<int>(order.Items(piece, 1024, 2), 10).ToArray());
    }

    [Fact]
    public void Rows_are_reduced_to_a_lane_each()
    {
        Check<Simd128, Vector128<float>>();
        if (Vector256.IsHardwareAccelerated)
            Check<Simd256, Vector256<float>>();
        if (Vector512.IsHardwareAccelerated)
            Check<Simd512, Vector512<float>>();

        static void Check<S, V>()
            where S : ISimd<V>
            where V : unmanaged
        {
            int lanes = S.Lanes, stride = lanes + 3;
            var rows = new float[lanes * stride];
            for (int i = 0; i < rows.Length; i++)
                rows[i] = 1 + (i % 13 / 16f);
            var sums = new float[lanes];
            var products = new float[lanes];
            fixed (float* source = rows, sum = sums, product = products)
            {
                S.Store(RowReduction.Reduce<S, V, SumReduction>(source, stride), sum);
                S.Store(RowReduction.Reduce<S, V, ProductReduction>(source, stride), product);
            }
            for (int row = 0; row < lanes; row++)
            {
                float[] values = rows[(row * stride)..((row * stride) + lanes)];
                Assert.Equal(values.Sum(value => (double)value), sums[row], 1e-5);
                double expected = values.Aggregate(1.0, (a, b) => a * b);
                Assert.Equal(expected, products[row], 1e-5 * expected);
            }
        }
    }

    private static void Count(void* context, int first, int count, int worker)
    {
        for (int item = first; item < first + count; item++)
            Interlocked.Increment(ref ((int*)context)[item]);
    }

    private static void CountHelped(void* context, int first, int count, int worker)
    {
        int* done = (int*)context;
        Count(context, first, count, worker);
        if (worker != 0 && first < Items - 2)
            Volatile.Write(ref done[Items], 1);
        if (worker == 0)
            SpinWait.SpinUntil(() => Volatile.Read(ref done[Items]) == 1, TimeSpan.FromSeconds(10));
    }

    private static void CountAndFail(void* context, int first, int count, int worker)
    {
        Count(context, first, count, worker);
        throw new InvalidTimeZoneException();
    }

    /// <summary>The caller is kept from its processor between the ranges that it gives, for longer than a worker takes for its one item.</summary>
    private readonly struct FirstHasMost : IPartition
    {
        public int Begin(int worker)
        {
            Thread.SpinWait(500);
            return Items - 3 + worker;
        }
    }
}
