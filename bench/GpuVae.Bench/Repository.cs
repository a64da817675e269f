using System.Diagnostics;

namespace GpuVae.Bench;

/// <summary>The sources that this program was built from, and what builds them.</summary>
internal static class Repository
{
    /// <summary>What runs <c>dotnet</c> commands and .NET assemblies.</summary>
    public static string DotnetHost => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>Whether the program lies where it was built.</summary>
    public static bool IsHere => Search() is not null;

    /// <summary>The folder with the solution.</summary>
    /// <exception cref="UserException">The program lies elsewhere.</exception>
    public static string FindPath() => Search() ?? throw new UserException(
        $"{AppContext.BaseDirectory}: not inside the repository; run the benchmark with dotnet run from there");

    /// <summary>Builds or publishes a project in its release configuration.</summary>
    /// <param name="command"><c>build</c> or <c>publish</c>.</param>
    /// <param name="project">The project's folder.</param>
    /// <param name="more">Further arguments.</param>
    /// <exception cref="UserException">It failed; what the compiler said has been written.</exception>
    public static void Make(string command, string project, params IEnumerable<string> more)
    {
        // Without servers: what a build leaves running would share the cores with what is measured.
        string[] arguments =
            [command, project, "-c", "Release", "--nologo", "-v", "quiet", "--disable-build-servers", .. more];
        using Process process = Process.Start(
            new ProcessStartInfo(DotnetHost, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0)
            return;
        Console.Error.WriteLine(output);
        throw new UserException($"{project}: dotnet {command} ended with exit code {process.ExitCode}; see above");
    }

    private static string? Search()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GpuVae.sln")))
                return folder.FullName;
        }
        return null;
    }
}
