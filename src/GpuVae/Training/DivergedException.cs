namespace GpuVae.Training;

/// <summary>A loss or a parameter became NaN or infinite: the training cannot go on.</summary>
public sealed class DivergedException : UserException
{
    /// <summary>Without a message.</summary>
    public DivergedException()
    {
    }

    /// <summary>Says where training diverged and what is kept.</summary>
    public DivergedException(string message)
        : base(message)
    {
    }

    /// <summary>The same, and keeps the cause.</summary>
    public DivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Says where training diverged and what is kept.</summary>
    /// <param name="what">What is not finite: <c>the loss</c>, a parameter's name.</param>
    /// <param name="epoch">From 1.</param>
    /// <param name="step">From 1, in that epoch.</param>
    /// <param name="kept">What is kept, such as the last good checkpoint.</param>
    /// <param name="origin">What was first not finite, and where; null where that is not known.</param>
    /// <param name="remedy">What to try.</param>
    public DivergedException(
        string what, int epoch, int step, string kept, string? origin = null,
        string remedy = "try a smaller --learning-rate")
        : this(
            $"{what} is not finite at epoch {epoch}, step {step}; {(origin is null ? "" : $"{origin}; ")}{remedy}; {kept}")
    {
    }
}
