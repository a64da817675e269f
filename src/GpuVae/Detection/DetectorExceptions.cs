namespace GpuVae.Detection;

/// <summary>What is wrong with a row that is to be scored.</summary>
public enum InputFault
{
    /// <summary>The row has another number of numbers than the detector's table has columns.</summary>
    WrongLength,

    /// <summary>A column of the detector's table is not there.</summary>
    MissingColumn,

    /// <summary>There is a column that the detector's table has not.</summary>
    ExtraColumn,

    /// <summary>A column of numbers holds text, or one of words a number that stands for none.</summary>
    WrongKind,

    /// <summary>The detector's table has columns of words, or none that can be named, so that rows are given
    /// otherwise.</summary>
    WrongForm,

    /// <summary>A number is NaN, infinite or outside the likelihood's range where more than a score is asked for.</summary>
    Impossible,
}

/// <summary>
/// A row that a detector cannot take: the message is one line that names the column and says what to do. A number that is NaN
/// or infinite is no such fault: it scores +∞.
/// </summary>
public sealed class DetectorInputException : UserException
{
    /// <summary>Without a message.</summary>
    public DetectorInputException()
    {
    }

    /// <summary>Says what is wrong and what to do.</summary>
    public DetectorInputException(string message)
        : base(message)
    {
    }

    /// <summary>The same, and keeps the cause.</summary>
    public DetectorInputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal DetectorInputException(InputFault fault, string? column, string message)
        : base(message) => (Fault, Column) = (fault, column);

    /// <summary>What is wrong.</summary>
    public InputFault Fault { get; }

    /// <summary>The column that it is about; null where it is about the whole row.</summary>
    public string? Column { get; }
}

/// <summary>What is wrong with the file of a detector.</summary>
public enum DetectorFileFault
{
    /// <summary>It is not there or cannot be read.</summary>
    Unreadable,

    /// <summary>It holds something else than a detector.</summary>
    OtherKind,

    /// <summary>A later version of GpuVae has written it.</summary>
    Newer,

    /// <summary>It is not as it was written, or says what no detector can be.</summary>
    Damaged,
}

/// <summary>A file that no detector can be loaded from: the message is one line that names it and says what to do.</summary>
public sealed class DetectorFileException : UserException
{
    /// <summary>Without a message.</summary>
    public DetectorFileException()
    {
    }

    /// <summary>Says what is wrong and what to do.</summary>
    public DetectorFileException(string message)
        : base(message)
    {
    }

    /// <summary>The same, and keeps the cause.</summary>
    public DetectorFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal DetectorFileException(DetectorFileFault fault, string path, string message, Exception? cause = null)
        : base(message, cause!) => (Fault, Path) = (fault, path);

    /// <summary>What is wrong.</summary>
    public DetectorFileFault Fault { get; }

    /// <summary>The file.</summary>
    public string? Path { get; }
}
