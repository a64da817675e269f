using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Tests;

/// <summary>What ILGPU makes of a kernel for CUDA; it needs no GPU.</summary>
internal static class PtxText
{
    /// <summary>
    /// With the settings that the product uses; a failed compilation spoils its context, so each has its own.
    /// </summary>
    public static string Compile(MethodInfo kernel)
    {
        using Context context = Context.Create(builder =>
            builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive).EnableAlgorithms());
        return Compile(context, EntryPointDescription.FromExplicitlyGroupedKernel(kernel));
    }

    /// <summary>In a context with those settings.</summary>
    public static string Compile(Context context, EntryPointDescription kernel)
    {
        using var backend = new PTXBackend(
            context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80,
            CudaInstructionSet.ISA_80, null);
        return ((PTXCompiledKernel)backend.Compile(kernel, default)).PTXAssembly;
    }
}
