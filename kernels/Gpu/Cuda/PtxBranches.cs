using System.Reflection;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// Between ILGPU's compiler and the driver's. ILGPU marks every branch that it takes for uniform as <c>bra.uni</c>, the way back of a
/// loop above all, and the driver's assembler unrolls no loop with that mark. Without it the branch is the same; the assembler finds by
/// itself where threads go the same way.
/// </summary>
internal static class PtxBranches
{
    private const string Marked = "bra.uni", Plain = "bra";

    // Where ILGPU 1.5.3 keeps a kernel's text, which it gives no other way to change. Without it kernels stay as they are.
    private static readonly FieldInfo? _text = typeof(PTXCompiledKernel).GetField(
        $"<{nameof(PTXCompiledKernel.PTXAssembly)}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>Whether this version of ILGPU keeps the text where it is looked for.</summary>
    public static bool AreRewritten => _text?.FieldType == typeof(string);

    /// <summary>The text of a kernel without the marks.</summary>
    public static string WithoutMarks(string ptx) => ptx.Replace(Marked, Plain, StringComparison.Ordinal);

    /// <summary>Loads an explicitly grouped kernel as <see cref="Accelerator"/> does; for CUDA without the marks, and so that its launches can be kept.</summary>
    /// <typeparam name="TLauncher"><c>void (AcceleratorStream, KernelConfig, …)</c> with the kernel's parameters.</typeparam>
    public static TLauncher LoadKernelWithPlainBranches<TLauncher>(this Accelerator accelerator, MethodInfo kernel)
        where TLauncher : Delegate
    {
        if (accelerator is not CudaAccelerator || !AreRewritten)
            return accelerator.LoadKernel<TLauncher>(kernel);
        CompiledKernel compiled = accelerator.CompileKernel(EntryPointDescription.FromExplicitlyGroupedKernel(kernel));
        var text = (PTXCompiledKernel)compiled;
        _text!.SetValue(text, WithoutMarks(text.PTXAssembly));
        return KeptLaunches.Of(accelerator).Wrap(
            text.PTXAssembly, accelerator.LoadKernel(compiled).CreateLauncherDelegate<TLauncher>());
    }
}
