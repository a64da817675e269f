using System.Reflection;
using System.Runtime.CompilerServices;
using GpuVae.Kernels.Gpu.Cuda;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// An ILGPU kernel that each device compiles when it first launches it and keeps: one static field for each kernel.
/// What a launch costs is a look into an array of the device.
/// </summary>
/// <typeparam name="TLauncher">
/// <c>void (AcceleratorStream, KernelConfig, …)</c> with the kernel's parameters after the first two: an <c>Action</c>,
/// or a delegate of its own, whose parameters have names.
/// </typeparam>
public sealed class LazyKernel<TLauncher>
    where TLauncher : Delegate
{
    private readonly int _place = KernelPlaces.Next();
    private readonly Func<Accelerator, TLauncher> _load;
    private readonly string _name;

    /// <summary>Names the kernel.</summary>
    /// <param name="kernel">A static method, which ILGPU compiles as an explicitly grouped kernel.</param>
    public LazyKernel(Delegate kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        MethodInfo method = kernel.Method;
        _load = accelerator => accelerator.LoadKernelWithPlainBranches<TLauncher>(method);
        _name = NameOf(method);
    }

    /// <summary>Says how the kernel is compiled, where its launcher has other parameters.</summary>
    public LazyKernel(Func<Accelerator, TLauncher> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        _load = load;
        _name = NameOf(load.Method);
    }

    /// <summary>The launcher, compiled now if the device has none yet.</summary>
    /// <exception cref="DeviceException">The driver refuses the kernel; the message has what its compiler says.</exception>
    public TLauncher On(GpuDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        Delegate?[] loaded = device.LoadedKernels;
        // Only this kernel's launchers are kept at its place.
        return _place < loaded.Length && loaded[_place] is { } launcher ? Unsafe.As<TLauncher>(launcher) : Load(device);
    }

    /// <summary>The type that a person wrote: a lambda's own is the compiler's.</summary>
    private static string NameOf(MethodInfo method)
    {
        Type? type = method.DeclaringType;
        while (type is { DeclaringType: { } outer } && type.Name.StartsWith('<'))
            type = outer;
        return type?.Name ?? method.Name;
    }

    private TLauncher Load(GpuDevice device)
    {
        TLauncher launcher = BuildLog.Explain(_name, () => _load(device.Accelerator));
        Delegate?[] loaded = device.LoadedKernels;
        if (_place >= loaded.Length)
        {
            Array.Resize(ref loaded, Math.Max(_place + 1, 2 * loaded.Length));
            device.LoadedKernels = loaded;
        }
        loaded[_place] = launcher;
        return launcher;
    }
}

/// <summary>Numbers the kernels of the process.</summary>
internal static class KernelPlaces
{
    private static int _count;

    /// <summary>0, 1, 2, …</summary>
    public static int Next() => Interlocked.Increment(ref _count) - 1;
}
