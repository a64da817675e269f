using GpuVae.Data;

namespace GpuVae.CommandLine;

/// <summary>Says on stderr how many pictures of a folder are decoded.</summary>
internal sealed class DecodingReport : IProgress<DecodingProgress>, IDisposable
{
    private readonly Lock _turn = new();
    private ProgressLine? _line;

    /// <inheritdoc/>
    public void Report(DecodingProgress value)
    {
        if (Silence.IncludesNotes)
            return;

        // Several threads decode.
        lock (_turn)
        {
            if (_line is null)
            {
                _line = new ProgressLine(value.Total, "pictures decoded");
                _line.Report(0);
            }

            _line.Report(value.Done);
            if (value.Done == value.Total)
            {
                Dispose();
            }
        }
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        _line?.Dispose();
        _line = null;
    }
}
