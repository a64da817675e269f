using GpuVae.Data;
using GpuVae.Kernels;

namespace GpuVae.Export.Onnx;

/// <summary>Examples on their way into a model.</summary>
/// <param name="X">(N, D) of floats, as the encoder sees them; 0 where a number is not finite.</param>
/// <param name="IsImpossible">
/// (N, numbers and categories), whether a cell has no probability; null where none can be without.
/// </param>
/// <param name="IsBroken">(N, 1), whether a row has a number that is not finite; null where none can have.</param>
internal sealed record Prepared(string X, string? IsImpossible, string? IsBroken);

/// <summary>
/// A run's pipeline as operators: cells of a table, or pixels, to what the model takes, and back. Numbers of a table are doubles, as
/// the pipeline scales them; words are strings.
/// </summary>
internal sealed class PipelineGraph
{
    /// <summary>Numbers of a table, or of pictures that are no bytes.</summary>
    public const string NumbersName = "numbers";

    /// <summary>Words of a table.</summary>
    public const string WordsName = "words";

    /// <summary>Bytes of pictures.</summary>
    public const string PixelsName = "pixels";

    private readonly GraphBuilder _graph;
    private readonly ExportSource _source;
    private readonly LikelihoodGraph _likelihood;
    private readonly Pipeline _pipeline;

    /// <summary>Looks at the pipeline.</summary>
    public PipelineGraph(GraphBuilder graph, ExportSource source, LikelihoodGraph likelihood)
    {
        (_graph, _source, _likelihood, _pipeline) = (graph, source, likelihood, source.Pipeline);
        TableColumns = _pipeline.TableColumns(source.Model.Dimensions);
        NumberColumns = [.. Enumerable.Range(0, TableColumns).Except(_pipeline.Categories.Select(category => category.Column))];
    }

    /// <summary>Columns of the table, or numbers of a picture.</summary>
    public int TableColumns { get; }

    /// <summary>Those that hold numbers, in the order of the input.</summary>
    public IReadOnlyList<int> NumberColumns { get; }

    private Scaling Scaling => _pipeline.Scaling;

    private bool TakesLogarithms => Scaling.Method == "log";

    private OnnxSize[] PictureShape => [OnnxSize.Batch, _source.Image.Height, _source.Image.Width, _source.Image.Channels];

    private bool IsOfDoubles => !_source.IsOfPictures || (Scaling.Offsets.Count > 0 && !_source.TakesBytes);

    /// <summary>Declares the inputs and takes them up to the encoder.</summary>
    public Prepared Forward()
    {
        if (_source.TakesBytes)
        {
            string pixels = _graph.Input(PixelsName, OnnxType.Byte, PictureShape, "Pixels of pictures, 0 … 255.");
            string bytes = _graph.Reshape(_graph.Cast(pixels, Scaling.Offsets.Count > 0 ? OnnxType.Double : OnnxType.Float), 0, TableColumns);
            string x = Scaling.Offsets.Count > 0 ? Scaled(bytes) : _graph.Divide(bytes, _graph.Float(255));
            return new Prepared(Encoded(x), Scaling.Offsets.Count > 0 && _likelihood.IsOfUnitRange ? OutOfRange(x) : null, null);
        }
        List<string> columns = [], impossible = [];
        string? broken = null;
        string raw = "";
        if (NumberColumns.Count > 0)
        {
            OnnxSize[] shape = _source.IsOfPictures ? PictureShape : [OnnxSize.Batch, NumberColumns.Count];
            raw = _graph.Input(
                NumbersName, IsOfDoubles ? OnnxType.Double : OnnxType.Float, shape,
                "Numbers as the file has them; NaN is a missing cell.");
            if (_source.IsOfPictures)
                raw = _graph.Reshape(raw, 0, NumberColumns.Count);
            string x = Scaled(Filled(raw));
            string isFinite = _graph.Node("LessOrEqual", [_graph.Node("Abs", [x]), _graph.Float(float.MaxValue)]);
            string isBroken = _graph.Not(isFinite);
            broken = _graph.AnyColumn(isBroken);
            string finite = _graph.Where(isFinite, x, _graph.Float(0));
            string isImpossible = _likelihood.IsOfUnitRange || _likelihood.IsOfBytes ? _graph.Or(isBroken, OutOfRange(x)) : isBroken;
            impossible.Add(_likelihood.IsOfBytes ? _graph.Or(isImpossible, NoByte(x)) : isImpossible);
            columns.Add(Encoded(finite));
        }
        if (_pipeline.Categories.Count > 0)
        {
            string words = _graph.Input(
                WordsName, OnnxType.Text, [OnnxSize.Batch, _pipeline.Categories.Count],
                "Words as the file has them; an empty one is a missing cell.");
            List<string> unknown = [];
            for (int i = 0; i < _pipeline.Categories.Count; i++)
                columns.Add(OneHot(_pipeline.Categories[i], _graph.Take(words, [i]), unknown));
            impossible.AddRange(unknown);
            string anyUnknown = _graph.AnyColumn(_graph.Join(unknown));
            broken = broken is null ? anyUnknown : _graph.Or(broken, anyUnknown);
        }
        foreach (int column in _pipeline.MaskedColumns)
        {
            string isMissing = _graph.Node("IsNaN", [_graph.Take(raw, [((List<int>)[.. NumberColumns]).IndexOf(column)])]);
            columns.Add(_graph.Cast(_graph.Not(isMissing), OnnxType.Float));
            columns.Add(_graph.Cast(isMissing, OnnxType.Float));
        }
        return new Prepared(_graph.Join(columns), _graph.Join(impossible), broken);
    }

    /// <summary>Declares the outputs of what the model makes, in the units of the file.</summary>
    /// <param name="means">E[x | z] (N, D).</param>
    /// <param name="isBroken">Of the rows whose reconstruction means nothing; null for none.</param>
    /// <param name="name">What numbers are called.</param>
    /// <param name="wordsName">What words are called.</param>
    /// <param name="documentation">What the numbers are.</param>
    public void Back(
        string means, string? isBroken, string name = "reconstruction", string wordsName = "reconstructed_words",
        string documentation = "E[x|z]")
    {
        int kept = NumberColumns.Count, first = kept;
        if (kept > 0)
        {
            OnnxType type = IsOfDoubles ? OnnxType.Double : OnnxType.Float;
            string numbers = Unscaled(_graph.Cast(kept == _source.Model.Dimensions ? means : _graph.Columns(means, 0, kept), type));
            if (isBroken is not null)
                numbers = _graph.Where(isBroken, IsOfDoubles ? _graph.Double(double.NaN) : _graph.Float(float.NaN), numbers);
            if (_source.IsOfPictures)
            {
                numbers = _graph.Reshape(numbers, 0, _source.Image.Height, _source.Image.Width, _source.Image.Channels);
                _graph.Output(numbers, name, type, PictureShape, documentation + " in the units of the input.");
            }
            else
            {
                _graph.Output(numbers, name, type, [OnnxSize.Batch, kept], documentation + " in the units of the file.");
            }
        }
        List<string> words = [];
        foreach (Category category in _pipeline.Categories)
        {
            string place = _graph.Node("ArgMax", [_graph.Columns(means, first, first + category.Levels.Count)], OnnxAttribute.Of("axis", 1));
            words.Add(_graph.WordsAt(place, category.Levels));
            first += category.Width;
        }
        if (words.Count > 0)
        {
            _graph.Output(
                _graph.Join(words), wordsName, OnnxType.Text, [OnnxSize.Batch, words.Count],
                "The likeliest word of each column.");
        }
    }

    /// <summary>From what each number of the model has of the score to what numbers, categories and marks have.</summary>
    /// <param name="losses">(N, D).</param>
    /// <returns>(N, numbers, categories and marks).</returns>
    public string ByGroup(string losses)
    {
        int first = NumberColumns.Count;
        if (first == _source.Model.Dimensions)
            return losses;
        List<string> parts = first == 0 ? [] : [_graph.Columns(losses, 0, first)];
        foreach (int width in _pipeline.Categories.Select(category => category.Width).Concat(_pipeline.MaskedColumns.Select(_ => 2)))
        {
            parts.Add(_graph.SumColumns(_graph.Columns(losses, first, first + width), keepsColumn: true));
            first += width;
        }
        return _graph.Join(parts);
    }

    /// <summary>What numbers and categories have, in the order of the table's columns.</summary>
    /// <param name="cells">(N, numbers and categories); columns behind them are left out.</param>
    public string InOrder(string cells)
    {
        int numbers = NumberColumns.Count;
        var places = new int[TableColumns];
        for (int i = 0; i < numbers; i++)
            places[NumberColumns[i]] = i;
        for (int i = 0; i < _pipeline.Categories.Count; i++)
            places[_pipeline.Categories[i].Column] = numbers + i;
        return places.Index().All(pair => pair.Item == pair.Index) && _pipeline.MaskedColumns.Count == 0
            ? cells
            : _graph.Take(cells, places);
    }

    /// <summary>From what numbers, categories and marks have of the score to what the columns of the table have.</summary>
    /// <param name="losses">(N, numbers, categories and marks).</param>
    /// <returns>(N, columns of the table), the mark of a column with its number.</returns>
    public string ByColumn(string losses)
    {
        int numbers = NumberColumns.Count, categories = _pipeline.Categories.Count;
        string own = InOrder(losses);
        if (_pipeline.MaskedColumns.Count == 0)
            return own;
        // A column of zeros behind the marks, for the columns that have none.
        string marks = _graph.Columns(losses, numbers + categories, numbers + categories + _pipeline.MaskedColumns.Count);
        string padded = _graph.Node("Pad", [marks, _graph.Constant(0, 0, 0, 1)]);
        List<int> masked = [.. _pipeline.MaskedColumns];
        return _graph.Add(own, _graph.Take(padded, Enumerable.Range(0, TableColumns).Select(
            column => masked.IndexOf(column) is >= 0 and int mark ? mark : masked.Count)));
    }

    private string Filled(string raw)
    {
        if (_pipeline.FillValues.Count != TableColumns)
            return raw;
        double[] fills = [.. NumberColumns.Select(column => _pipeline.FillValues[column])];
        string values = IsOfDoubles
            ? _graph.Constant(fills, fills.Length)
            : _graph.Constant(Array.ConvertAll(fills, fill => (float)fill), fills.Length);
        return _graph.Where(_graph.Node("IsNaN", [raw]), values, raw);
    }

    /// <summary>To floats; of a number without a logarithm, what is not finite.</summary>
    private string Scaled(string numbers)
    {
        if (!IsOfDoubles && !_source.TakesBytes)
            return numbers;
        if (TakesLogarithms)
            numbers = _graph.Node("Log", [numbers]);
        if (Scaling.Offsets.Count > 0)
            numbers = _graph.Multiply(_graph.Subtract(numbers, Each(Scaling.Offsets)), Each(Scaling.Factors));
        return _graph.Cast(numbers, OnnxType.Float);
    }

    private string Unscaled(string numbers)
    {
        if (Scaling.Offsets.Count == 0)
            return _source.TakesBytes ? _graph.Multiply(numbers, _graph.Float(255)) : numbers;
        if (!IsOfDoubles)
            numbers = _graph.Cast(numbers, OnnxType.Double);
        numbers = _graph.Add(_graph.Divide(numbers, Each(Scaling.Factors)), Each(Scaling.Offsets));
        if (TakesLogarithms)
            numbers = _graph.Node("Exp", [numbers]);
        return IsOfDoubles ? numbers : _graph.Cast(numbers, OnnxType.Float);
    }

    private string Each(IReadOnlyList<double> values) => _graph.Constant(values, values.Count);

    private string Encoded(string x) => _source.Encoding switch
    {
        PixelEncoding.Threshold => _graph.Cast(_graph.Greater(x, _graph.Float(0.5f)), OnnxType.Float),
        PixelEncoding.Resampled => _graph.Cast(_graph.Greater(x, _graph.Constant(Draws(), _source.Model.Dimensions)), OnnxType.Float),
        _ => x,
    };

    /// <summary>What every example is compared with where pixels are drawn.</summary>
    private float[] Draws()
    {
        var uniform = new float[_source.Model.Dimensions];
        Philox.FillUniform(new RandomSource(_source.Seed, RandomPurpose.EvaluationPixels), 0, uniform);
        return uniform;
    }

    private string OutOfRange(string x) =>
        _graph.Or(_graph.Greater(_graph.Float(0), x), _graph.Greater(x, _graph.Float(1)));

    private string NoByte(string x)
    {
        string bytes = _graph.Multiply(x, _graph.Float(255));
        string rest = _graph.Node("Abs", [_graph.Subtract(bytes, _graph.Node("Round", [bytes]))]);
        return _graph.Not(_graph.Greater(_graph.Float(1e-3f), rest));
    }

    /// <summary>1 at the place of a word, at the last for one that training did not see, and whether nothing stands for it.</summary>
    private string OneHot(Category category, string words, List<string> isUnknown)
    {
        // Nothing stands for a missing cell where training had none: one place further, where no column is.
        List<string> keys = [.. category.Levels];
        List<long> places = [.. keys.Select((_, place) => (long)place)];
        if (keys is not [.., ""])
        {
            keys.Add("");
            places.Add(category.Width);
        }
        string place = _graph.PlaceOfWords(words, keys, places, category.Levels.Count);
        isUnknown.Add(_graph.Node("Equal", [place, _graph.Constant(category.Width)]));
        string range = _graph.Constant([.. Enumerable.Range(0, category.Width).Select(column => (long)column)]);
        return _graph.Cast(_graph.Node("Equal", [place, range]), OnnxType.Float);
    }
}
