namespace GpuVae.Compression;

/// <summary>What is wrong with a compressed file.</summary>
public enum CompressedFileFault
{
    /// <summary>It is not there or cannot be read.</summary>
    Unreadable,

    /// <summary>It holds something else.</summary>
    OtherKind,

    /// <summary>A later version of GpuVae has written it.</summary>
    Newer,

    /// <summary>It is not as it was written, or says what cannot be.</summary>
    Damaged,

    /// <summary>Its model lies elsewhere, and is not the one that was given.</summary>
    OtherModel,
}

/// <summary>A file from which nothing, or not all that was asked for, can be restored: the message is one line that names it.</summary>
public sealed class CompressedFileException : UserException
{
    /// <summary>Without a message.</summary>
    public CompressedFileException()
    {
    }

    /// <summary>Says what is wrong and what to do.</summary>
    public CompressedFileException(string message)
        : base(message)
    {
    }

    /// <summary>The same, and keeps the cause.</summary>
    public CompressedFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal CompressedFileException(CompressedFileFault fault, string path, string message, Exception? cause = null)
        : base($"{path}: {message}", cause!) => (Fault, Path) = (fault, path);

    /// <summary>What is wrong.</summary>
    public CompressedFileFault Fault { get; }

    /// <summary>The file.</summary>
    public string? Path { get; }
}
