using System.Diagnostics;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>A file system of its own in memory, as small as a test wants it; skips the test where that may not be.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Mounts it.</summary>
    public SmallDisk(string size)
    {
        string? reason = !OperatingSystem.IsLinux() ? "tmpfs is there on Linux only"
            : TryMount($"-t tmpfs -o size={size} tmpfs") ? null
            : "this machine does not let the tests mount a small disk";
        if (reason is null)
            return;
        _folder.Dispose();
        Assert.Skip(reason);
    }

    /// <summary>Where it is mounted.</summary>
    public string FullPath => _folder.FullPath;

    /// <summary>Mounts it again with other options; false where it is busy.</summary>
    public bool TryRemount(string options) => TryMount($"-o remount,{options}");

    /// <inheritdoc/>
    public void Dispose()
    {
        Execute("umount", ["-l", FullPath]);
        _folder.Dispose();
    }

    private static bool Execute(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private bool TryMount(string options) => Execute("mount", [.. options.Split(' '), FullPath]);
}
