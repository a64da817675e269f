using System.CommandLine;

namespace GpuVae.CommandLine;

/// <summary><c>--threads</c> of verbs that work on blocks of a file.</summary>
internal static class ThreadOption
{
    /// <summary>The option.</summary>
    public const string Name = "--threads";

    /// <summary>The option, which verbs share.</summary>
    public static Option<int?> Of { get; } = OptionValue.Whole(
        Name, "Blocks that are worked on at a time; it changes no bit. Default: one for each core.");

    /// <summary>What was typed, or the number of cores.</summary>
    public static int Value(ParseResult line) => line.GetValue(Of) ?? Environment.ProcessorCount;
}
