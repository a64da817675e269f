using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using Xunit;

namespace GpuVae.Tests.Kernels;

public sealed class DeviceChoiceTests
{
    private static readonly DeviceInfo
        _cpu = new("cpu", "a processor", 1),
        _slowOpenCl = new("opencl:0", "the same processor through OpenCL", 1),
        _radeon = new("opencl:1", "a GPU", 1) { IsGpu = true },
        _cuda0 = new("cuda:0", "a GPU", 1) { IsGpu = true },
        _cuda1 = new("cuda:1", "another", 1) { IsGpu = true },
        _simulation = new("ilgpu-cpu", "slow", 1);

    [Fact]
    public void Auto_takes_the_first_cuda_device() =>
        Assert.Equal("cuda:0", Device.Choose([_cpu, _slowOpenCl, _radeon, _cuda0, _cuda1, _simulation]));

    [Fact]
    public void Without_cuda_auto_takes_the_first_opencl_device_that_is_a_gpu() =>
        Assert.Equal("opencl:1", Device.Choose([_cpu, _slowOpenCl, _radeon, _simulation]));

    [Fact]
    public void Auto_takes_the_cpu_rather_than_opencl_on_the_same_cores()
    {
        Assert.Equal("cpu", Device.Choose([_cpu, _slowOpenCl, _simulation]));
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
