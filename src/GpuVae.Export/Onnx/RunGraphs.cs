using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Export.Onnx;

/// <summary>The three graphs of a run.</summary>
/// <param name="source">The model and its pipeline.</param>
/// <param name="metadata">What every file says of the run.</param>
/// <param name="version">That of the library.</param>
internal sealed class RunGraphs(ExportSource source, IReadOnlyList<(string Key, string Value)> metadata, string version)
{
    /// <summary>How far, relatively, scores here and in the library, which adds float32, differ by rounding.</summary>
    private const double Rounding = 2e-7;

    private readonly Autoencoder _model = source.Model;

    private OnnxSize[] ExampleShape => source.IsOfPictures
        ? [OnnxSize.Batch, source.Image.Height, source.Image.Width, source.Image.Channels]
        : [OnnxSize.Batch, _model.Dimensions];

    /// <summary>Examples as the model takes them to codes: <c>x</c> → <c>code</c>, and the posterior where there is one.</summary>
    public OnnxModel Encoder()
    {
        var graph = new GraphBuilder();
        string x = graph.Input("x", OnnxType.Float, ExampleShape, "Examples as the model takes them, after the run's pipeline.");
        var network = new NetworkGraph(graph, source);
        Numbers input = source.IsOfPictures
            ? new Numbers(graph.Reshape(x, 0, _model.Dimensions), source.Image, IsMap: false)
            : new Numbers(x, source.Image, IsMap: false);
        string head = network.ToRows(network.Apply(_model.Encoder, "encoder", input)).Name;
        int units = _model.Units;
        string mean = _model.Code.HeadWidth == units ? head : graph.Columns(head, 0, units);
        graph.Output(
            network.Activate("code", _model.Code.Mean, mean), "code", OnnxType.Float, [OnnxSize.Batch, units],
            "The mean code of each example.");
        if (_model.Posterior is { } posterior)
            AddPosterior(graph, head, units, posterior.Covariance);
        return graph.Build("encoder", version, "Examples as the model takes them to their codes.", metadata);
    }

    /// <summary>Codes to E[x | z] as the model has it: <c>code</c> → <c>x</c>.</summary>
    public OnnxModel Decoder()
    {
        var graph = new GraphBuilder();
        string code = graph.Input("code", OnnxType.Float, [OnnxSize.Batch, _model.Units], "Codes.");
        string means = new LikelihoodGraph(graph, source).Means(Decode(graph, code));
        string shaped = source.IsOfPictures
            ? graph.Reshape(means, 0, source.Image.Height, source.Image.Width, source.Image.Channels)
            : means;
        graph.Output(
            shaped, "x", OnnxType.Float, ExampleShape,
            "E[x|z], as the model has it; the run's pipeline leads back to the units of the file.");
        return graph.Build("decoder", version, "Codes to what they stand for.", metadata);
    }

    /// <summary>Cells of a file, or pixels, to code, reconstruction, score, what each column has of it, and verdict.</summary>
    /// <param name="threshold">Above which an example is an anomaly; null for no verdict.</param>
    public OnnxModel Whole(double? threshold)
    {
        var graph = new GraphBuilder();
        var likelihood = new LikelihoodGraph(graph, source);
        var pipeline = new PipelineGraph(graph, source, likelihood);
        Prepared prepared = pipeline.Forward();

        string code = Encode(graph, prepared.X);
        string outputs = Decode(graph, code);
        string shownCode = prepared.IsBroken is null ? code : graph.Where(prepared.IsBroken, graph.Float(float.NaN), code);
        graph.Output(shownCode, "code", OnnxType.Float, [OnnxSize.Batch, _model.Units], "The mean code of each example.");
        pipeline.Back(likelihood.Means(outputs), prepared.IsBroken);
        AddScore(graph, pipeline, prepared, likelihood.Losses(outputs, prepared.X), threshold);
        return graph.Build("model", version, "Cells of a file, or pixels, to code, reconstruction, score and what each column has of it.", metadata);
    }

    /// <summary>The mean codes of examples as the encoder sees them: (N, k).</summary>
    public string Encode(GraphBuilder graph, string x)
    {
        var network = new NetworkGraph(graph, source);
        var input = new Numbers(x, source.Image, IsMap: false);
        string mean = network.ToRows(network.Apply(_model.Encoder, "encoder", input, _model.HasDenseHead ? _model.Units : null)).Name;
        return network.Activate("code", _model.Code.Mean, mean);
    }

    /// <summary>What the decoder makes of codes, as the likelihood takes it: (N, D).</summary>
    public string Decode(GraphBuilder graph, string code)
    {
        var network = new NetworkGraph(graph, source);
        return network.ToRows(network.Apply(_model.Decoder, "decoder", new Numbers(code, _model.CodeShape, IsMap: false))).Name;
    }

    /// <summary>What has no probability, or is beyond float32 as it is in the library, is infinitely strange.</summary>
    private void AddScore(GraphBuilder graph, PipelineGraph pipeline, Prepared prepared, string losses, double? threshold)
    {
        string most = graph.Double(float.MaxValue), infinite = graph.Double(double.PositiveInfinity);
        string isStrange = graph.Or(graph.Node("IsNaN", [losses]), graph.Greater(losses, most));
        string contributions = graph.Where(isStrange, infinite, losses);
        if (prepared.IsImpossible is string impossible)
        {
            int cells = pipeline.NumberColumns.Count + source.Pipeline.Categories.Count, marks = source.Pipeline.MaskedColumns.Count;
            string[] parts = marks == 0
                ? [graph.Where(impossible, infinite, contributions)]
                :
                [
                    graph.Where(impossible, infinite, graph.Columns(contributions, 0, cells)),
                    graph.Columns(contributions, cells, cells + marks),
                ];
            contributions = graph.Join(parts);
        }
        contributions = pipeline.ByColumn(contributions);
        string sum = graph.SumColumns(contributions, keepsColumn: false);
        string isBeyond = graph.Greater(sum, most);
        string score = graph.Where(isBeyond, infinite, sum);
        graph.Output(
            score, "score", OnnxType.Double, [OnnxSize.Batch],
            "Nats: −log p(x|z) of the mean code without the example's own part; higher is stranger.");
        string shaped = source.IsOfPictures
            ? graph.Reshape(contributions, 0, source.Image.Height, source.Image.Width, source.Image.Channels)
            : contributions;
        graph.Output(
            shaped, "contributions", OnnxType.Double,
            source.IsOfPictures ? ExampleShape : [OnnxSize.Batch, pipeline.TableColumns], "What each column has of the score, which is their sum.");
        if (threshold is double limit)
        {
            // A quantile is often the score of rows, which are not above it: rounding must not lift them there.
            string verdict = graph.Or(graph.Greater(score, graph.Double(limit + (Rounding * Math.Abs(limit)))), isBeyond);
            graph.Output(verdict, "anomaly", OnnxType.Bool, [OnnxSize.Batch], "Whether the score is above the threshold, or infinite.");
        }
    }

    private static void AddPosterior(GraphBuilder graph, string head, int units, Covariance covariance)
    {
        float limit = covariance == Covariance.Diagonal ? GaussianCode.LogVarianceLimit : GaussianCode.LogDeviationLimit;
        string diagonal = graph.Node("Clip", [graph.Columns(head, units, 2 * units), graph.Float(-limit), graph.Float(limit)]);
        if (covariance == Covariance.Diagonal)
        {
            graph.Output(diagonal, "log_variance", OnnxType.Float, [OnnxSize.Batch, units], "log σ² of the posterior of each unit.");
            return;
        }
        // Numbers of a row: Lⱼⱼ, those below the diagonal row by row, and a zero for those above it.
        int below = units * (units - 1) / 2;
        string[] parts = below == 0
            ? [graph.Node("Exp", [diagonal])]
            : [graph.Node("Exp", [diagonal]), graph.Columns(head, 2 * units, (2 * units) + below)];
        string numbers = graph.Node("Pad", [graph.Join(parts), graph.Constant(0, 0, 0, 1)]);
        IEnumerable<int> places =
            from row in Enumerable.Range(0, units)
            from column in Enumerable.Range(0, units)
            select row == column ? row : column < row ? units + (row * (row - 1) / 2) + column : units + below;
        graph.Output(
            graph.Reshape(graph.Take(numbers, places), 0, units, units), "cholesky", OnnxType.Float, [OnnxSize.Batch, units, units],
            "L of the posterior N(code, L Lᵀ).");
    }
}
