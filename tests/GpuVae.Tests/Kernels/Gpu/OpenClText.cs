using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using GpuVae.Kernels.Gpu;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.OpenCL;

namespace GpuVae.Tests;

/// <summary>What ILGPU makes of a kernel for OpenCL; it needs neither a device nor a driver.</summary>
internal static class OpenClText
{
    static OpenClText() => IlgpuContext.FenceSharedMemoryInOpenCl();

    /// <summary>In a context of its own with the settings that the product uses.</summary>
    public static string Compile(MethodInfo kernel)
    {
        using Context context = IlgpuContext.Create(_ => { });
        return Compile(context, EntryPointDescription.FromExplicitlyGroupedKernel(kernel));
    }

    /// <summary>In a context with those settings.</summary>
    public static string Compile(Context context, EntryPointDescription kernel)
    {
        using var backend = new CLBackend(context, Capabilities(), CLDeviceVendor.Other, CLCVersion.CL30);
        return ((CLCompiledKernel)backend.Compile(kernel, default)).Source;
    }

    /// <summary>
    /// What a plain GPU can do. ILGPU makes this object for devices that it has found, in no other way.
    /// </summary>
    private static CLCapabilityContext Capabilities()
    {
        var capabilities = (CLCapabilityContext)RuntimeHelpers.GetUninitializedObject(typeof(CLCapabilityContext));
        FieldInfo FieldOf(string property) => typeof(CLCapabilityContext).GetField(
            $"<{property}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!;
        FieldOf(nameof(CLCapabilityContext.GenericAddressSpace)).SetValue(capabilities, true);
        FieldOf("Extensions").SetValue(capabilities, ImmutableArray<string>.Empty);
        return capabilities;
    }
}
