using System.Reflection;
using System.Runtime.Loader;

namespace GpuVae.CommandLine;

/// <summary>
/// Finds ASP.NET Core beside the runtime that runs this program, for what needs it: everything else starts without it, also where
/// it is not installed.
/// </summary>
internal static class WebRuntime
{
    private const string Framework = "Microsoft.AspNetCore.App";

    /// <summary>From now on its assemblies are found.</summary>
    /// <param name="who">What needs it, as a person typed it.</param>
    /// <exception cref="UserException">It is not installed.</exception>
    public static void Provide(string who)
    {
        if (IsThere())
        {
            return;
        }

        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location) ?? "";
        string? folder = Find(Path.GetFullPath(Path.Combine(runtime, "..", "..", Framework)), Environment.Version);
        if (folder is null)
        {
            string version = $"{Environment.Version.Major}.{Environment.Version.Minor}";
            throw new UserException(
                $"{who} needs ASP.NET Core {version}, which is not installed beside .NET; install it "
                + $"(https://dotnet.microsoft.com/download/dotnet/{version}, or the package aspnetcore-runtime-{version})");
        }

        AssemblyLoadContext.Default.Resolving += (context, name) => Load(context, folder, name);
    }

    /// <summary>Whether the program has it already: published with its runtime, it lies among its own files.</summary>
    private static bool IsThere()
    {
        try
        {
            return Assembly.Load("Microsoft.AspNetCore") is not null;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>The newest version of a framework's folder that goes with a runtime: the same major and minor number.</summary>
    internal static string? Find(string framework, Version runtime)
    {
        if (!Directory.Exists(framework))
        {
            return null;
        }

        return Directory.EnumerateDirectories(framework)
            .Select(path => (Path: path, Version: Version.TryParse(Path.GetFileName(path), out Version? version) ? version : null))
            .Where(found => found.Version is { } version && (version.Major, version.Minor) == (runtime.Major, runtime.Minor))
            .OrderByDescending(found => found.Version)
            .Select(found => found.Path)
            .FirstOrDefault();
    }

    private static Assembly? Load(AssemblyLoadContext context, string folder, AssemblyName name)
    {
        string file = Path.Combine(folder, $"{name.Name}.dll");
        return File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
    }
}
