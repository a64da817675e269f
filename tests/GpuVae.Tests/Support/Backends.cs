using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using Xunit;

namespace GpuVae.Tests.Support;

/// <summary>
/// The backends of this machine, each opened once for all tests that ask for it. Tests that share it run one after
/// the other, as a backend serves one caller at a time.
/// </summary>
[CollectionDefinition(nameof(Backends))]
public sealed class BackendTests : ICollectionFixture<Backends>;

/// <summary>Opens backends by name and keeps them until the last test is over.</summary>
public sealed class Backends : IDisposable
{
    private readonly Dictionary<string, IDevice> _open = [];
    private readonly Dictionary<string, string> _missing = [];

    // What other processors than this one would run, with numbers of threads that divide little.
    private const string Narrow256 = "cpu, 256 bits, 3 threads", Narrow128 = "cpu, 128 bits, 1 thread";

    /// <summary>For <c>[MemberData]</c>: the names that <c>--device</c> takes, and the CPU's other widths.</summary>
    public static TheoryData<string> Names => ["cpu", Narrow256, Narrow128, "ilgpu-cpu", "cuda", "opencl"];

    /// <summary>The backend of that name; skips the test, with the reason, where the machine has none.</summary>
    public IDevice Open(string name)
    {
        if (_open.TryGetValue(name, out IDevice? known))
            return known;
        if (!_missing.TryGetValue(name, out string? reason))
        {
            try
            {
                return _open[name] = Create(name);
            }
            catch (DeviceException exception) when (name is "cuda" or "opencl")
            {
                reason = _missing[name] = exception.Message;
            }
        }
        Assert.Skip($"{name}: {reason}");
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDevice backend in _open.Values)
            backend.Dispose();
    }

    private static IDevice Create(string name)
    {
        switch (name)
        {
            case Narrow256:
                Assert.SkipUnless(Avx2.IsSupported, $"{name}: this processor has no AVX2");
                return new CpuDevice<Simd256, Vector256<float>>(threads: 3);
            case Narrow128:
                return new CpuDevice<Simd128, Vector128<float>>(threads: 1);
            case "opencl":
                return Device.List().Any(device => device.Name.StartsWith(name, StringComparison.Ordinal))
                    ? Device.Open(name)
                    : AdjustedOpenCl.Open();
            default:
                return Device.Open(name);
        }
    }
}
