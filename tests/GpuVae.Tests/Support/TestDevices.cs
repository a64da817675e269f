using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using Xunit;

namespace GpuVae.Tests.Support;

/// <summary>
/// The devices of this machine, each opened once for all tests that ask for it. Tests that share it run one after
/// the other, as a device serves one caller at a time.
/// </summary>
[CollectionDefinition(nameof(TestDevices))]
[Trait("Runs", "on every device")]
public sealed class DeviceTests : ICollectionFixture<TestDevices>;

/// <summary>Opens devices by name and keeps them until the last test is over.</summary>
public sealed class TestDevices : IDisposable
{
    private readonly Dictionary<string, IDevice> _open = [];
    private readonly Dictionary<string, string> _missing = [];

    // What other processors than this one would run, with numbers of threads that divide little.
    private const string Narrow256 = "cpu, 256 bits, 3 threads", Narrow128 = "cpu, 128 bits, 1 thread";

    // OpenCL on a processor compiles for minutes, which .ci/run does in a part of its own.
    private const string OpenClOnCpu = "opencl on the cpu";

    // What GPUVAE_TEST_DEVICE names instead of the devices below.
    private static readonly string? _only =
        Environment.GetEnvironmentVariable("GPUVAE_TEST_DEVICE") is { Length: > 0 } name ? name : null;

    /// <summary>For <c>[MemberData]</c>: the names that <c>--device</c> takes, and the CPU's other widths.</summary>
    public static TheoryData<string> Names =>
        _only is null ? ["cpu", Narrow256, Narrow128, "ilgpu-cpu", "cuda", "opencl"] : [_only];

    /// <summary>Those of them that compile their kernels.</summary>
    public static TheoryData<string> Compiling => _only is null ? ["cuda", "opencl"] : [_only];

    /// <summary>The device of that name; skips the test, with the reason, where the machine has none.</summary>
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
            catch (DeviceException exception) when (name is "cuda" or "opencl" or OpenClOnCpu)
            {
                reason = _missing[name] = name == "opencl"
                    ? $"{exception.Message}; GPUVAE_TEST_DEVICE='{OpenClOnCpu}' tests on a processor"
                    : exception.Message;
            }
        }
        Assert.Skip($"{name}: {reason}");
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDevice device in _open.Values)
            device.Dispose();
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
            case OpenClOnCpu:
                return AdjustedOpenCl.Open();
            default:
                return Device.Open(name);
        }
    }
}
