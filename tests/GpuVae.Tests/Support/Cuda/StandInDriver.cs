using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using GpuVae.Kernels;

namespace GpuVae.Tests.Support.Cuda;

/// <summary>
/// A stand-in for NVIDIA's driver library, for machines without a GPU: driver.c, compiled by the system's compiler of C. It is loaded
/// under the driver's own name, so that ILGPU and our own code take it for that, and each kernel goes all the way: from ILGPU's PTX by
/// <see cref="PtxToC"/> to a library that the processor runs. Translated kernels are kept beside it, for as long as the tests' folder lives.
/// </summary>
internal static unsafe class StandInDriver
{
    private const string Soname = "libcuda.so.1";

    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "cuda");
    private static readonly Lazy<string?> _missing = new(Load);
    private static nint _library;
    private static (string Right, string Wrong)? _planted;

    /// <summary>Takes the driver's place in this process.</summary>
    /// <exception cref="DeviceException">There is no compiler, or a driver of NVIDIA's.</exception>
    public static void Provide()
    {
        if (_missing.Value is string reason)
            throw new DeviceException(reason);
    }

    /// <summary>Whether a device is one of this driver.</summary>
    public static bool Is(IDevice device) => _library != 0 && device.Name.StartsWith("cuda", StringComparison.Ordinal);

    /// <summary>How threads run from now on; a right kernel does not notice the order.</summary>
    /// <param name="reversed">
    /// Whether the last thread of a block runs first, and the last block, and copies to shared memory arrive when they are waited for
    /// and not at once.
    /// </param>
    /// <param name="approximate">Whether approximate functions are off by what PTX allows.</param>
    public static void Set(bool reversed, bool approximate)
    {
        if (_library == 0)
            return; // a GPU has its own ways
        *(int*)NativeLibrary.GetExport(_library, "standin_reversed") = reversed ? 1 : 0;
        *(int*)NativeLibrary.GetExport(_library, "standin_approximate") = approximate ? 1 : 0;
    }

    /// <summary>GPUs that are opened until the end have so many multiprocessors, not 132.</summary>
    public static IDisposable Multiprocessors(int count)
    {
        // Whoever has not asked for it gets none by asking for its size: other tests would see a GPU.
        if (_library == 0)
            return new End(() => { });
        int* place = (int*)NativeLibrary.GetExport(_library, "standin_multiprocessors");
        int before = *place;
        *place = count;
        return new End(() => *(int*)NativeLibrary.GetExport(_library, "standin_multiprocessors") = before);
    }

    /// <summary>There are so many GPUs, in a process that has opened none.</summary>
    public static void Devices(int count) => *(int*)NativeLibrary.GetExport(_library, "standin_devices") = count;

    /// <summary>Compiles a stand-in for NCCL, which sends between the memories of this driver's GPUs, and gives its path.</summary>
    public static string CompileNccl()
    {
        string library = Path.Combine(_folder, "libnccl-standin.so");
        Compile(library, "-O2", Source("nccl.c"), Path.Combine(_folder, Soname), "-lpthread");
        return library;
    }

    /// <summary>Launches are counted and not run, until the end: kernels that are first used in between are of no use after it.</summary>
    public static IDisposable Idle()
    {
        *(int*)NativeLibrary.GetExport(_library, "standin_idle") = 1;
        return new End(() => *(int*)NativeLibrary.GetExport(_library, "standin_idle") = 0);
    }

    /// <summary>Kernels that are loaded until the end have a mistake in their text.</summary>
    public static IDisposable Plant(string right, string wrong)
    {
        _planted = (right, wrong);
        return new End(() => _planted = null);
    }

    private sealed class End(Action end) : IDisposable
    {
        public void Dispose() => end();
    }

    /// <summary>Makes it for other processes, and leaves this one without a GPU.</summary>
    /// <exception cref="DeviceException">There is no compiler, or a driver of NVIDIA's.</exception>
    public static string Compile()
    {
        if (!OperatingSystem.IsLinux())
            throw new DeviceException("the stand-in for the CUDA driver is for Linux");
        if (_library == 0 && NativeLibrary.TryLoad(Soname, out _))
            throw new DeviceException("there is a CUDA driver already, whose tests are those of the device cuda");
        try
        {
            Directory.CreateDirectory(_folder);
            string library = Path.Combine(_folder, Soname);
            Compile(library, "-O2", Source("driver.c"), Source("block.c"), $"-Wl,-Bsymbolic,-soname,{Soname}", "-ldl", "-lm");
            return library;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new DeviceException("there is no compiler of C (cc) to make a stand-in for the CUDA driver with", exception);
        }
    }

    private static string? Load()
    {
        try
        {
            _library = NativeLibrary.Load(Compile());
            *(nint*)NativeLibrary.GetExport(_library, "standin_translate") = (nint)(delegate* unmanaged[Cdecl]<byte*, byte*, int, int>)&Translate;
            return null;
        }
        catch (DeviceException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Writes the path of a module's library and gives 1; or what is wrong and gives 0.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Translate(byte* ptx, byte* path, int capacity)
    {
        try
        {
            string text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(ptx));
            if (_planted is var (right, wrong))
            {
                text = text.Contains(right, StringComparison.Ordinal)
                    ? text.Replace(right, wrong, StringComparison.Ordinal)
                    : throw new InvalidOperationException($"nowhere in the text is {right}");
            }
            string translated = PtxToC.Translate(text);
            ulong hash = XxHash64.HashToUInt64(MemoryMarshal.AsBytes(translated.AsSpan()));
            string name = Path.Combine(_folder, hash.ToString("x16", CultureInfo.InvariantCulture));
            if (!File.Exists($"{name}.so"))
            {
                // For a person; other processes may be doing the same.
                string source = $"{name}.{Environment.ProcessId}.c";
                File.WriteAllText(Path.ChangeExtension(source, "ptx"), text);
                File.WriteAllText(source, translated);
                Compile($"{name}.so", "-O1", "-march=native", source, $"-I{Source("")}", Path.Combine(_folder, Soname), "-lm");
            }
            return Answer(1, $"{name}.so");
        }
        catch (Exception exception)
        {
            // No exception may leave for C.
            return Answer(0, exception.Message);
        }

        int Answer(int code, string said)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(said);
            int length = Math.Min(bytes.Length, capacity - 1);
            bytes.AsSpan(0, length).CopyTo(new Span<byte>(path, capacity));
            path[length] = 0;
            return code;
        }
    }

    private static string Source(string name) => Path.Combine(AppContext.BaseDirectory, "Support", "Cuda", name);

    private static void Compile(string target, params ReadOnlySpan<string> arguments)
    {
        string made = $"{target}.{Environment.ProcessId}";
        var start = new ProcessStartInfo("cc") { RedirectStandardError = true };
        // Each product and sum is rounded by itself, as PTX says, and no contraction is made of them.
        foreach (string argument in (string[])["-ffp-contract=off", "-fno-strict-aliasing", "-w", "-shared", "-fPIC", "-o", made, .. arguments])
            start.ArgumentList.Add(argument);
        using Process compiler = Process.Start(start)!;
        string said = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        if (compiler.ExitCode != 0)
            throw new InvalidOperationException($"{Path.GetFileName(target)}: {said}");
        File.Move(made, target, overwrite: true);
    }
}
