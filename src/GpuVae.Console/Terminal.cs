namespace GpuVae.CommandLine;

/// <summary>Who reads stdout.</summary>
internal static class Terminal
{
    /// <summary>True if a person does, in a terminal that can move its cursor; false for a pipe or a file.</summary>
    public static bool IsInteractive =>
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
}
