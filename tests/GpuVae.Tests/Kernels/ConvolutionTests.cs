using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Convolutions on every device.</summary>
[Collection(nameof(TestDevices))]
public sealed class ConvolutionTests(TestDevices devices)
{
    public static TheoryData<string, string> DevicesAndOperations =>
    [
        .. from name in TestDevices.Names
           from operation in (string[])
               [nameof(Convolve), nameof(ConvolveTransposed), nameof(ConvolutionWeightGradient)]
           select (name.Data, operation),
    ];

    [Theory]
    [MemberData(nameof(DevicesAndOperations))]
    public void Operation_agrees_with_the_reference(string device, string operation) =>
        OperationChecks.Check(devices.Open(device), operation);
}
