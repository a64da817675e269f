using System.Text.Json;
using GpuVae.CommandLine;
using GpuVae.Tests.CommandLine;

/// <summary>
/// What a <see cref="WarmProgram"/> does in place of its own command line: it reads others from stdin until that ends, and
/// writes what came of each as a line of JSON. .NET asks for this name, without a namespace.
/// </summary>
internal static class StartupHook
{
    /// <summary>Called before <c>Main</c>, which is never reached.</summary>
    public static void Initialize()
    {
        Environment.SetEnvironmentVariable(WarmProgram.HookVariable, null);
        using var requests = new StreamReader(Console.OpenStandardInput());
        using var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        while (requests.ReadLine() is string request)
        {
            WarmProgram.CommandLine line = JsonSerializer.Deserialize<WarmProgram.CommandLine>(request)!;
            using StringWriter output = new(), error = new();
            Console.SetOut(output);
            Console.SetError(error);
            Environment.CurrentDirectory = line.Folder;
            int code = GpuVaeProgram.Run(line.Arguments);
            Environment.CurrentDirectory = AppContext.BaseDirectory;
            answers.WriteLine(JsonSerializer.Serialize(new Outcome(code, Lines(output), Lines(error))));
        }
        Environment.Exit(0);
    }

    /// <summary>As <see cref="Runner"/> keeps the lines of a process.</summary>
    private static string Lines(StringWriter written)
    {
        using var reader = new StringReader(written.ToString());
        List<string> lines = [];
        while (reader.ReadLine() is string line)
            lines.Add(line);
        return string.Join('\n', lines);
    }
}
