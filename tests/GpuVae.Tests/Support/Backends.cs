using System.Reflection;
using GpuVae.Kernels;
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
    private readonly Dictionary<string, IBackend> _open = [];
    private readonly Dictionary<string, string> _missing = [];

    /// <summary>The names that <c>--device</c> takes, for <c>[MemberData]</c>.</summary>
    public static TheoryData<string> Names => ["cpu", "ilgpu-cpu", "cuda", "opencl"];

    /// <summary>The backend of that name; skips the test, with the reason, where the machine has none.</summary>
    public IBackend Open(string name)
    {
        if (_open.TryGetValue(name, out IBackend? known))
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
        foreach (IBackend backend in _open.Values)
            backend.Dispose();
    }

    private static IBackend Create(string name)
    {
        MethodInfo? open = typeof(IBackend).Assembly.GetType("GpuVae.Kernels.Device")?.GetMethod("Open");
        Assert.SkipWhen(open is null, $"{name}: Device.Open is not there yet");
        return (IBackend)open.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [name], null)!;
    }
}
