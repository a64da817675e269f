using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>What a device does for a second thread.</summary>
public sealed class SingleCallerTests
{
    private const int Rounds = 400;

    /// <summary>Each thread has memory of its own; scratch memory and workers are the device's.</summary>
    [Theory]
    [InlineData("cpu")]
    [InlineData("ilgpu-cpu")]
    public async Task Two_threads_at_once_get_right_numbers_or_a_refusal(string name)
    {
        using IDevice device = name == "cpu" ? CpuDevice.Create(3) : Device.Open(name);
        int rounds = name == "cpu" ? Rounds : 8, size = name == "cpu" ? 160 : 24;
        using var start = new Barrier(2);
        Task<int>[] threads =
        [
            .. Enumerable.Range(1, 2).Select(seed => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return Multiply(device, seed, size, rounds);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
        await Task.WhenAll(threads).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        // The device is none the worse for it.
        Assert.Equal(0, Multiply(device, 3, size, 1));
    }

    [Fact]
    public async Task A_thread_is_refused_while_another_is_inside_which_may_enter_again()
    {
        var caller = new SingleCaller();
        Assert.True(caller.Enter());
        Assert.False(caller.Enter());
        Exception? refused = await Task.Factory.StartNew(
            () => Record.Exception(() => caller.Enter()), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Assert.Contains(
            "one caller at a time: open a device for each thread", Assert.IsType<InvalidOperationException>(refused).Message,
            StringComparison.Ordinal);
        caller.Leave();
        bool[] entered = await Task.Factory.StartNew(
            () => new[] { caller.Enter(), caller.Enter() }, CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Assert.Equal([true, false], entered);
    }

    [Fact]
    public async Task An_operation_that_fails_leaves_the_device_to_others()
    {
        using CpuDevice device = CpuDevice.Create(2);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        DeviceBuffer<float> gone = device.Allocate<float>(16);
        View<float> view = gone.AsMatrix(4, 4);
        View<float> result = workspace.Destination("result", 4, 4, Tolerance.Exact);
        gone.Dispose();
        Assert.ThrowsAny<Exception>(() => device.Run(new Multiply(Orientation.NN, view, view, Epilogue.Store, result)));
        Assert.ThrowsAny<Exception>(() => device.Upload<float>(new float[16], view));
        Assert.ThrowsAny<Exception>(() => device.Download<float>(view, new float[16]));
        Task<int> other = Task.Factory.StartNew(
            () => Multiply(device, 1, 16, 1), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Assert.Equal(0, await other.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
    }

    /// <summary>Multiplies a matrix with one whose columns are equal: the sums are known exactly.</summary>
    /// <returns>How often the device refused.</returns>
    private static int Multiply(IDevice device, int seed, int size, int rounds)
    {
        int refusals = 0;
        for (int round = 0; round < rounds; round++)
        {
            try
            {
                using DeviceBuffer<float> left = device.Allocate<float>(size * size);
                using DeviceBuffer<float> right = device.Allocate<float>(size * size);
                using DeviceBuffer<float> product = device.Allocate<float>(size * size);
                View<float> a = left.AsMatrix(size, size), b = right.AsMatrix(size, size), c = product.AsMatrix(size, size);
                int factor = seed + (round % 5);
                device.Upload<float>([.. Enumerable.Range(0, size * size).Select(i => (float)(i % 7))], a);
                device.Upload<float>([.. Enumerable.Repeat((float)factor, size * size)], b);
                device.Run(new Multiply(Orientation.NN, a, b, Epilogue.Store, c));
                float[] expected =
                [
                    .. Enumerable.Range(0, size * size).Select(i => (float)(factor
                        * Enumerable.Range(i / size * size, size).Sum(position => position % 7))),
                ];
                Assert.Equal(expected, device.Read(c));
            }
            catch (InvalidOperationException refusal) when (
                refusal.Message.Contains("one caller at a time", StringComparison.Ordinal))
            {
                refusals++;
            }
        }
        return refusals;
    }
}
