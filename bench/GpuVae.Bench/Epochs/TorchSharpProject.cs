using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GpuVae.Bench.Epochs;

/// <summary>The project of the worker with TorchSharp, which the solution leaves out and which is built here when needed.</summary>
internal static class TorchSharpProject
{
    private const string Name = "GpuVae.Bench.TorchSharp";

    /// <summary>The program that runs .NET assemblies.</summary>
    public static string DotnetHost => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

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
        string folder = Path.Combine(FindRepository(), "bench", Name);
        Console.WriteLine(
            $"Building {folder} (dotnet build -c Release); the first time this loads libtorch, 130 MB, and needs 1.2 GB of disk.");
        var start = new ProcessStartInfo(DotnetHost, ["build", folder, "-c", "Release", "--nologo", "-v", "quiet"])
        {
            // The first lines of `dotnet run` leave settings behind that another build must not inherit.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1" },
        };
        using Process build = Process.Start(start)!;
        build.WaitForExit();
        if (build.ExitCode != 0)
        {
            throw new UserException(
                $"{folder}: the build ended with exit code {build.ExitCode}; what it wrote is above (it needs nuget.org once)");
        }
        return Path.Combine(folder, "bin", "Release", $"net{Environment.Version.Major}.0", Name + ".dll");
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GpuVae.sln")))
                return folder.FullName;
        }
        throw new UserException(
            $"{AppContext.BaseDirectory}: not inside the repository; run the benchmark with dotnet run from there");
    }
}
