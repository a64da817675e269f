using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using GpuVae.Tests.Training;
using GpuVae.Training;
using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace GpuVae.Tests;

/// <summary>How launches become one kernel, what becomes of launches that cannot, and that mistakes in that kernel are noticed.</summary>
[Collection(nameof(TestDevices))]
public sealed class PersistentKernelTests(ITestOutputHelper output)
{
    private const int Side = 28;

    /// <summary>The training step of the default model, 784-400-20 at batch 128, on 132 multiprocessors.</summary>
    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Bf16)]
    public void A_step_of_the_default_model_fits_into_one_kernel(Precision precision)
    {
        using GpuDevice device = TestDevices.OpenStandIn(precision);
        using IDisposable idle = StandInDriver.Idle();
        PersistentKernel kernel = DefaultStep(device);
        output.WriteLine($"{kernel.Threads} threads, {kernel.ArgumentBytes.Count} bytes of arguments, {kernel.Ptx.Length} of text");
        Assert.Equal(12, kernel.Phases);
        Assert.Equal(256, kernel.Threads);
        Assert.True(kernel.MostBlocks >= 2 * 132, "some phase has groups for all blocks");
        Assert.Equal(12, kernel.Ptx.Split("atom.add.acq_rel.gpu").Length - 1);
        Assert.Equal(12, kernel.Ptx.Split("ld.acquire.gpu").Length - 1);
        Assert.DoesNotMatch(@"%(n?tid|n?ctaid)\.[yz]|__shared|\bret;(?!\s*\}\s*$)", kernel.Ptx);
    }

    /// <summary>Two blocks of a multiprocessor have its registers, of eight warps each.</summary>
    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Tf32)]
    [InlineData(Precision.Bf16)]
    public void Assembler_takes_that_kernel_and_spills_nothing(Precision precision)
    {
        using GpuDevice device = TestDevices.OpenStandIn(precision);
        using IDisposable idle = StandInDriver.Idle();
        PersistentKernel persistent = DefaultStep(device);
        foreach (string architecture in Assembler.Architectures)
        {
            AssembledKernel kernel = Assembler.Assemble(persistent.Ptx, architecture);
            output.WriteLine($"{architecture}: {kernel.Registers} registers, {kernel.SharedBytes} bytes of shared memory, {kernel.CodeBytes >> 10} KB of code");
            Assert.Equal((0, 0), (kernel.StackBytes, kernel.SpilledBytes));
            Assert.InRange(kernel.Registers, 1, 65536 / persistent.Threads / PersistentKernel.BlocksPerMultiprocessor);
            Assert.InRange(kernel.SharedBytes, 1, 48 << 10);
        }
    }

    /// <summary>The barrier of the grid: nobody waits, or it waits for one block more, or only its first thread does.</summary>
    [Theory]
    [InlineData("setp.ge.s32 waits, current, 0;", "setp.ne.s32 waits, current, current;", null)]
    [InlineData("sub.u32 own, 2147483649, blocks;", "sub.u32 own, 2147483648, blocks;", "every block waits for what others do")]
    [InlineData("JOINED_3:\nbar.sync 0;", "JOINED_3:", null)]
    public void A_mistake_in_the_barrier_is_noticed(string right, string wrong, string? fault)
    {
        TestDevices.ProvideCuda();
        using IDisposable few = StandInDriver.Multiprocessors(3);
        using GpuDevice device = TestDevices.OpenStandIn();
        StandInDriver.Set(reversed: false, approximate: false);
        float[] expected = Train(device, isPlanted: false);
        float[]? actual = null;
        Exception? thrown = Record.Exception(() => actual = Train(device, isPlanted: true));
        if (fault is null)
            Assert.True(thrown is not null || !expected.AsSpan().SequenceEqual(actual), "the same bits");
        else
            Assert.Contains(fault, Assert.IsType<DeviceException>(thrown).Message, StringComparison.Ordinal);

        float[] Train(GpuDevice cuda, bool isPlanted)
        {
            RunConfiguration configuration = CudaTrainingTests.Configuration("vae");
            ImageSet images = CudaTrainingTests.Images(configuration, 3 * configuration.Batch);
            using Autoencoder model = ModelBuilder.Build(configuration, cuda, images.Shape, configuration.Batch, configuration.Batch);
            ModelBuilder.InitializeParameters(configuration, cuda, model, images);
            using var trainer = new Trainer(
                cuda, model, configuration.CreateObjective(3), images, configuration.TrainerSettings with { StepsPerLaunch = 2 });
            trainer.BeginEpoch(1);
            trainer.Step();
            using IDisposable? mistake = isPlanted ? StandInDriver.Plant(right, wrong) : null;
            trainer.Step();
            trainer.Step();
            Assert.StartsWith("as one persistent kernel", trainer.StepExecution, StringComparison.Ordinal);
            return cuda.Read(model.Parameters.Values);
        }
    }

    [Fact]
    public void Launches_that_are_too_many_stay_a_graph_which_says_why()
    {
        using GpuDevice device = TestDevices.OpenStandIn();
        using DeviceBuffer<float> buffer = device.Allocate<float>(8);
        View<float> ones = buffer.AsMatrix(2, 4).RowRange(0, 1), sums = buffer.AsMatrix(2, 4).RowRange(1, 1);
        device.Run(new Fill(1, ones));
        using IRecording recording = device.RecordPersistent(() =>
        {
            for (int i = 0; i < 600; i++)
                device.Run(new Elementwise(ElementwiseFunction.Add, ones, sums, sums));
        });
        Assert.False(recording.ReplaysAtOnce);
        recording.Replay(4);
        Assert.False(recording.ReplaysAtOnce);
        Assert.Contains("as one graph of 600 launches, because a persistent kernel was not made: ", recording.Description, StringComparison.Ordinal);
        Assert.Contains("bytes of arguments", recording.Description, StringComparison.Ordinal);
        Assert.Equal([2400, 2400, 2400, 2400], device.Read(sums));
    }

    [Fact]
    public void Launches_that_cannot_be_kept_stay_a_graph()
    {
        using GpuDevice device = TestDevices.OpenStandIn();
        using DeviceBuffer<float> buffer = device.Allocate<float>(1);
        var launcher = new LazyKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>>>(
            accelerator => accelerator.LoadKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>>>(((Delegate)Count).Method));
        using IRecording recording = device.RecordPersistent(() =>
            launcher.On(device)(device.LaunchStream(), new KernelConfig(1, 1), device.AsArray(buffer.AsVector())));
        recording.Replay(5);
        Assert.Contains("because a persistent kernel was not made", recording.Description, StringComparison.Ordinal);
        Assert.Equal([5], device.Read(buffer.AsVector()));
    }

    /// <summary>A warp waits for all of its threads, of which a group that is no whole warps leaves some out.</summary>
    [Theory]
    [InlineData("bar.sync\t0;")]
    [InlineData("bar.warp.sync 0xffffffff;")]
    public void A_phase_with_a_barrier_has_groups_of_whole_warps(string barrier)
    {
        string ptx = $".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry Wait(\n)\n{{\n\t{barrier}\n\tret;\n}}\n";
        Assert.Equal(64, new PersistentPhase(new(ptx, new(1, 1, 1), new(8, 8, 1), [])).TeamThreads);
        Assert.Throws<NotSupportedException>(() => new PersistentPhase(new(ptx, new(1, 1, 1), new(33, 1, 1), [])));
    }

    [Fact]
    public void Arguments_lie_as_the_kernels_take_them()
    {
        Assert.Equal([5, 0, 0, 0], ArgumentBytes.Of(5));
        Assert.Equal([0, 0, 128, 63], ArgumentBytes.Of(1f));
        Assert.Equal(new byte[16], ArgumentBytes.Of(ArrayView<float>.Empty));
        // A number of four bytes before one of eight, and room behind one of four.
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0], ArgumentBytes.Of((1, 2L, 3)));
        Assert.Throws<NotSupportedException>(() => ArgumentBytes.Of('c'));
    }

    /// <summary>Adds 1.</summary>
    internal static void Count(ArrayView<float> values) => values[0] += 1;

    private static PersistentKernel DefaultStep(GpuDevice device)
    {
        RunConfiguration configuration = RunConfiguration.FromPreset("vae");
        var images = new ImageSet(new byte[2 * configuration.Batch * Side * Side], null, Side, Side);
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, configuration.Batch, configuration.Batch);
        using var trainer = new Trainer(device, model, configuration.CreateObjective(), images, configuration.TrainerSettings);
        trainer.BeginEpoch(1);
        // The first step of a recording calls the operations.
        return new PersistentKernel(KeptLaunches.Of(device.Accelerator).Keep(trainer.Step));
    }
}
