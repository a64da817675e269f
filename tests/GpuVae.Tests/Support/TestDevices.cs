using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Kernels.Gpu;
using GpuVae.Tests.Support.Cuda;
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

    // NVIDIA's GPUs on a processor, through a driver of our own, which is a part of .ci/run of its own too.
    private const string CudaOnCpu = "cuda on the cpu";

    // What GPUVAE_TEST_DEVICE names instead of the devices below.
    private static readonly string? _only =
        Environment.GetEnvironmentVariable("GPUVAE_TEST_DEVICE") is { Length: > 0 } name ? name : null;

    /// <summary>For <c>[MemberData]</c>: the names that <c>--device</c> takes, and the CPU's other widths.</summary>
    public static TheoryData<string> Names =>
        _only is null ? ["cpu", Narrow256, Narrow128, "ilgpu-cpu", "cuda", "opencl"] : [_only];

    /// <summary>Those of them that compile their kernels.</summary>
    public static TheoryData<string> Compiling => _only is null ? ["cuda", "opencl"] : [_only];

    /// <summary>
    /// For tests of NVIDIA's GPUs alone: makes the device <c>cuda</c>, which the stand-in gives where it was asked for; skips the test, with
    /// the reason, where it cannot.
    /// </summary>
    public static void ProvideCuda()
    {
        if (_only != CudaOnCpu)
        {
            Assert.SkipWhen(_only is not null, $"GPUVAE_TEST_DEVICE is '{_only}'");
            return;
        }
        try
        {
            StandInDriver.Provide();
        }
        catch (DeviceException exception)
        {
            Assert.Skip($"{CudaOnCpu}: {exception.Message}");
        }
    }

    /// <summary>
    /// The device <c>cuda</c> as a new one; skips the test, with the reason, where there is none.
    /// </summary>
    public static GpuDevice OpenCuda(Precision precision)
    {
        ProvideCuda();
        try
        {
            return (GpuDevice)Device.Open("cuda", precision);
        }
        catch (DeviceException exception)
        {
            Assert.Skip($"cuda: {exception.Message}; {Hint("cuda")}");
            return null;
        }
    }

    /// <summary>The same for what a GPU says nothing of: the stand-in for its driver only.</summary>
    public static GpuDevice OpenStandIn(Precision precision = Precision.Fp32)
    {
        GpuDevice device = OpenCuda(precision);
        if (StandInDriver.Is(device))
            return device;
        device.Dispose();
        Assert.Skip("cuda: this needs the stand-in for a GPU's driver, and there is a GPU");
        return null;
    }

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
            catch (DeviceException exception) when (name is "cuda" or "opencl" or OpenClOnCpu or CudaOnCpu)
            {
                reason = _missing[name] = name is "opencl" or "cuda"
                    ? $"{exception.Message}; {Hint(name)}"
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

    private static string Hint(string name) =>
        $"GPUVAE_TEST_DEVICE='{(name == "cuda" ? CudaOnCpu : OpenClOnCpu)}' tests on a processor";

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
            case CudaOnCpu:
                StandInDriver.Provide();
                StandInDriver.Set(reversed: false, approximate: true);
                return Device.Open("cuda");
            default:
                return Device.Open(name);
        }
    }
}
