namespace GpuVae.CommandLine;

/// <summary>
/// While it lives, what a verb writes for people on stdout is not written, so that a program can read what
/// <see cref="Output"/> gets; errors go to stderr as ever.
/// </summary>
internal sealed class Silence : IDisposable
{
    private static volatile Silence? _current;

    private readonly bool _includesNotes;

    /// <summary>Begins it; there is one at a time.</summary>
    /// <param name="includesNotes">Whether notes are not written either.</param>
    public Silence(bool includesNotes = false)
    {
        _includesNotes = includesNotes;
        _current = this;
        Console.SetOut(TextWriter.Null);
    }

    /// <summary>Whether nobody reads what is written for people.</summary>
    public static bool IsOn => _current is not null;

    /// <summary>Whether nobody reads notes.</summary>
    public static bool IncludesNotes => _current is { _includesNotes: true };

    /// <summary>Stdout.</summary>
    public TextWriter Output { get; } = Console.Out;

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        Console.SetOut(Output);
        _current = null;
    }
}
