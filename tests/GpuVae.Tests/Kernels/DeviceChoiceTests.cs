using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using Xunit;

namespace GpuVae.Tests.Kernels;

public sealed class DeviceChoiceTests
{
    private static readonly DeviceInfo
        Cpu = new("cpu", "a processor", 1),
        SlowOpenCl = new("opencl:0", "the same processor through OpenCL", 1),
        Radeon = new("opencl:1", "a GPU", 1) { IsGpu = true },
        Cuda0 = new("cuda:0", "a GPU", 1) { IsGpu = true },
        Cuda1 = new("cuda:1", "another", 1) { IsGpu = true },
        Simulation = new("ilgpu-cpu", "slow", 1);

    [Fact]
    public void Auto_takes_the_first_cuda_device() =>
        Assert.Equal("cuda:0", Device.Choose([Cpu, SlowOpenCl, Radeon, Cuda0, Cuda1, Simulation]));

    [Fact]
    public void Without_cuda_auto_takes_the_first_opencl_device_that_is_a_gpu() =>
        Assert.Equal("opencl:1", Device.Choose([Cpu, SlowOpenCl, Radeon, Simulation]));

    [Fact]
    public void Auto_takes_the_cpu_rather_than_opencl_on_the_same_cores()
    {
        Assert.Equal("cpu", Device.Choose([Cpu, SlowOpenCl, Simulation]));
        Assert.Equal("cpu", Device.Choose([]));
    }

    [Theory]
    [InlineData(7, "Fp32")]
    [InlineData(8, "Fp32, Tf32, Bf16")]
    [InlineData(9, "Fp32, Tf32, Bf16")]
    [InlineData(12, "Fp32, Tf32, Bf16")]
    public void Precisions_beside_fp32_need_compute_capability_8(int major, string precisions) =>
        Assert.Equal(precisions, string.Join(", ", DeviceDescriptions.Precisions(major)));

    [Fact]
    public void Cpu_says_its_model_and_its_caches_where_the_processor_does()
    {
        IReadOnlyList<string> details = Device.List()[0].Details;
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.X86Base.IsSupported, "this processor has no CPUID");
        Assert.InRange(details.Count, 1, 2);
        Assert.Matches(@"^\S+( \S+)*$", details[0]);
        Assert.All(details.Skip(1), caches => Assert.Matches(@"^caches (\d+(\.\d)? [KM]iB(, )?)+$", caches));
    }
}
