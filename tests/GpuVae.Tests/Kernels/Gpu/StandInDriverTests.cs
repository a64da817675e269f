using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Tests.Support;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace GpuVae.Tests;

/// <summary>What no kernel may do is noticed by the stand-in for NVIDIA's driver, so that no other test passes with it.</summary>
[Collection(nameof(TestDevices))]
public sealed class StandInDriverTests
{
    private const int Threads = 64;

    [Theory]
    [InlineData(nameof(Kernels.Right), null)]
    [InlineData(nameof(Kernels.HasTeams), null)]
    [InlineData(nameof(Kernels.ReadsOtherTeams), "a thread reads a word of shared memory that another writes, without a barrier between")]
    [InlineData(nameof(Kernels.WaitsForTooMany), "after some threads of the block have returned")]
    [InlineData(nameof(Kernels.Races), "two threads write a word of shared memory without a barrier between")]
    [InlineData(nameof(Kernels.ReadsUnwritten), "that nobody has written")]
    [InlineData(nameof(Kernels.LeavesMemory), "a store beyond global memory")]
    [InlineData(nameof(Kernels.LeavesSharedMemory), "beyond shared memory")]
    [InlineData(nameof(Kernels.SkipsBarrier), "after some threads of the block have returned")]
    [InlineData(nameof(Kernels.SkipsBarrierOfWarp), "the threads of a warp are not at one product or barrier")]
    [InlineData(nameof(Kernels.ExchangesInWarp), "a thread reads a word of shared memory that another writes, without a barrier between")]
    public void A_fault_of_a_kernel_ends_its_launch_with_its_name(string kernel, string? fault)
    {
        using GpuDevice gpu = TestDevices.OpenStandIn();
        using DeviceBuffer<float> buffer = gpu.Allocate<float>(Threads);
        var launcher = new LazyKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>>>(
            typeof(Kernels).GetMethod(kernel)!.CreateDelegate<Action<ArrayView<float>>>());

        Exception? thrown = Record.Exception(() =>
            launcher.On(gpu)(gpu.LaunchStream(), new KernelConfig(1, Threads), gpu.AsArray(buffer.AsVector())));

        if (fault is null)
        {
            Assert.Null(thrown);
            var values = new float[Threads];
            gpu.Download(buffer.AsVector(), values);
            Assert.Equal(Enumerable.Range(0, Threads).Select(i => (float)(Threads - 1 - i)), values);
            return;
        }
        Assert.NotNull(thrown);
        Assert.Contains(fault, thrown.Message, StringComparison.Ordinal);
        Assert.Contains(kernel, thrown.Message, StringComparison.Ordinal);
    }

    /// <summary>One that is right, and faults.</summary>
    private static class Kernels
    {
        /// <summary>Reverses the numbers of threads by shared memory.</summary>
        public static void Right(ArrayView<float> values)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
            shared[Group.IdxX] = Group.IdxX;
            CudaAsm.Emit("bar.warp.sync 0xffffffff;");
            Group.Barrier();
            values[Group.IdxX] = shared[Threads - 1 - Group.IdxX];
        }

        /// <summary>Each half has a barrier of its own.</summary>
        public static void HasTeams(ArrayView<float> values)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
            shared[Group.IdxX] = Group.IdxX < Threads / 2 ? Group.IdxX + (Threads / 2) : Group.IdxX - (Threads / 2);
            if (Group.IdxX < Threads / 2)
                CudaAsm.Emit("bar.sync 1, 32;");
            else
                CudaAsm.Emit("bar.sync 2, 32;");
            values[Group.IdxX] = shared[(Group.IdxX < Threads / 2 ? (Threads / 2) - 1 : Threads + (Threads / 2) - 1) - Group.IdxX];
        }

        /// <summary>Each half reads what the other wrote.</summary>
        public static void ReadsOtherTeams(ArrayView<float> values)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
            shared[Group.IdxX] = Group.IdxX;
            if (Group.IdxX < Threads / 2)
                CudaAsm.Emit("bar.sync 1, 32;");
            else
                CudaAsm.Emit("bar.sync 2, 32;");
            values[Group.IdxX] = shared[Threads - 1 - Group.IdxX];
        }

        /// <summary>A barrier of all for half of them.</summary>
        public static void WaitsForTooMany(ArrayView<float> values)
        {
            if (Group.IdxX < Threads / 2)
                CudaAsm.Emit("bar.sync 1, 64;");
            values[Group.IdxX] = 0;
        }

        /// <summary>Two threads write each word.</summary>
        public static void Races(ArrayView<float> values)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Threads / 2);
            shared[Group.IdxX / 2] = Group.IdxX;
            Group.Barrier();
            values[Group.IdxX] = shared[Group.IdxX / 2];
        }

        /// <summary>Half of shared memory is never written.</summary>
        public static void ReadsUnwritten(ArrayView<float> values)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(2 * Threads);
            shared[Group.IdxX] = Group.IdxX;
            Group.Barrier();
            values[Group.IdxX] = shared[Threads + Group.IdxX];
        }

        /// <summary>The last thread stores behind the end.</summary>
        public static void LeavesMemory(ArrayView<float> values) => values[Group.IdxX + 1] = 1;

        /// <summary>The last thread stores behind the end of shared memory.</summary>
        public static void LeavesSharedMemory(ArrayView<float> values)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
            shared[Group.IdxX + 1] = 1;
            Group.Barrier();
            values[Group.IdxX] = 0;
        }

        /// <summary>Some threads wait for others, which have returned.</summary>
        public static void SkipsBarrier(ArrayView<float> values)
        {
            values[Group.IdxX] = 0;
            if (Group.IdxX < 5)
                return;
            Group.Barrier();
            values[Group.IdxX] = 1;
        }

        /// <summary>Some threads of a warp wait for others, which have returned.</summary>
        public static void SkipsBarrierOfWarp(ArrayView<float> values)
        {
            values[Group.IdxX] = 0;
            if (Group.IdxX < 5)
                return;
            CudaAsm.Emit("bar.warp.sync 0xffffffff;");
            values[Group.IdxX] = 1;
        }

        /// <summary>What no kernel here does, and the stand-in knows only as a fault.</summary>
        public static void ExchangesInWarp(ArrayView<float> values)
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(Threads);
            shared[Group.IdxX] = Group.IdxX;
            CudaAsm.Emit("bar.warp.sync 0xffffffff;");
            values[Group.IdxX] = shared[Group.IdxX ^ 1];
        }
    }
}
