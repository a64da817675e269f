namespace GpuVae.Data;

/// <summary>
/// A data set that cannot be used: a file that is missing, damaged or at odds with another. The message is one line
/// and names the file and, where there is one, the offset.
/// </summary>
public sealed class DataException : UserException
{
    /// <summary>Without a message.</summary>
    public DataException()
    {
    }

    /// <summary>Says what is wrong, where, and what to do.</summary>
    public DataException(string message)
        : base(message)
    {
    }

    /// <summary>The same, and keeps the cause.</summary>
    public DataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
