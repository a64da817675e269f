using System.Runtime.InteropServices;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace GpuVae.Tests;

/// <summary>How OpenCL is found, on machines that have some of it.</summary>
public sealed class OpenClDeviceTests
{
    private static readonly Lazy<nint> _loader =
        new(() => NativeLibrary.TryLoad(Device.OpenClLibrary, out nint handle) ? handle : 0);

    [Fact]
    public void Loader_without_the_link_of_a_development_package_is_enough()
    {
        int expected = CountPlatforms();
        Assert.SkipUnless(expected > 0, $"{Device.OpenClLibrary} is missing, or knows no platform");
        Assert.SkipWhen(NativeLibrary.TryLoad("libOpenCL.so", out _), "the link is there, so that nothing is shown");
        Assert.NotEmpty(Device.List());
        Assert.Equal(CLError.CL_SUCCESS, CLAPI.CurrentAPI.GetNumPlatforms(out int found));
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Processor_behind_opencl_is_no_gpu_and_not_what_auto_takes()
    {
        IReadOnlyList<DeviceInfo> processors = AdjustedOpenCl.List();
        Assert.SkipWhen(processors.Count == 0, "there is no processor behind OpenCL here");
        Assert.All(processors, device =>
        {
            Assert.False(device.IsGpu);
            Assert.Matches(@"^opencl:\d$", device.Name);
            Assert.True(device.Memory > 0);
            Assert.Contains(device.Details, detail => detail.StartsWith("driver ", StringComparison.Ordinal));
            Assert.Equal([Precision.Fp32], device.Precisions);
        });
        Assert.Equal("cpu", Device.Choose(processors));
    }

    private static unsafe int CountPlatforms()
    {
        if (_loader.Value == 0)
            return 0;
        uint count = 0;
        var getPlatforms = (delegate* unmanaged<uint, nint*, uint*, int>)NativeLibrary.GetExport(
            _loader.Value, "clGetPlatformIDs");
        return getPlatforms(0, null, &count) == 0 ? (int)count : 0;
    }
}
