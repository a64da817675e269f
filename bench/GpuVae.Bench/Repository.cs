namespace GpuVae.Bench;

/// <summary>The sources that this program was built from, and what builds them.</summary>
internal static class Repository
{
    /// <summary>What runs <c>dotnet</c> commands and .NET assemblies.</summary>
    public static string DotnetHost => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The folder with the solution.</summary>
    /// <exception cref="UserException">The program lies elsewhere.</exception>
    public static string FindPath()
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
