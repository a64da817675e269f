namespace GpuVae;

/// <summary>
/// Something that the person who asked can mend: a wrong argument, a damaged file, a folder that is in use. The
/// message is one line that says what is wrong, where, and what to do; control characters in it, such as a line break in
/// a file's name, are escaped.
/// </summary>
public class UserException : Exception
{
    /// <summary>Without a message.</summary>
    public UserException()
    {
    }

    /// <summary>Says what is wrong, where, and what to do.</summary>
    public UserException(string message)
        : base(QuotedText.OneLine(message))
    {
    }

    /// <summary>The same, and keeps the cause.</summary>
    public UserException(string message, Exception innerException)
        : base(QuotedText.OneLine(message), innerException)
    {
    }
}
