using GpuVae.Data;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Data.Streaming;

public sealed class WindowOrderTests
{
    private static readonly RandomSource _shuffle = new(7, RandomPurpose.Shuffle);

    [Theory]
    [InlineData(1000, 3, 16, 4 * 3 * 160)] // several windows, the last with a part
    [InlineData(1000, 3, 16, 4 * 3 * 16)] // a window is a batch
    [InlineData(997, 1, 7, 4 * 100)]
    [InlineData(33, 5, 32, 4 * 5 * 40)] // one more than a window
    [InlineData(10, 5, 32, 1 << 20)] // all in one, less than a batch
    [InlineData(1, 5, 1, 20)]
    [InlineData(4000, 2000, 10, 4 * 2000 * 700)] // blocks of several examples
    public void An_epoch_shows_every_example_once(int count, int length, int batch, long memory)
    {
        ImageSet images = Counting(count, length, memory);
        foreach (RandomSource? shuffle in (RandomSource?[])[_shuffle, null])
        {
            var order = WindowOrder.Of(images, batch, shuffle)!;
            int[] first = Seen(order, 1, count), second = Seen(order, 2, count);
            Assert.Equal(Enumerable.Range(0, count), first.Order());
            Assert.Equal(Enumerable.Range(0, count), second.Order());
            Assert.Equal(shuffle is null || count == 1, first.SequenceEqual(second));
            Assert.Equal(shuffle is null || count == 1, first.SequenceEqual(Enumerable.Range(0, count)));
            Assert.Equal(first, Seen(WindowOrder.Of(images, batch, shuffle)!, 1, count));
            Assert.Equal(0, order.Rows % batch);
            Assert.InRange((long)Math.Min(order.Rows, count) * length, 1, memory / 4);
        }
    }

    [Fact]
    public void Another_seed_and_another_memory_make_another_order()
    {
        int[] one = Seen(WindowOrder.Of(Counting(500, 2, 800), 10, _shuffle)!, 1, 500);
        Assert.NotEqual(one, Seen(WindowOrder.Of(Counting(500, 2, 800), 10, _shuffle with { Seed = 8 })!, 1, 500));
        Assert.NotEqual(one, Seen(WindowOrder.Of(Counting(500, 2, 1600), 10, _shuffle)!, 1, 500));
    }

    [Fact]
    public void A_window_has_examples_from_all_over_a_file_that_is_sorted()
    {
        // Ten classes of 1,000 one after the other; a window holds a tenth of the set.
        var order = WindowOrder.Of(Counting(10_000, 1, 4 * 1000), 100, _shuffle)!;
        int[] seen = Seen(order, 1, 10_000);
        foreach (int[] window in seen.Chunk(1000))
            Assert.InRange(window.Select(example => example / 1000).Distinct().Count(), 7, 10);
        // A batch is no neighbourhood of the file: its windows are permuted too.
        Assert.InRange(seen.Take(100).Select(example => example / 1000).Distinct().Count(), 7, 10);
    }

    [Fact]
    public void A_batch_that_does_not_fit_is_refused_in_training_and_taken_as_a_window_in_evaluation()
    {
        ImageSet images = Counting(100, 10, 399);
        string message = Assert.Throws<UserException>(() => WindowOrder.Of(images, 10, _shuffle)).Message;
        Assert.Equal(
            "--data-memory 399B: a quarter of it has to hold a batch, here 10 examples of 10 bytes; give it 1kB at least, or lower --batch",
            message);
        Assert.Equal(10, WindowOrder.Of(images, 10, shuffle: null)!.Rows);
        Assert.Null(WindowOrder.Of(new ImageSet(new byte[10], null, 1, 1), 10, _shuffle));
        // A batch of all there is.
        WindowOrder all = WindowOrder.Of(Counting(3, 10, 120), 10, _shuffle)!;
        Assert.Equal(1, all.Windows);
        Assert.Equal([0, 1, 2], Seen(all, 1, 3).Order());
    }

    private static ImageSet Counting(int count, int length, long memory) => new(new ArrayBytes(new byte[count * length], length, memory), 1, length, 1);

    /// <summary>The examples of an epoch, as windows and places in them give them.</summary>
    private static int[] Seen(WindowOrder order, int epoch, int count)
    {
        order.Begin(epoch);
        var places = new int[count];
        order.Fill(places);
        var seen = new int[count];
        for (int window = 0; window < order.Windows; window++)
        {
            int first = window * order.Rows, rows = Math.Min(order.Rows, count - first);
            var held = new int[rows];
            foreach ((int example, int length, int place) in order.Ranges(window))
            {
                for (int i = 0; i < length; i++)
                    held[place + i] = example + i;
            }
            for (int i = 0; i < rows; i++)
                seen[first + i] = held[places[first + i]];
        }
        return seen;
    }
}
