namespace GpuVae.Reports;

/// <summary>What a report that is served comes from: its page, its data as they are now, and a decoder that draws with the whole model.</summary>
/// <remarks>Any number of threads may call it at once.</remarks>
public interface IReportSource
{
    /// <summary>Units of a code that <see cref="Decode"/> takes; 0 where there is no model to decode with.</summary>
    int Units { get; }

    /// <summary>Counts up when the data change.</summary>
    int Version { get; }

    /// <summary>How far a training is, for a person; empty where none goes on.</summary>
    string Status { get; }

    /// <summary>Whether the data stay as they are.</summary>
    bool IsOver { get; }

    /// <summary>Writes the page, HTML with the data of now in it.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="UserException">A file of the run cannot be read.</exception>
    void WritePage(Stream stream);

    /// <summary>Writes the data of now as the page has them: one JSON object.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="UserException">A file of the run cannot be read.</exception>
    void WriteData(Stream stream);

    /// <summary>E[x | z] of codes, as the model has it.</summary>
    /// <param name="codes">(n, <see cref="Units"/>).</param>
    /// <returns>(n, D).</returns>
    /// <exception cref="InvalidOperationException">There is no model to decode with.</exception>
    float[] Decode(ReadOnlySpan<float> codes);
}
