using System.Runtime.InteropServices;

namespace GpuVae.Bench.Epochs;

/// <summary>
/// The project of the worker with TorchSharp. The solution leaves it out; it is built here when it is needed.
/// </summary>
internal static class TorchSharpProject
{
    private const string Name = "GpuVae.Bench.TorchSharp";

    /// <summary>Whether libtorch exists for this system, as the project names it.</summary>
    private static bool IsSupported => RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => OperatingSystem.IsLinux() || OperatingSystem.IsWindows(),
        Architecture.Arm64 => OperatingSystem.IsMacOS(),
        _ => false,
    };

    /// <summary>Why the project cannot be built here, or null.</summary>
    public static string? Obstacle => !IsSupported
        ? "its native library does not exist for this system"
        : !Repository.IsHere
            ? "it is built from the repository, and this program lies elsewhere"
            : null;

    /// <summary>Builds the project and gives the path of its assembly.</summary>
    /// <exception cref="UserException">It cannot be built.</exception>
    public static string Build()
    {
        string folder = Path.Combine(Repository.FindPath(), "bench", Name);
        Console.WriteLine(
            $"Building {folder}; the first time, this downloads libtorch: 130 MB, 1.1 GB on disk.");
        Repository.Make("build", folder);
        return Path.Combine(folder, "bin", "Release", $"net{Environment.Version.Major}.0", Name + ".dll");
    }
}
