using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GpuVae.Bench.Epochs;

/// <summary>The project of the worker with TorchSharp, which the solution leaves out and which is built here when needed.</summary>
internal static class TorchSharpProject
{
    private const string Name = "GpuVae.Bench.TorchSharp";

    /// <summary>Whether libtorch exists for this system, as the project names it.</summary>
    public static bool IsSupported => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => OperatingSystem.IsLinux() || OperatingSystem.IsWindows(),
        Architecture.Arm64 => OperatingSystem.IsMacOS(),
        _ => false,
    };

    /// <summary>Builds the project and gives the path of its assembly.</summary>
    public static string Build()
    {
        string folder = Path.Combine(Repository.FindPath(), "bench", Name);
        Console.WriteLine(
            $"Building {folder}; the first time this loads libtorch, 130 MB, and takes 1.2 GB of disk.");
        // Without servers: what a build leaves running would share the cores with what is measured.
        string[] arguments =
            ["build", folder, "-c", "Release", "--nologo", "-v", "quiet", "-clp:NoSummary", "--disable-build-servers"];
        using Process build = Process.Start(Repository.DotnetHost, arguments);
        build.WaitForExit();
        if (build.ExitCode != 0)
        {
            throw new UserException(
                $"{folder}: the build ended with exit code {build.ExitCode}; what it wrote is above (it needs nuget.org once)");
        }
        return Path.Combine(folder, "bin", "Release", $"net{Environment.Version.Major}.0", Name + ".dll");
    }
}
