using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.Detection;

/// <summary>
/// Finds anomalies: trained on normal rows of a table, series or pictures, it says how strange another one is, whether
/// that counts as an
/// anomaly, and which columns make it so. Safe for any number of threads at once.
/// </summary>
/// <remarks>
/// <para>
/// Of a table or of series the detector remembers codes of training rows, and the score of x is its distance from what the decoder makes
/// of the nearest of them, in standard deviations of the columns, with a small weight for its own reconstruction:
/// <see cref="CodeMemory"/> has the formula. Without a memory, as of pictures, the score is log p(x | x) − log p(x | x̂) in nats: how much
/// worse the autoencoder explains x by x̂, the reconstruction from its mean code, than the best reconstruction would; what
/// <see cref="AnomalyScorer"/> gives as <see cref="AnomalyScore.Reconstruction"/> differs from it by a constant of the likelihood alone.
/// Either is at least 0 and a sum over the numbers of x (<see cref="Explain(ReadOnlySpan{float})"/>); no draw is in it, and no other row
/// that is scored.
/// </para>
/// <para>
/// A single row is scored on the calling thread, with memory that no other call uses at the time; there are no locks,
/// and nothing is
/// allocated once each thread has scored a row. Many rows are divided among the cores. A row has the same score to the
/// bit either way,
/// and on any thread. Disposing of a detector while calls are under way lets these end.
/// </para>
/// <para>
/// Numbers are given as they stand in the table: what the pipeline does with them (missing cells, words, scaling) is
/// part of the detector. NaN
/// is a missing cell. A row with an infinity, with NaN where training knew no missing cells, or with a number to which
/// the likelihood
/// gives no probability, scores +∞, and is an anomaly by definition.
/// </para>
/// </remarks>
public sealed partial class AnomalyDetector : IDisposable
{
    private readonly DetectorModel _model;
    private readonly DetectorState _state;
    private readonly Pipeline _pipeline;
    private readonly RowTransform _transform;
    private readonly DetectorColumn[] _columns;
    private readonly Dictionary<string, int>? _places; // null where two columns have one name
    private bool _isDisposed;

    private AnomalyDetector(DetectorModel model, DetectorState state)
    {
        _model = model;
        _state = state;
        RunConfiguration configuration = model.Configuration;
        _pipeline = configuration.CreatePipeline();
        _transform = new RowTransform(
            _pipeline, model.Shape.Size, Registry.Encodings.Find(configuration.Binarize), configuration.Seed,
            configuration.IsOfBytes());
        HasColumnNames = _pipeline.ColumnNames.Count == _transform.TableColumns;
        _columns = new DetectorColumn[_transform.TableColumns];
        for (int column = 0; column < _columns.Length; column++)
        {
            IReadOnlyList<string> levels = _pipeline.Categories.FirstOrDefault(category => category.Column == column)?.Levels ?? [];
            _columns[column] = new DetectorColumn(
                HasColumnNames ? _pipeline.ColumnNames[column] : FormattableString.Invariant($"column {column + 1}"), levels,
                levels.Count > 0 ? levels[^1].Length == 0 : _pipeline.FillValues.Count == _columns.Length);
        }
        if (_columns.DistinctBy(column => column.Name).Count() == _columns.Length)
            _places = _columns.Index().ToDictionary(pair => pair.Item.Name, pair => pair.Index, StringComparer.Ordinal);
    }

    /// <summary>What was trained, with the pipeline that training found; without the path of the data.</summary>
    public RunConfiguration Configuration => _model.Configuration;

    /// <summary>The columns of a row, in their order; of a picture its numbers.</summary>
    public IReadOnlyList<DetectorColumn> Columns => _columns;

    /// <summary>Whether the columns have names of their own, so that rows by name mean the table's columns.</summary>
    public bool HasColumnNames { get; }

    /// <summary>Rows of a picture, in pixels; 1 for a row of a table and for a series.</summary>
    public int Height => _model.Shape.Height;

    /// <summary>Columns of a picture, in pixels; of a table the numbers that the model takes.</summary>
    public int Width => _model.Shape.Width;

    /// <summary>Numbers of a pixel.</summary>
    public int Channels => _model.Shape.Channels;

    /// <summary>Above this score a row is an anomaly; as <see cref="Rule"/> took it from the training
    /// scores.</summary>
    public double Threshold => _state.Threshold;

    /// <summary>Where the threshold comes from.</summary>
    public ThresholdRule Rule => _state.Rule;

    /// <summary>Rows that it was trained on; 0 where nobody knows.</summary>
    public int TrainingRows => _state.TrainingRows;

    /// <summary>The share of the training rows above the threshold, from 0 to 1; null where there were none to score.</summary>
    public double? TrainingShareFlagged => _state.TrainingShareFlagged;

    /// <summary>
    /// The share of normal rows that training did not see above the threshold: how many false alarms to expect. Null
    /// where there were none.
    /// </summary>
    public double? HeldOutShareFlagged => _state.HeldOutShareFlagged;

    /// <summary>Normal rows that training did not see, of which <see cref="HeldOutShareFlagged"/> speaks.</summary>
    public int HeldOutRows => _state.HeldOutRows;

    /// <summary>The distribution of normal scores; null where there were no rows to take it from.</summary>
    public ScoreCalibration? Calibration => _state.Calibration;

    /// <summary>Training rows that it remembers and compares others with; 0 where a row's own reconstruction says how strange it is.</summary>
    public int MemoryRows => _model.Memory?.Count ?? 0;

    /// <summary>
    /// The least and the largest finite number of each column that training saw, as the model takes rows: what others are compared
    /// with to find that they are on another scale.
    /// </summary>
    /// <returns>(2, D), copied; null where there were no rows to take it from.</returns>
    public ImageSet? TrainingRange() => _state.Range.Length == 0
        ? null
        : new ImageSet([.. _state.Range], labels: null, Height, Width, Channels);

    /// <summary>What was trained, and what it remembers.</summary>
    internal DetectorModel Model
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _model;
        }
    }

    /// <summary>The autoencoder's parameters, as files have them: for export.</summary>
    /// <returns>Copies.</returns>
    public IReadOnlyList<NamedTensor> CopyParameters() => _model.CopyParameters();

    /// <summary>How strange a row is.</summary>
    /// <param name="row">A number for each of <see cref="Columns"/>, as in the table; for tables without columns of
    /// words.</param>
    /// <returns>At least 0; +∞ for an impossible row. Never NaN.</returns>
    /// <exception cref="DetectorInputException">The row has another length, or the table has columns of words.</exception>
    /// <exception cref="ObjectDisposedException">The detector has been disposed of.</exception>
    public double Score(ReadOnlySpan<float> row) => Score(new FloatRow(row), out _);

    /// <summary>The same of numbers in double precision, as files have them.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public double Score(ReadOnlySpan<double> row) => Score(new DoubleRow(row), out _);

    /// <summary>The same of a picture of bytes, rows from the top, the channels of a pixel side by side.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public double Score(ReadOnlySpan<byte> row) => Score(new ByteRow(row), out _);

    /// <summary>The same of a row by the names of its columns, in any order.</summary>
    /// <param name="row">A cell for each of <see cref="Columns"/>.</param>
    /// <returns>At least 0; +∞ for an impossible row. Never NaN.</returns>
    /// <exception cref="DetectorInputException">A column is missing, unknown, or holds the wrong kind; the message
    /// names it.</exception>
    /// <exception cref="ObjectDisposedException">The detector has been disposed of.</exception>
    public double Score(IReadOnlyDictionary<string, ColumnValue> row) => Score(new TableRow(ReadRow(row)), out _);

    /// <summary>The score of a row, and what follows from it.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public AnomalyVerdict Verdict(ReadOnlySpan<float> row) => Verdict(Score(new FloatRow(row), out int column), column);

    /// <summary>The same of numbers in double precision.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public AnomalyVerdict Verdict(ReadOnlySpan<double> row) => Verdict(Score(new DoubleRow(row), out int column), column);

    /// <summary>The same of a picture of bytes.</summary>
    /// <inheritdoc cref="Score(ReadOnlySpan{float})"/>
    public AnomalyVerdict Verdict(ReadOnlySpan<byte> row) => Verdict(Score(new ByteRow(row), out int column), column);

    /// <summary>The same of a row by the names of its columns.</summary>
    /// <inheritdoc cref="Score(IReadOnlyDictionary{string, ColumnValue})"/>
    public AnomalyVerdict Verdict(IReadOnlyDictionary<string, ColumnValue> row) =>
        Verdict(Score(new TableRow(ReadRow(row)), out int column), column);

    /// <summary>What follows from a score that this detector gave, such as one of
    /// <see cref="ScoreMany(ImageSet, CancellationToken)"/>.</summary>
    /// <param name="score">As the detector gives them.</param>
    public AnomalyVerdict VerdictOf(double score) => Verdict(score, -1);

    /// <summary>Ends the detector; calls that are under way end as they would.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        _model.Dispose();
    }

    private AnomalyVerdict Verdict(double score, int column) => new(
        score, Threshold, Calibration?.ShareBelow(score) ?? double.NaN, column < 0 ? null : _columns[column].Name);

    private double Score<TRow>(TRow row, out int impossible)
        where TRow : struct, IRow, allows ref struct
    {
        Require(row);
        long start = DetectorTelemetry.Start();
        using LaneLease lease = _model.Rows.Lease();
        DetectorLane lane = lease.Lane;
        impossible = row.Apply(_transform, lane.Table, lane.Input(0));
        double score = impossible < 0 ? Sum(lane.Measure(1), out impossible) : double.PositiveInfinity;
        DetectorTelemetry.Scored(start, 1);
        return score;
    }

    /// <summary>The score that losses add up to; +∞ where the model's own numbers overflow.</summary>
    private double Sum(ReadOnlySpan<double> losses, out int impossible)
    {
        double sum = 0;
        foreach (double loss in losses)
            sum += loss;
        impossible = -1;
        if (double.IsFinite(sum))
            return sum;
        for (int i = 0; i < losses.Length && impossible < 0; i++)
            impossible = double.IsFinite(losses[i]) ? -1 : _transform.Owners[i];
        return double.PositiveInfinity;
    }

    private void Require<TRow>(TRow row)
        where TRow : struct, IRow, allows ref struct
    {
        if (row.Length != _columns.Length)
        {
            throw new DetectorInputException(InputFault.WrongLength, null, FormattableString.Invariant(
                $"a row of {row.Length} numbers, and the detector was trained on {_columns.Length} columns; give one for each"));
        }
        if (_transform.HasWords && row.HasNumbersAlone)
        {
            string name = _columns.First(column => column.IsOfWords).Name;
            throw new DetectorInputException(
                InputFault.WrongForm, name,
                $"the column {QuotedText.Excerpt(name)} holds words, and the row has numbers alone; give the row by the names of its columns");
        }
    }
}
