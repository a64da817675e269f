using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.OpenCL;

namespace GpuVae.Tests.Support;

/// <summary>
/// OpenCL on a processor without a GPU, for tests. PoCL before version 4 lacks the generic address space, so that ILGPU
/// passes it over, and this program with it. Our kernels point at global and local memory only: once ILGPU believes that
/// the space is there and writes <c>__global</c> where it would write <c>__generic</c>, they run.
/// </summary>
internal static class AdjustedOpenCl
{
    private static IDevice? _opened;

    /// <summary>Opens the first processor that OpenCL has.</summary>
    /// <exception cref="DeviceException">There is none.</exception>
    public static IDevice Open()
    {
        if (List().Count == 0)
            throw new DeviceException($"{GpuVae.Kernels.Device.OpenClLibrary} is missing, or knows no device");
        // All devices of the process share the texts, but it has no other: the program found none that it can use.
        SharedTexts("AddressSpacePrefixes")[0] = "__global";
        AtomicInt() = "volatile __global atomic_int";
        return _opened = GpuDevices.OpenOpenCl(0, builder => builder.OpenCL(Adjust));
    }

    /// <summary>Whether this is what was opened, whose compiler takes the best part of a second for a kernel.</summary>
    public static bool IsProcessor(IDevice device) => ReferenceEquals(device, _opened);

    /// <summary>The devices as the program would list them if it could use them.</summary>
    public static IReadOnlyList<DeviceInfo> List() => GpuDevices.ListOpenCl(builder => builder.OpenCL(Adjust));

    private static bool Adjust(CLDevice device)
    {
        if (!device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU))
            return false;
        PropertyInfo genericSpace = typeof(CLCapabilityContext).GetProperty(
            nameof(CLCapabilityContext.GenericAddressSpace))!;
        genericSpace.SetValue(device.Capabilities, true);
        return true;
    }

    /// <summary>What ILGPU casts a pointer to before it counts.</summary>
    private static ref string? AtomicInt()
    {
        var types = (ImmutableArray<string?>)typeof(CLTypeGenerator)
            .GetField("AtomicTypeMapping", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
        return ref ImmutableCollectionsMarshal.AsArray(types)![(int)ArithmeticBasicValueType.Int32];
    }

    private static string[] SharedTexts(string name) =>
        (string[])typeof(CLBackend).Assembly.GetType("ILGPU.Backends.OpenCL.CLInstructions", throwOnError: true)!
            .GetField(name, BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
}
