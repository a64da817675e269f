using System.Runtime.InteropServices;
using GpuVae.Detection;

namespace GpuVae.AspNetCore;

/// <summary>A row as a request has it: by numbers in the table's order, by the names of its columns, or a picture of bytes.</summary>
internal readonly struct GivenRow
{
    private readonly double[]? _numbers;
    private readonly Dictionary<string, ColumnValue>? _cells;
    private readonly byte[]? _pixels;

    /// <summary>Numbers in the table's order.</summary>
    public GivenRow(double[] numbers) => _numbers = numbers;

    /// <summary>Cells by the names of their columns.</summary>
    public GivenRow(Dictionary<string, ColumnValue> cells) => _cells = cells;

    /// <summary>A picture.</summary>
    public GivenRow(byte[] pixels) => _pixels = pixels;

    /// <summary>The score and what follows from it.</summary>
    public AnomalyVerdict Judge(AnomalyDetector detector) =>
        _pixels is not null ? detector.Verdict((ReadOnlySpan<byte>)_pixels)
        : _cells is not null ? detector.Verdict(_cells)
        : detector.Verdict((ReadOnlySpan<double>)_numbers);

    /// <summary>Why it has its score.</summary>
    public AnomalyExplanation Explain(AnomalyDetector detector) =>
        _pixels is not null ? detector.Explain((ReadOnlySpan<byte>)_pixels)
        : _cells is not null ? detector.Explain(_cells)
        : detector.Explain((ReadOnlySpan<double>)_numbers);

    /// <summary>Its mean code.</summary>
    public float[] Encode(AnomalyDetector detector) =>
        _pixels is not null ? detector.Encode((ReadOnlySpan<byte>)_pixels)
        : _cells is not null ? detector.Encode(_cells)
        : detector.Encode((ReadOnlySpan<double>)_numbers);
}

/// <summary>The rows of a request.</summary>
/// <param name="Rows">At least one.</param>
/// <param name="IsList">Whether the answer is a list too: the body could have held many rows.</param>
internal readonly record struct GivenRows(List<GivenRow> Rows, bool IsList)
{
    /// <summary>Does something to each row, and says of which one it could not be done.</summary>
    /// <param name="each">Takes the row and its place from 0.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    public void ForEach(Action<GivenRow, int> each, CancellationToken cancellation)
    {
        ReadOnlySpan<GivenRow> rows = CollectionsMarshal.AsSpan(Rows);
        for (int i = 0; i < rows.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                each(rows[i], i);
            }
            catch (DetectorInputException exception)
            {
                throw RequestException.Bad(
                    IsList ? FormattableString.Invariant($"row {i + 1}: {exception.Message}") : exception.Message,
                    IsList ? i + 1 : null, exception.Column);
            }
        }
    }
}
