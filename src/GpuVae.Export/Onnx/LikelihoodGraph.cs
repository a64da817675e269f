using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Export.Onnx;

/// <summary>
/// What a decoder's outputs mean, as operators: E[x | z] in float32, and of each number −log p(x | z) without the target's own part
/// in double precision, constants included, so that the sum is the score of
/// <see cref="GpuVae.Evaluation.AnomalyScore.Reconstruction"/>.
/// </summary>
/// <param name="graph">What they are added to.</param>
/// <param name="source">Knows the likelihood and its scale.</param>
/// <param name="isRelative">
/// Whether losses are log p(x | x) − log p(x | x̂), at least 0, as <see cref="ILikelihood.ColumnLosses"/> has them; then a number to
/// which the likelihood gives no probability has the loss +∞.
/// </param>
internal sealed class LikelihoodGraph(GraphBuilder graph, ExportSource source, bool isRelative = false)
{
    /// <summary>E[x | z].</summary>
    /// <param name="outputs">(N, m·D), a row an example, with the likelihood's m numbers for each.</param>
    /// <returns>(N, D).</returns>
    public string Means(string outputs) => source.Model.Likelihood is MixedLikelihood mixed
        ? graph.Join(
            [
                .. mixed.Starts[0] == 0
                    ? [] : (string[])[NumberMeans(mixed.NumbersLikelihood, graph.Columns(outputs, 0, mixed.Starts[0]))],
                .. Groups(mixed).Select(group => graph.Node(
                    "Softmax", [graph.Columns(outputs, group.First, group.End)], OnnxAttribute.Of("axis", 1))),
            ])
        : NumberMeans(source.Model.Likelihood, outputs);

    /// <summary>What each number and each category has of the score.</summary>
    /// <param name="outputs">(N, m·D), a row an example.</param>
    /// <param name="target">x (N, D), as the encoder sees it.</param>
    /// <returns>(N, numbers and categories) of doubles, in nats.</returns>
    public string Losses(string outputs, string target)
    {
        string wide = graph.Cast(outputs, OnnxType.Double), x = graph.Cast(target, OnnxType.Double);
        if (source.Model.Likelihood is not MixedLikelihood mixed)
            return NumberLosses(source.Model.Likelihood, wide, x);
        int numbers = mixed.Starts[0];
        List<string> parts = numbers == 0
            ? []
            : [NumberLosses(mixed.NumbersLikelihood, graph.Columns(wide, 0, numbers), graph.Columns(x, 0, numbers))];
        foreach ((int first, int end) in Groups(mixed))
        {
            string logits = graph.Node("LogSoftmax", [graph.Columns(wide, first, end)], OnnxAttribute.Of("axis", 1));
            string sum = graph.SumColumns(graph.Multiply(graph.Columns(x, first, end), logits), keepsColumn: true);
            parts.Add(graph.Node("Neg", [sum]));
        }
        return graph.Join(parts);
    }

    /// <summary>Whether numbers outside 0 … 1 cannot be scored; of relative losses that is no matter of the likelihood.</summary>
    public bool IsOfUnitRange => (OfNumbers is BernoulliLikelihood && !isRelative) || source.Encoding != PixelEncoding.Scaled;

    /// <summary>Whether numbers that are no byte divided by 255 have none.</summary>
    public bool IsOfBytes => source.Model.Likelihood.IsOfBytes;

    private ILikelihood OfNumbers => source.Model.Likelihood is MixedLikelihood mixed ? mixed.NumbersLikelihood : source.Model.Likelihood;

    private static IEnumerable<(int First, int End)> Groups(MixedLikelihood mixed) => mixed.Starts.Zip(mixed.Starts.Skip(1));

    private string NumberMeans(ILikelihood likelihood, string outputs) => likelihood switch
    {
        DiscretizedLogisticLikelihood => graph.Node("Clip", [outputs, graph.Float(0), graph.Float(1)]),
        BetaBinomialLikelihood => new NetworkGraph(graph, source).Activate("likelihood", likelihood.Mean, Parameter(outputs, 0)),
        LogisticMixtureLikelihood mixture => MixtureMeans(outputs, mixture.Components),
        BernoulliLikelihood or ScaledLikelihood => new NetworkGraph(graph, source).Activate("likelihood", likelihood.Mean, outputs),
        _ => throw Unknown(likelihood),
    };

    private string NumberLosses(ILikelihood likelihood, string outputs, string x) => likelihood switch
    {
        BernoulliLikelihood => Bernoulli(outputs, x),
        GaussianLikelihood => Gaussian(outputs, x, LogScale(likelihood.LogScale)),
        LaplaceLikelihood => Laplace(outputs, x, LogScale(likelihood.LogScale)),
        DiscretizedLogisticLikelihood => DiscretizedLogistic(outputs, x, LogScale(likelihood.LogScale)),
        LogisticMixtureLikelihood mixture => LogisticMixture(outputs, mixture.Components, x),
        BetaBinomialLikelihood => BetaBinomial(Parameter(outputs, 0), Parameter(outputs, 1), x),
        _ => throw Unknown(likelihood),
    };

    /// <summary>log(1 + e^ℓ) − ℓx + x log x + (1 − x) log(1 − x), of which the last two are 0 for 0 and 1.</summary>
    private string Bernoulli(string logits, string x)
    {
        string loss = graph.Subtract(SoftPlus(logits), graph.Multiply(logits, x));
        if (source.Encoding != PixelEncoding.Scaled)
            return loss;
        string one = graph.Double(1), zero = graph.Double(0);
        string isBetween = graph.Node("And", [graph.Greater(x, zero), graph.Greater(one, x)]);
        string grey = graph.Where(isBetween, x, graph.Double(0.5)), rest = graph.Subtract(one, grey);
        string negentropy = graph.Add(
            graph.Multiply(grey, graph.Node("Log", [grey])), graph.Multiply(rest, graph.Node("Log", [rest])));
        string whole = graph.Add(loss, graph.Where(isBetween, negentropy, zero));
        if (!isRelative)
            return whole;
        string isOutside = graph.Or(graph.Greater(zero, x), graph.Greater(x, one));
        return graph.Where(isOutside, graph.Double(double.PositiveInfinity), graph.Node("Max", [whole, zero]));
    }

    /// <summary>½ ((x − x̂)/σ)² + log σ + ½ log 2π.</summary>
    private string Gaussian(string means, string x, double logScale)
    {
        string difference = graph.Subtract(x, means);
        string loss = graph.Multiply(graph.Multiply(difference, difference), graph.Double(0.5 * Math.Exp(-2 * logScale)));
        return isRelative ? loss : graph.Add(loss, graph.Double(logScale + (0.5 * Math.Log(2 * Math.PI))));
    }

    /// <summary>|x − x̂|/b + log 2b.</summary>
    private string Laplace(string means, string x, double logScale)
    {
        string difference = graph.Node("Abs", [graph.Subtract(x, means)]);
        string loss = graph.Multiply(difference, graph.Double(Math.Exp(-logScale)));
        return isRelative ? loss : graph.Add(loss, graph.Double(logScale + Math.Log(2)));
    }

    /// <summary>log(1 + e⁻ᵃ) + log(1 + eᵇ) − log(1 − e^−δ) of <see cref="Kernels.DiscretizedLogistic"/>; the ends have one term.</summary>
    private string DiscretizedLogistic(string means, string x, double logScale)
    {
        double inverse = Math.Exp(-logScale), width = inverse / 255;
        string place = graph.Node("Round", [graph.Multiply(x, graph.Double(255))]);
        string difference = graph.Multiply(
            graph.Subtract(graph.Divide(place, graph.Double(255)), means), graph.Double(inverse));
        string half = graph.Double(width / 2), zero = graph.Double(0);
        string above = SoftPlus(graph.Node("Neg", [graph.Add(difference, half)]));
        string below = SoftPlus(graph.Subtract(difference, half));
        string isFirst = graph.Greater(graph.Double(0.5), place), isLast = graph.Greater(place, graph.Double(254.5));
        // Against the whole interval, or against the loss of the mean that is the byte.
        double ofInside = isRelative ? -2 * Math.Log(1 + Math.Exp(-width / 2)) : -Math.Log(1 - Math.Exp(-width));
        string inside = graph.Where(graph.Or(isFirst, isLast), zero, graph.Double(ofInside));
        string tails = graph.Add(graph.Where(isLast, zero, above), graph.Where(isFirst, zero, below));
        string loss = graph.Add(tails, inside);
        return isRelative ? graph.Node("Max", [loss, zero]) : loss;
    }

    /// <summary>One of the parameters of each number, which stand behind each other in a pixel: (N, D).</summary>
    private string Parameter(string outputs, int parameter)
    {
        Shape image = source.Image, all = source.Model.Outputs;
        string pixels = graph.Reshape(outputs, -1, all.Channels);
        return graph.Reshape(graph.Columns(pixels, parameter * image.Channels, (parameter + 1) * image.Channels), -1, image.Size);
    }

    /// <summary>−log C(n, k) B(k + α, n − k + β)/B(α, β), less what the byte costs at best.</summary>
    private string BetaBinomial(string logits, string logConcentrations, string x)
    {
        const double MostLogit = Kernels.BetaBinomial.MostLogit, MostConcentration = Kernels.BetaBinomial.MostLogConcentration;
        const int Trials = Kernels.BetaBinomial.Trials;
        string concentration = graph.Node(
            "Exp", [graph.Node("Clip", [logConcentrations, graph.Double(-MostConcentration), graph.Double(MostConcentration)])]);
        string clamped = graph.Node("Clip", [logits, graph.Double(-MostLogit), graph.Double(MostLogit)]);
        string alpha = graph.Multiply(concentration, graph.Node("Sigmoid", [clamped]));
        string beta = graph.Multiply(concentration, graph.Node("Sigmoid", [graph.Node("Neg", [clamped])]));
        string k = graph.Node("Round", [graph.Multiply(x, graph.Double(Trials))]), rest = graph.Subtract(graph.Double(Trials), k);
        string both = graph.Add(
            graph.Subtract(LogGamma(graph.Add(k, alpha)), LogGamma(alpha)), graph.Subtract(LogGamma(graph.Add(rest, beta)), LogGamma(beta)));
        string sum = graph.Subtract(LogGamma(graph.Add(concentration, graph.Double(Trials))), LogGamma(concentration));
        string loss = graph.Subtract(sum, both);
        double[] own = [.. Enumerable.Range(0, Trials + 1).Select(value => LogChoices(value) + BetaBinomialLikelihood.Least(value))];
        string index = graph.Cast(graph.Node("Clip", [k, graph.Double(0), graph.Double(Trials)]), OnnxType.Int64);
        loss = graph.Subtract(loss, graph.Node("Gather", [graph.Constant(own, own.Length), index]));
        return isRelative ? graph.Node("Max", [loss, graph.Double(0)]) : loss;

        static double LogChoices(int k) => Enumerable.Range(1, k).Sum(i => Math.Log((Trials + 1 - i) / (double)i));
    }

    /// <summary>Σⱼ πⱼ μⱼ of <see cref="Kernels.LogisticMixture"/>, each μ within 0 … 1, in float32.</summary>
    private string MixtureMeans(string outputs, int components)
    {
        string most = Parameter(outputs, components), weights = "", sum = "";
        for (int j = 1; j < components; j++)
            most = graph.Node("Max", [most, Parameter(outputs, components + j)]);
        for (int j = 0; j < components; j++)
        {
            string weight = graph.Node("Exp", [graph.Subtract(Parameter(outputs, components + j), most)]);
            string mean = graph.Node(
                "Clip", [graph.Add(Parameter(outputs, j), graph.Float(Kernels.LogisticMixture.StartOf(j, components))), graph.Float(0), graph.Float(1)]);
            string part = graph.Multiply(weight, mean);
            (weights, sum) = j == 0 ? (weight, part) : (graph.Add(weights, weight), graph.Add(sum, part));
        }
        return graph.Divide(sum, weights);
    }

    /// <summary>−log Σⱼ πⱼ Pⱼ, less what the byte costs at best.</summary>
    private string LogisticMixture(string outputs, int components, string x)
    {
        string place = graph.Node("Round", [graph.Multiply(x, graph.Double(255))]), zero = graph.Double(0), one = graph.Double(1);
        string isFirst = graph.Greater(graph.Double(0.5), place), isLast = graph.Greater(place, graph.Double(254.5)), isEnd = graph.Or(isFirst, isLast);
        var logits = new string[components];
        var joints = new string[components];
        for (int j = 0; j < components; j++)
        {
            logits[j] = Parameter(outputs, components + j);
            string mean = graph.Add(Parameter(outputs, j), graph.Double(Kernels.LogisticMixture.StartOf(j, components)));
            string logScale = graph.Node(
                "Clip",
                [
                    graph.Add(Parameter(outputs, (2 * components) + j), graph.Double(Kernels.LogisticMixture.StartLogScale)),
                    graph.Double(Kernels.LogisticMixture.LeastLogScale), graph.Double(Kernels.LogisticMixture.MostLogScale),
                ]);
            string inverse = graph.Node("Exp", [graph.Node("Neg", [logScale])]), half = graph.Divide(inverse, graph.Double(510));
            string difference = graph.Multiply(graph.Subtract(graph.Divide(place, graph.Double(255)), mean), inverse);
            string above = graph.Where(isLast, zero, SoftPlus(graph.Node("Neg", [graph.Add(difference, half)])));
            string below = graph.Where(isFirst, zero, SoftPlus(graph.Subtract(difference, half)));
            string mass = graph.Subtract(one, graph.Node("Exp", [graph.Node("Neg", [graph.Add(half, half)])]));
            string loss = graph.Subtract(graph.Add(above, below), graph.Where(isEnd, zero, graph.Node("Log", [mass])));
            joints[j] = graph.Subtract(logits[j], loss);
        }
        double[] least = [.. Enumerable.Range(0, 256).Select(LogisticMixtureLikelihood.Least)];
        string index = graph.Cast(graph.Node("Clip", [place, zero, graph.Double(255)]), OnnxType.Int64);
        string all = graph.Subtract(graph.Subtract(LogSum(logits), LogSum(joints)), graph.Node("Gather", [graph.Constant(least, least.Length), index]));
        return isRelative ? graph.Node("Max", [all, zero]) : all;
    }

    /// <summary>log Σ eˣ.</summary>
    private string LogSum(string[] parts)
    {
        string most = parts.Aggregate((a, b) => graph.Node("Max", [a, b]));
        return graph.Add(most, graph.Node("Log", [parts.Select(part => graph.Node("Exp", [graph.Subtract(part, most)])).Aggregate(graph.Add)]));
    }

    /// <summary>
    /// log Γ(x) for x > 0: Stirling's series at x + 8, less log x (x + 1) … (x + 7). Within 10⁻¹² of its value or of 1.
    /// </summary>
    private string LogGamma(string x)
    {
        const int Shift = 8;
        string product = x;
        for (int i = 1; i < Shift; i++)
            product = graph.Multiply(product, graph.Add(x, graph.Double(i)));
        string y = graph.Add(x, graph.Double(Shift)), inverse = graph.Divide(graph.Double(1), y), square = graph.Multiply(inverse, inverse);
        string series = graph.Double(1 / 1188.0);
        foreach (double coefficient in (double[])[-1 / 1680.0, 1 / 1260.0, -1 / 360.0, 1 / 12.0])
            series = graph.Add(graph.Multiply(series, square), graph.Double(coefficient));
        string log = graph.Subtract(
            graph.Multiply(graph.Subtract(y, graph.Double(0.5)), graph.Node("Log", [y])), graph.Subtract(y, graph.Double(0.5 * Math.Log(2 * Math.PI))));
        return graph.Subtract(graph.Add(log, graph.Multiply(series, inverse)), graph.Node("Log", [product]));
    }

    /// <summary>log(1 + eˣ) as max(x, 0) + log(1 + e^−|x|), which overflows for no x.</summary>
    private string SoftPlus(string x)
    {
        string exponential = graph.Node("Exp", [graph.Node("Neg", [graph.Node("Abs", [x])])]);
        return graph.Add(
            graph.Node("Max", [x, graph.Double(0)]), graph.Node("Log", [graph.Add(exponential, graph.Double(1))]));
    }

    private double LogScale(View<float> logScale) => logScale.IsEmpty ? 0 : source.Read(logScale)[0];

    private static UserException Unknown(ILikelihood likelihood) => new(
        $"likelihood: {likelihood.GetType().Name} is not one of the library's own, and has no ONNX operators; export a model without it");
}
