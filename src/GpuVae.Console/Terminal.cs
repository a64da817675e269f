using GpuVae.Distributed;

namespace GpuVae.CommandLine;

/// <summary>Who reads stdout and stderr.</summary>
internal static class Terminal
{
    /// <summary>Columns below which nothing that moves can be read, nor drawn.</summary>
    public const int LeastWidth = 40;

    /// <summary>Columns of a terminal that does not say how many it has, and of a pipe.</summary>
    public const int UsualWidth = 80;

    /// <summary>
    /// True if a person reads stdout, in a terminal that can move its cursor; false for a pipe or a file, and behind mpirun.
    /// </summary>
    public static bool IsInteractive => !Silence.IsOn && CanDraw(IsOutputRedirected, Name, WindowWidth(), OperatingSystem.IsWindows());

    /// <summary>The same of stderr.</summary>
    public static bool IsErrorInteractive =>
        CanDraw(IsErrorRedirected, Name, WindowWidth(), OperatingSystem.IsWindows());

    /// <summary>
    /// Whether stdout is a pipe or a file, as far as can be known: behind mpirun, which makes terminals of its own and passes on what comes
    /// out of them, it may be.
    /// </summary>
    public static bool IsOutputRedirected => IsPassedOn || Console.IsOutputRedirected;

    /// <summary>The same of stderr.</summary>
    public static bool IsErrorRedirected => IsPassedOn || Console.IsErrorRedirected;

    /// <summary>Whether mpirun reads what this process writes, and writes it somewhere else.</summary>
    public static bool IsPassedOn => MpiLauncher.Current is not null;

    /// <summary>Whether the terminal has fewer columns than that.</summary>
    public static bool IsNarrow => WindowWidth() < LeastWidth;

    /// <summary>Columns to draw in, whatever a person makes of the window meanwhile.</summary>
    public static int DrawnWidth => Math.Max(WindowWidth(), LeastWidth);

    /// <summary>Columns that a sentence in a terminal may take, one less than there are: a full line would be followed by an empty one.</summary>
    public static int ReadWidth => Math.Max(WindowWidth(), 2) - 1;

    /// <summary>Columns that a table may take: as a sentence in a terminal, and as many as most have in a pipe or where it is too narrow to read.</summary>
    public static int TableWidth => IsOutputRedirected || IsNarrow ? UsualWidth : ReadWidth;

    private static string? Name => Environment.GetEnvironmentVariable("TERM");

    /// <summary>Whether lines can be drawn over.</summary>
    /// <param name="isRedirected">Whether the stream is no terminal.</param>
    /// <param name="name">What <c>TERM</c> says; a terminal without a name can do nothing, but on Windows none has one.</param>
    /// <param name="width">Columns.</param>
    /// <param name="isWindows">Whether this is Windows.</param>
    internal static bool CanDraw(bool isRedirected, string? name, int width, bool isWindows) =>
        !isRedirected && width >= LeastWidth && name != "dumb" && (isWindows || !string.IsNullOrWhiteSpace(name));

    private static int WindowWidth()
    {
        if (IsPassedOn)
        {
            return UsualWidth;
        }

        try
        {
            // A terminal that does not know its size says 0.
            return Console.WindowWidth is > 0 and int width ? width : UsualWidth;
        }
        catch (Exception exception) when (exception is IOException or PlatformNotSupportedException)
        {
            return UsualWidth;
        }
    }
}
