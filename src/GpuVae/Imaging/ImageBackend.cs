using System.Reflection;

namespace GpuVae.Imaging;

/// <summary>The one that reads and draws in this process: that of the package GpuVae.Imaging where it lies beside the program.</summary>
public static class ImageBackend
{
    private const string Package = "GpuVae.Imaging";

    private static readonly Lazy<IImageBackend?> _found = new(() => Find(Assembly.Load));

    /// <summary>Whether there is one.</summary>
    public static bool IsAvailable => _found.Value is not null;

    /// <summary>It; any number of threads may use it.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static IImageBackend Current => _found.Value
        ?? throw new UserException($"pictures are read and drawn by the package {Package}, which this program does not refer to; add it");

    // What the program was built with, which .NET lists before it begins.
    private static bool IsReferredTo =>
        AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is string assemblies
        && assemblies.Contains($"{Package}.dll", StringComparison.OrdinalIgnoreCase);

    // By name, so that the library refers to no drawing: a program that refers to the package has the assembly beside it.
    internal static IImageBackend? Find(Func<string, Assembly> load)
    {
        try
        {
            Type type = load(Package).GetType($"{Package}.SkiaBackend", throwOnError: true)!;
            return (IImageBackend)Activator.CreateInstance(type)!;
        }
        catch (FileNotFoundException) when (!IsReferredTo)
        {
            // One that is there and cannot be opened, as on a failing disk, is no reason to train without pictures.
            return null;
        }
    }
}
