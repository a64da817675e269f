using System.Runtime.CompilerServices;
using GpuVae.Data;
using GpuVae.Imaging;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class MemoryNeedTests : IDisposable
{
    private const long Mebi = 1 << 20;

    private static readonly MemoryNeed.Sizes _mnist = new(Train: 60_000, Test: 10_000, Image: Shape.Vector(784));

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_batch_that_a_container_would_be_killed_for_is_refused_and_smaller_ones_are_not()
    {
        RunConfiguration run = new() { Batch = 20_000 };
        string message = Assert.Throws<UserException>(
            () => MemoryNeed.Require(run, _mnist, 300 * Mebi, used: 100 * Mebi)).Message;
        Assert.Matches(
            "^--batch 20000: training would take [0-9]{3} MiB of memory beside the 100 MiB in use, and 300 MiB are there in all; "
            + "lower --batch$", message);
        MemoryNeed.Require(run with { Batch = 128 }, _mnist, 300 * Mebi, used: 100 * Mebi);
        // A batch is never larger than the set.
        MemoryNeed.Require(run with { Batch = int.MaxValue }, _mnist with { Train = 500 }, 300 * Mebi, used: 100 * Mebi);
    }

    [Theory]
    [InlineData("--batch 60000", 60_000, 1, 20, 400)]
    [InlineData("--samples 900", 128, 900, 20, 400)]
    [InlineData("--latent 90000", 128, 1, 90_000, 400)]
    [InlineData("--hidden 60000", 128, 1, 20, 60_000)]
    public void The_option_at_fault_is_named(string expected, int batch, int samples, int latent, int hidden)
    {
        RunConfiguration run = new() { Batch = batch, Samples = samples, Latent = latent, Hidden = [hidden] };
        string message = Assert.Throws<UserException>(() => MemoryNeed.Require(run, _mnist, 300 * Mebi, 100 * Mebi)).Message;
        Assert.StartsWith($"{expected}: training would take ", message, StringComparison.Ordinal);
        Assert.EndsWith($"; lower {expected.Split(' ')[0]}", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--hidden 50000,50000", "37.8 GiB", 128, 1, 20, "diagonal", 50_000, 50_000)]
    [InlineData("--hidden 2147483647,2147483647", "24.5 TiB", 128, 1, 20, "diagonal", int.MaxValue, int.MaxValue)]
    [InlineData("--latent 2147483647", "16.0 GiB", 128, 1, int.MaxValue, "diagonal", 400)]
    [InlineData("--latent 2147483647", "8,388,608 TiB", 128, 1, int.MaxValue, "full", 400)]
    [InlineData("--latent 65535", "8.0 GiB", 128, 1, 65_535, "full", 400)]
    [InlineData("--latent 65000", "12.3 TiB", 128, 1, 65_000, "full", 400)]
    [InlineData("--samples 2147483647", "784 TiB", 128, int.MaxValue, 20, "diagonal", 400)]
    public void What_cannot_be_counted_is_refused_with_what_it_would_take(
        string option, string memory, int batch, int samples, int latent, string code, params int[] hidden)
    {
        RunConfiguration run = new() { Batch = batch, Samples = samples, Latent = latent, Code = code, Hidden = [.. hidden] };
        string message = Assert.ThrowsAny<UserException>(
            () => MemoryNeed.Require(run, _mnist, long.MaxValue, used: 0)).Message;
        Assert.StartsWith($"{option}: ", message, StringComparison.Ordinal);
        Assert.Contains($"would take {memory} of memory; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_alone_needs_its_parameters_four_times_and_three_for_a_checkpoint_and_its_batches()
    {
        RunConfiguration run = new() { Hidden = [4096], Latent = 64, Batch = 1 };
        decimal parameters = 4096m * ((2 * 784) + 128 + 64) * 7 * sizeof(float);
        decimal need = MemoryNeed.Measure(run, _mnist with { Test = 1 });
        Assert.InRange(need, parameters, 1.1m * parameters);
        decimal more = MemoryNeed.Measure(run with { Batch = 1001 }, _mnist with { Test = 1 }) - need;
        // What both hidden layers give, and the memory that their gradients have in turn.
        Assert.InRange(more, 1000m * sizeof(float) * ((3 * 784) + (3 * 4096)), 1000m * sizeof(float) * ((4 * 784) + (4 * 4096)));
    }

    [Fact]
    public void What_reading_left_is_given_back_before_a_training_is_refused_or_takes_memory()
    {
        var set = new ImageSet(new byte[16 * 4], null, 2, 2);
        WeakReference garbage = Leave();
        using var device = CpuDevice.Create(1);
        MemoryNeed.Require(new RunConfiguration { Hidden = [3], Latent = 2 }, new Dataset("garbage", set, set), device);
        Assert.False(garbage.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Leave() => new(new byte[100 * Mebi]);
    }

    [Fact]
    public void Pictures_are_not_decoded_for_a_batch_that_memory_does_not_hold()
    {
        for (int i = 0; i < 4; i++)
            Png.Write(_folder.File($"{i}.png"), new RasterImage(20, 20));
        var decoded = new Counter();
        using var device = CpuDevice.Create(1);
        Assert.StartsWith("--hidden 2000000000: ", Refused(new RunConfiguration { Hidden = [2_000_000_000] }), StringComparison.Ordinal);
        Assert.Equal(0, decoded.Count);
        // Of pictures that may be left out nothing is certain, and other faults are said by those who find them.
        Assert.Equal("", Refused(new RunConfiguration { Hidden = [2_000_000_000], SkipDamaged = true }));
        Assert.Equal("", Refused(new RunConfiguration { Network = "conv 8 30 pad 0, dense 3" }));
        Assert.Equal(8, decoded.Count);

        string Refused(RunConfiguration run)
        {
            var settings = new DataSettings
            {
                Data = _folder.FullPath,
                Decoding = decoded,
                BeforeDecoding = (image, pictures) => MemoryNeed.RequireForPictures(run, image, pictures, device),
            };
            try
            {
                Datasets.Open(settings);
                return "";
            }
            catch (UserException exception)
            {
                return exception.Message;
            }
        }
    }

    [Fact]
    public void A_batch_larger_than_any_set_makes_one_step_of_a_table() =>
        Assert.Equal(
            RunConfiguration.EnoughSteps, new RunConfiguration { Batch = int.MaxValue, Epochs = 1 }.WithEnoughSteps(100).Epochs);

    [Theory]
    [InlineData("0::/pod/app\n", "sys/fs/cgroup/pod/app/memory.max", "314572800\n", 300 * Mebi)]
    [InlineData("0::/pod/app\n", "sys/fs/cgroup/pod/memory.max", "314572800\n", 300 * Mebi)]
    [InlineData("0::/outside/name\n", "sys/fs/cgroup/memory.max", "314572800\n", 300 * Mebi)]
    [InlineData("0::/\n", "sys/fs/cgroup/memory.max", "max\n", null)]
    [InlineData("2:cpu:/a\n4:memory:/a\n0::/\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "314572800\n", 300 * Mebi)]
    [InlineData("4:memory:/a\n", "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n", null)]
    [InlineData("nonsense\n", "sys/fs/cgroup/memory.max", "314572800\n", null)]
    public void The_limit_of_a_container_is_read(string groups, string file, string content, long? expected)
    {
        Write("proc/self/cgroup", groups);
        Write(file, content);
        Assert.Equal(expected, MemoryLimit.OfContainer(_folder.FullPath));
    }

    [Fact]
    public void Without_control_groups_the_machine_is_the_limit()
    {
        Assert.Null(MemoryLimit.OfContainer(_folder.FullPath));
        Assert.InRange(MemoryLimit.OfProcess, 64 * Mebi, long.MaxValue / 2);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
        File.WriteAllText(_folder.File(file), content);
    }

    /// <summary>How many pictures were decoded.</summary>
    private sealed class Counter : IProgress<DecodingProgress>
    {
        private int _count;

        /// <summary>See the class.</summary>
        public int Count => _count;

        /// <inheritdoc/>
        public void Report(DecodingProgress value) => Interlocked.Increment(ref _count);
    }
}
