using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests;

public sealed class GpuDeviceTests
{
    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:4000")]
    [InlineData("opencl:99999999999")]
    [InlineData("ilgpu-cpu:0")]
    public void Device_that_is_not_there_is_refused_with_the_list_of_what_is(string name)
    {
        DeviceException exception = Assert.Throws<DeviceException>(() => Device.Open(name));

        Assert.Contains($"'{name}'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.All(Device.List(), device => Assert.Contains(device.Name, exception.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Cpu_is_always_listed_first()
    {
        Assert.Equal("cpu", Device.List()[0].Name);
        Assert.Contains(Device.List(), device => device.Name == "ilgpu-cpu");
        Assert.All(Device.List(), device => Assert.True(device.Memory > 0 && device.Description.Length > 0));
    }

    [Fact]
    public void A_device_has_the_name_that_opens_it()
    {
        using IDevice device = Device.Open("ilgpu-cpu");
        Assert.Equal("ilgpu-cpu", device.Name);
        Assert.NotEmpty(device.Description);
    }
}
