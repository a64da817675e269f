using System.CommandLine;

namespace GpuVae.CommandLine;

/// <summary><c>--threads</c> of verbs that work on blocks of a file.</summary>
internal static class ThreadOption
{
    private const string Name = "--threads";
    private const int Most = 1024;

    /// <summary>The option, which verbs share.</summary>
    public static Option<int?> Of { get; } = OptionValue.Whole(
        Name, "Blocks that are worked on at a time; it changes no bit. Default: one for each core.");

    /// <summary>What was typed, or the number of cores.</summary>
    /// <exception cref="UsageException">It is out of range.</exception>
    public static int Value(ParseResult line) => RunVerb.InRange(Name, line.GetValue(Of) ?? Environment.ProcessorCount, 1, Most);
}
