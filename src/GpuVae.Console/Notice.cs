namespace GpuVae.CommandLine;

/// <summary>What a person should know although nothing is wrong: what was guessed, and the option that says otherwise.</summary>
internal static class Notice
{
    /// <summary>Writes a sentence to stderr, so that what a pipe takes from stdout stays clean.</summary>
    public static void Write(string sentence)
    {
        if (!Silence.IncludesNotes)
            WrappedText.WriteErrorLine($"note: {sentence}");
    }
}
