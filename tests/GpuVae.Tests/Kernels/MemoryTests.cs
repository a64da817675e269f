using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(TestDevices))]
public sealed class MemoryTests(TestDevices devices)
{
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void New_memory_is_zero_also_where_old_memory_was_not(string name)
    {
        IDevice device = devices.Open(name);
        for (int round = 0; round < 3; round++)
        {
            using DeviceBuffer<float> buffer = device.Allocate<float>(1003);
            Assert.Equal(1003, buffer.Length);
            Assert.Equal(new float[1003], device.Read(buffer.AsVector()));
            float[] ones = Enumerable.Repeat(1f, 1003).ToArray();
            device.Upload<float>(ones, buffer.AsVector());
            Assert.Equal(ones, device.Read(buffer.AsVector()));
        }
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Part_of_a_buffer_is_copied_without_its_neighbours(string name)
    {
        IDevice device = devices.Open(name);
        using DeviceBuffer<byte> bytes = device.Allocate<byte>(10);
        device.Upload<byte>([1, 2, 3], new View<byte>(bytes, 5, 1, 3));
        Assert.Equal([0, 0, 0, 0, 0, 1, 2, 3, 0, 0], device.Read(bytes.AsVector()));
        using DeviceBuffer<int> integers = device.Allocate<int>(6);
        device.Upload<int>([1, 2, 3, 4, 5, 6], integers.AsVector());
        Assert.Equal([3, 4], device.Read(integers.AsMatrix(3, 2).RowRange(1, 1)));
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Imported_array_is_read_where_it_is_gathered_from(string name)
    {
        IDevice device = devices.Open(name);
        byte[] pixels = [.. Enumerable.Range(0, 7 * 19).Select(i => (byte)(i * 37))];
        using DeviceBuffer<byte> images = device.Import(pixels);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> x = workspace.Destination("x", 7, 19, Tolerance.Exact);
        device.Run(new Gather<byte>(
            images.AsMatrix(7, 19), workspace.Source(1, 7, [6, 5, 4, 3, 2, 1, 0]),
            workspace.Source(1, Counter.Count, [0, 0]), 7, PixelEncoding.Scaled, default, x));
        float[] expected = [.. Enumerable.Range(0, 7).Reverse().SelectMany(
            row => pixels.AsSpan(row * 19, 19).ToArray().Select(pixel => pixel / 255f))];
        float[] actual = device.Read(x);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
    }

    /// <summary>Which thread computes what never shows: every number is summed in the same order.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Number_of_threads_changes_no_bit(int threads)
    {
        using CpuDevice one = CpuDevice.Create(1), several = CpuDevice.Create(threads);
        foreach (OperationCase row in OperationCases.All.Where(row => row.Size == CaseSize.Large))
        {
            CaseOutput[] expected = [.. row.Run(one)], actual = [.. row.Run(several)];
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        }
    }

    /// <summary>The result of one operation is the source of the next, with no wait between.</summary>
    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Operations_run_in_the_order_of_the_calls(string name)
    {
        IDevice device = devices.Open(name);
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Aligned);
        View<float> ones = workspace.Source(16, 16, Enumerable.Repeat(1f, 256).ToArray());
        View<float> even = workspace.Destination("even", 16, 16, Tolerance.Exact);
        View<float> odd = workspace.Destination("odd", 16, 16, Tolerance.Exact);
        device.Upload(device.Read(ones), even);
        for (int i = 0; i < 2; i++)
        {
            device.Run(new Multiply(Orientation.NN, ones, even, Epilogue.Store, odd));
            device.Run(new Multiply(Orientation.NN, ones, odd, Epilogue.Store, even));
        }
        Assert.Equal(Enumerable.Repeat(65536f, 256), device.Read(even));
        device.Synchronize();
    }

    [Fact]
    public void Device_may_be_disposed_of_twice()
    {
        var device = CpuDevice.Create(threads: 2);
        device.Dispose();
        device.Dispose();
    }

    [Fact]
    public unsafe void Memory_of_the_cpu_begins_at_a_multiple_of_64_bytes()
    {
        IDevice device = devices.Open("cpu");
        for (int length = 1; length < 40; length++)
        {
            using DeviceBuffer<byte> buffer = device.Allocate<byte>(length);
            Assert.Equal(0, (nint)buffer.AsVector().Pointer() % 64);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_001)]
    public void An_array_for_import_keeps_what_is_written_to_it(int length)
    {
        byte[] array = HostArray.Allocate<byte>(length);
        Assert.Equal(length, array.Length);
        for (int i = 0; i < length; i++)
            array[i] = (byte)(i % 251);
        GC.Collect();
        Assert.All(Enumerable.Range(0, length).Where(i => i % 997 == 0), i => Assert.Equal((byte)(i % 251), array[i]));
    }

    [Fact]
    public void An_array_for_import_has_no_negative_length() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HostArray.Allocate<float>(-1));

    /// <summary>On the CPU alone: a launch of ILGPU makes garbage of its own.</summary>
    [Fact]
    public void No_operation_of_the_cpu_allocates_once_it_has_run()
    {
        IDevice device = devices.Open("cpu");
        foreach (OperationCase row in OperationCases.All)
        {
            using PreparedCase prepared = row.Prepare(device);
            prepared.Execute();
            // The runtime itself may allocate, once, when two threads first meet at a lock: the least of three counts.
            long least = long.MaxValue;
            for (int i = 0; i < 3; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                prepared.Execute();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            Assert.True(least == 0, $"{row} took {least} bytes");
        }
    }
}
