using System.Diagnostics;
using Xunit;

namespace GpuVae.Tests.Support;

/// <summary>What the class library does not make: hard links and pipes.</summary>
internal static class Links
{
    /// <summary>Gives a file a second name.</summary>
    public static void MakeHard(string path, string target) => Execute("ln", target, path);

    /// <summary>Makes a pipe that has a name.</summary>
    public static void MakePipe(string path) => Execute("mkfifo", path);

    private static void Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
