namespace GpuVae.Data.Downloads;

/// <summary>Where downloads are kept for the next time.</summary>
public static class CacheFolder
{
    /// <summary>
    /// <c>$XDG_CACHE_HOME/gpuvae/name</c>, else the place of the platform: <c>~/.cache</c> on Linux,
    /// <c>~/Library/Caches</c> on macOS, the local application data on Windows.
    /// </summary>
    /// <exception cref="DataException">This person has no such place.</exception>
    public static string Of(string name) => Path.Combine(Root(), "gpuvae", name);

    private static string Root()
    {
        // The specification of base directories calls a relative path invalid, to be ignored.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is string chosen && Path.IsPathRooted(chosen))
            return chosen;
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (home.Length == 0)
            throw new DataException("there is no home folder to keep downloads in; set XDG_CACHE_HOME to a folder");
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }
}
