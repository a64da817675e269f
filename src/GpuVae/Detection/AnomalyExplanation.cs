namespace GpuVae.Detection;

/// <summary>A column's part in a score.</summary>
/// <param name="Column">From 0.</param>
/// <param name="Name">What the column is called.</param>
/// <param name="Contribution">
/// Its part of the score, at least 0; +∞ where the column is impossible. What the model has as several
/// columns, the words of a
/// column and the mark of its missing cells, is one here.
/// </param>
/// <param name="Given">What the row has there.</param>
/// <param name="Expected">
/// What the model makes of the whole row there, in the table's units or as a word; missing where the row is impossible.
/// </param>
public readonly record struct ColumnContribution(
    int Column, string Name, double Contribution, ColumnValue Given, ColumnValue Expected);

/// <summary>Why a row has its score. Immutable, so that any thread may use it.</summary>
public sealed class AnomalyExplanation
{
    private readonly int _channels;

    internal AnomalyExplanation(AnomalyVerdict verdict, IReadOnlyList<ColumnContribution> columns, int channels)
    {
        Verdict = verdict;
        Columns = columns;
        _channels = channels;
    }

    /// <summary>The score and what follows from it.</summary>
    public AnomalyVerdict Verdict { get; }

    /// <summary>
    /// Each column's part, in the table's order; of a picture each number's, rows from the top, the channels of a pixel
    /// side by side.
    /// Their sum is the score, to 10⁻⁵ of it. Of an impossible row the impossible columns have +∞ and the others 0,
    /// since the model
    /// cannot look at them.
    /// </summary>
    public IReadOnlyList<ColumnContribution> Columns { get; }

    /// <summary>The columns with the largest parts first; equal ones in the table's order.</summary>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<ColumnContribution> Largest(int count) =>
        [.. Columns.OrderByDescending(column => column.Contribution).Take(count)];

    /// <summary>Of a picture the part of each pixel, its channels added up: (height · width), rows from the top.</summary>
    public double[] Pixels()
    {
        var pixels = new double[Columns.Count / _channels];
        for (int i = 0; i < Columns.Count; i++)
            pixels[i / _channels] += Columns[i].Contribution;
        return pixels;
    }
}
