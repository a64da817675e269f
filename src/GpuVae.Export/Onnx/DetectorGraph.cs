using GpuVae.Detection;

namespace GpuVae.Export.Onnx;

/// <summary>
/// A detector as one graph, from cells of a file or pixels to what <see cref="AnomalyDetector.Explain(ReadOnlySpan{double})"/> gives.
/// </summary>
/// <param name="detector">Threshold, calibration and memory.</param>
/// <param name="source">Its model and pipeline.</param>
/// <param name="metadata">What the file says of it.</param>
/// <param name="version">That of the library.</param>
internal sealed class DetectorGraph(
    AnomalyDetector detector, ExportSource source, IReadOnlyList<(string Key, string Value)> metadata, string version)
{
    private readonly GraphBuilder _graph = new();

    /// <summary>The graph.</summary>
    public OnnxModel Build()
    {
        var likelihood = new LikelihoodGraph(_graph, source, isRelative: true);
        var pipeline = new PipelineGraph(_graph, source, likelihood);
        var network = new RunGraphs(source, metadata, version);
        Prepared prepared = pipeline.Forward();
        string? isImpossible = prepared.IsImpossible is string cells ? _graph.AnyColumn(cells) : null;
        string code = network.Encode(_graph, prepared.X), outputs = network.Decode(_graph, code), means = likelihood.Means(outputs);

        string losses, expected = means;
        if (detector.Model.Memory is CodeMemory memory)
        {
            (string parts, expected) = new MemoryGraph(_graph, memory).Measure(prepared.X, code, means);
            losses = pipeline.ByGroup(parts);
        }
        else
        {
            losses = likelihood.Losses(outputs, prepared.X);
        }

        string score = AddScore(pipeline, pipeline.ByColumn(losses), prepared.IsImpossible, isImpossible);
        AddVerdict(score);
        _graph.Output(
            isImpossible is null ? code : _graph.Where(isImpossible, _graph.Float(float.NaN), code), "code", OnnxType.Float,
            [OnnxSize.Batch, source.Model.Units], "The mean code of each example; NaN where a cell is impossible.");
        pipeline.Back(means, isImpossible);
        pipeline.Back(
            expected, _graph.Reshape(_graph.Greater(score, _graph.Double(double.MaxValue)), -1, 1), "expected", "expected_words",
            detector.Model.Memory is null ? "What the model makes of the example" : "What is normal for an example like it");
        return _graph.Build(
            "detector", version, "Cells of a file, or pixels, to how strange they are, what each column has of that, and the verdict.",
            metadata);
    }

    /// <summary>Of a row that is infinitely strange the columns that make it so have +∞, and the others 0.</summary>
    private string AddScore(PipelineGraph pipeline, string losses, string? impossibleCells, string? isImpossible)
    {
        string infinite = _graph.Double(double.PositiveInfinity), zero = _graph.Double(0);
        string isBeyond = _graph.Not(_graph.Node("LessOrEqual", [losses, _graph.Double(double.MaxValue)]));
        string contributions = _graph.Where(_graph.AnyColumn(isBeyond), _graph.Where(isBeyond, infinite, zero), losses);
        if (impossibleCells is not null)
        {
            string strange = pipeline.InOrder(_graph.Where(impossibleCells, infinite, zero));
            contributions = _graph.Where(isImpossible!, strange, contributions);
        }
        string score = _graph.SumColumns(contributions, keepsColumn: false);
        _graph.Output(
            score, "score", OnnxType.Double, [OnnxSize.Batch],
            "How strange each example is, at least 0; infinite where a cell is impossible.");
        OnnxSize[] shape = source.IsOfPictures
            ? [OnnxSize.Batch, source.Image.Height, source.Image.Width, source.Image.Channels]
            : [OnnxSize.Batch, pipeline.TableColumns];
        string shaped = source.IsOfPictures
            ? _graph.Reshape(contributions, 0, source.Image.Height, source.Image.Width, source.Image.Channels)
            : contributions;
        _graph.Output(shaped, "contributions", OnnxType.Double, shape, "What each column has of the score, which is their sum.");
        return score;
    }

    private void AddVerdict(string score)
    {
        string isInfinite = _graph.Greater(score, _graph.Double(double.MaxValue));
        _graph.Output(
            _graph.Or(_graph.Greater(score, _graph.Double(detector.Threshold)), isInfinite), "verdict", OnnxType.Bool,
            [OnnxSize.Batch], "Whether the score is above the threshold, or infinite: an anomaly.");
        if (detector.Calibration is not ScoreCalibration calibration)
            return;
        _graph.Output(
            ShareBelow(score, calibration), "probability", OnnxType.Double, [OnnxSize.Batch],
            "The estimated share of normal examples that score lower.");
    }

    /// <summary><see cref="ScoreCalibration.ShareBelow"/>: linear between quantiles, exponential above the last.</summary>
    private string ShareBelow(string score, ScoreCalibration calibration)
    {
        IReadOnlyList<double> levels = calibration.Quantiles;
        int count = levels.Count;
        double last = levels[^1];
        string quantiles = _graph.Constant(levels, count), one = _graph.Constant(1);
        string isAbove = _graph.Greater(_graph.Reshape(score, -1, 1), quantiles);
        string above = _graph.SumColumns(_graph.Cast(isAbove, OnnxType.Int64), keepsColumn: false);
        string upperPlace = _graph.Node("Min", [_graph.Node("Max", [above, one]), _graph.Constant(count - 1)]);
        string lowerPlace = _graph.Subtract(upperPlace, one);
        string lower = _graph.Node("Gather", [quantiles, lowerPlace]), upper = _graph.Node("Gather", [quantiles, upperPlace]);
        string position = _graph.Add(
            _graph.Cast(lowerPlace, OnnxType.Double), _graph.Divide(_graph.Subtract(score, lower), _graph.Subtract(upper, lower)));
        string between = _graph.Multiply(position, _graph.Double(calibration.TailStart / (count - 1)));
        string rest = _graph.Node(
            "Exp", [_graph.Multiply(_graph.Subtract(score, _graph.Double(last)), _graph.Double(-1 / calibration.TailMean))]);
        string tail = _graph.Subtract(_graph.Double(1), _graph.Multiply(rest, _graph.Double(1 - calibration.TailStart)));
        // What stands in a branch that is not taken may be no number.
        string isBelow = _graph.Node("Equal", [above, _graph.Constant(0)]);
        return _graph.Where(
            _graph.Greater(score, _graph.Double(last)), tail, _graph.Where(isBelow, _graph.Double(0), between));
    }
}
