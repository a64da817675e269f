using System.Diagnostics;
using System.Runtime.ExceptionServices;
using GpuVae.Data;

namespace GpuVae.Detection;

/// <content>Many rows at once, on all cores.</content>
public sealed partial class AnomalyDetector
{
    /// <summary>The score of each row, to the bit that of <see cref="Score(ReadOnlySpan{float})"/>.</summary>
    /// <param name="rows">A number for each of <see cref="Columns"/>.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    /// <returns>(N), at least 0.</returns>
    /// <exception cref="DetectorInputException">A row has another length, or the table has columns of words.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public double[] ScoreMany(IReadOnlyList<float[]> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (float[] row in rows)
            Require(new FloatRow(row));
        return ScoreMany(rows.Count, (i, table, x) => new FloatRow(rows[i]).Apply(_transform, table, x), cancellation);
    }

    /// <summary>The score of each row by the names of its columns.</summary>
    /// <param name="rows">A cell for each of <see cref="Columns"/>, in any order.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    /// <returns>(N), at least 0.</returns>
    /// <exception cref="DetectorInputException">A column is missing, unknown, or holds the wrong kind; the message
    /// names it.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public double[] ScoreMany(
        IReadOnlyList<IReadOnlyDictionary<string, ColumnValue>> rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        double[][] tables = [.. rows.Select(ReadRow)];
        return ScoreMany(tables.Length, (i, _, x) => _transform.Apply(tables[i], x), cancellation);
    }

    /// <summary>The score of each row of a table, or of each picture, as it was read: columns are found by their
    /// names.</summary>
    /// <param name="rows">With the columns of <see cref="Columns"/> in any order, or without names in that order.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    /// <returns>(N), at least 0.</returns>
    /// <exception cref="DetectorInputException">A column is missing or unknown, or the examples have another size.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public double[] ScoreMany(ImageSet rows, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return ScorePrepared(Prepare(rows), remembered: null, cancellation);
    }

    /// <summary>
    /// The scores of examples that have gone through the detector's pipeline already, as <see cref="Datasets.Open(DataSettings, IProgress{DownloadProgress}?)"/>
    /// gives them with its <see cref="Configuration"/>.
    /// </summary>
    /// <param name="prepared">As the model takes them.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    /// <returns>(N), at least 0.</returns>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public double[] ScorePrepared(ImageSet prepared, CancellationToken cancellation = default) =>
        ScorePrepared(prepared, remembered: null, cancellation);

    /// <summary>The same with each column's part of the scores.</summary>
    /// <param name="prepared">As the model takes them.</param>
    /// <param name="contributions">
    /// (N, columns), at least 0; the sum over a row is its score, to 10⁻⁵ of it. Of a row that scores +∞ the impossible columns have +∞ and
    /// the others 0.
    /// </param>
    /// <returns>(N), to the bit those of <see cref="ScorePrepared(ImageSet, CancellationToken)"/>.</returns>
    public double[] ScorePrepared(ImageSet prepared, out double[,] contributions)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        var scores = new double[prepared.Count];
        var parts = contributions = new double[prepared.Count, _columns.Length];
        Parallel.For(0, prepared.Count, _model.Rows.Rent, (row, state, lane) =>
        {
            Span<float> x = lane.Input(0);
            prepared.CopyTo(row, x);
            double[] found = PartsOf(lane, _transform.Encode(x), out scores[row], out _);
            for (int column = 0; column < found.Length; column++)
                parts[row, column] = found[column];
            return lane;
        }, _model.Rows.Return);
        return scores;
    }

    /// <summary>The scores of rows that have gone through the pipeline.</summary>
    /// <param name="prepared">As the model takes them.</param>
    /// <param name="remembered">(N) which of the remembered rows each is, −1 for none of them; null where none is.</param>
    /// <param name="cancellation">Ends it before its time.</param>
    internal double[] ScorePrepared(ImageSet prepared, int[]? remembered, CancellationToken cancellation = default) => ScoreMany(
        prepared.Count,
        (i, _, x) =>
        {
            prepared.CopyTo(i, x);
            return _transform.Encode(x);
        },
        cancellation,
        remembered);

    private ImageSet Prepare(ImageSet rows)
    {
        if (rows.Height == 1 && !rows.AreBytes && rows.ColumnNames is { } names && HasColumnNames)
        {
            int[] places = _pipeline.FindColumns(names);
            string? missing = _columns.Where((_, column) => places[column] < 0).FirstOrDefault()?.Name;
            string? extra = names.Where((_, place) => !places.Contains(place)).FirstOrDefault();
            if (missing is not null || extra is not null)
            {
                throw new DetectorInputException(
                    missing is null ? InputFault.ExtraColumn : InputFault.MissingColumn, missing ?? extra,
                    (missing is null
                        ? $"the detector knows no column {QuotedText.Excerpt(extra!)}; leave it out: it takes "
                        : $"the rows have no column {QuotedText.Excerpt(missing)}; the detector takes ") + Listed(_columns));
            }
            rows = rows.TakeColumns(places);
        }
        bool isOfShape = _transform.TableColumns == _model.Shape.Size ? rows.Shape == _model.Shape : rows.Height == 1;
        if (!isOfShape || rows.Dimensions != _columns.Length)
        {
            throw new DetectorInputException(InputFault.WrongLength, null, FormattableString.Invariant(
                $"examples of {rows.Height}×{rows.Width}×{rows.Channels} numbers, and the detector was trained on ")
                + (Height == 1 ? FormattableString.Invariant($"{_columns.Length} columns")
                    : FormattableString.Invariant($"{Height}×{Width}×{Channels}")));
        }
        for (int column = 0; column < _columns.Length; column++)
        {
            bool hasWords = rows.Levels?[column] is not null;
            if (hasWords != _columns[column].IsOfWords)
            {
                throw new DetectorInputException(
                    InputFault.WrongKind, _columns[column].Name,
                    $"the column {QuotedText.Excerpt(_columns[column].Name)} takes {(hasWords ? "numbers" : "words")}, and the rows have "
                    + $"{(hasWords ? "words" : "numbers")} there");
            }
        }
        return _pipeline.Apply("the rows", rows, keepsImpossible: true);
    }

    private double[] ScoreMany(int count, Fill fill, CancellationToken cancellation, int[]? remembered = null)
    {
        using Activity? activity = DetectorTelemetry.Activities.StartActivity("score many");
        activity?.SetTag("gpuvae.rows", count);
        long start = DetectorTelemetry.Start();
        var scores = new double[count];
        int batch = _model.BatchRows, batches = (count + batch - 1) / batch;
        void ScoreBatch(int index)
        {
            cancellation.ThrowIfCancellationRequested();
            ScoreBatchOf(
                fill, index * batch, scores.AsSpan(index * batch, Math.Min(batch, count - (index * batch))), remembered);
        }

        if (batches <= 1)
        {
            for (int i = 0; i < batches; i++)
                ScoreBatch(i);
        }
        else
        {
            try
            {
                Parallel.For(
                    0, batches, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, ScoreBatch);
            }
            catch (AggregateException exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            }
        }
        DetectorTelemetry.Scored(start, count);
        return scores;
    }

    private void ScoreBatchOf(Fill fill, int first, Span<double> scores, int[]? remembered)
    {
        using LaneLease lease = _model.Batches.Lease();
        DetectorLane lane = lease.Lane;
        Span<int> places = stackalloc int[scores.Length], others = stackalloc int[remembered is null ? 0 : scores.Length];
        int rows = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = double.PositiveInfinity;
            // An impossible row leaves its place to the next.
            if (fill(first + i, lane.Table, lane.Input(rows)) >= 0)
                continue;
            if (remembered is not null)
                others[rows] = remembered[first + i];
            places[rows++] = i;
        }
        ReadOnlySpan<double> losses = rows == 0 ? [] : lane.Measure(rows, others);
        int dimensions = _model.Shape.Size;
        for (int row = 0; row < rows; row++)
            scores[places[row]] = Sum(losses.Slice(row * dimensions, dimensions), out _);
    }

    /// <summary>Makes a row what the model takes.</summary>
    /// <param name="index">Of the row.</param>
    /// <param name="table">Room for the table's columns.</param>
    /// <param name="x">(D).</param>
    /// <returns>The first column that is impossible, or −1.</returns>
    private delegate int Fill(int index, Span<double> table, Span<float> x);
}
