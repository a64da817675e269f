using System.CommandLine;
using System.Text.Json;
using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Models;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae evaluate</c>: what a model is worth, in numbers.</summary>
internal sealed class EvaluateCommand : RunVerb
{
    private const int MostUnits = 64;

    private static readonly Option<int?> _samples = OptionValue.Whole(
        "--samples",
        "Also estimates −log p(x) by importance sampling with N draws of each image's code; papers take 5000. Default: 0, " +
        "which leaves it out.");

    private static readonly Option<int?> _limit = OptionValue.Whole(
        "--limit", "Measures only the first N images. Default: all.");

    /// <summary>The verb.</summary>
    public EvaluateCommand()
        : base(
            "evaluate",
            "Measures a trained model.",
            "Measures the ELBO with its two parts, the log-likelihood by importance sampling, the mean squared error, " +
            "and what each unit of the code is used for. Losses are in nats per image. A unit is active where the " +
            "variance of its mean over the images is above 0.01.",
            RunNeeds.Set | RunNeeds.Seed,
            new JsonOption(),
            [new OptionGroup("Options", [_samples, _limit])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae evaluate", "The newest run, on its test images."),
        new("gpuvae evaluate --samples 5000 --json iwae.json", "With the likelihood that papers report."),
        new("gpuvae evaluate --samples 5000 --limit 500", "A first look at it."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int samples = InRange("--samples", line.GetValue(_samples) ?? 0, 0, ImportanceSampler.MostSamples);
        int limit = InRange("--limit", line.GetValue(_limit) ?? int.MaxValue, 1, int.MaxValue);
        using OpenedRun run = Open(line, draws: samples == 0 ? 0 : ImportanceSampler.DecoderBatch);
        TrainedModel trained = run.Trained;
        if (samples > 0 && trained.Model.Posterior is null)
        {
            throw new UserException(
                $"--samples {samples}: the {trained.Configuration.Code} code of {trained.Folder.FullPath} is not drawn " +
                "from a posterior, so that there is no likelihood to estimate; leave --samples out");
        }

        ImageSet images = run.Images.Take(limit);
        EvaluationReport report;
        using (var progress = new ProgressLine(images.Count, $"{ReportText.ExampleOf(images)}s"))
        {
            report = EvaluationReport.Measure(run.Device, trained, images, run.Seed, samples, progress.Report);
        }

        CompressionReport? compression = ImageCompressor.Estimate(run.Device, trained, images, run.Seed);
        WriteTable(report, compression, run);
        WriteUnits(report.Use);
        // One image tells nothing of how codes differ.
        if (report.Images > 1 && report.Use.HasCollapsed)
        {
            (int active, int all) = (report.Use.ActiveUnits, report.Use.Variances.Count);
            string advice = trained.Folder.HoldsImport()
                ? "the weights were trained so elsewhere, or the options of import are not those of that model"
                : "train with --warm-up 10, --free-bits 0.5 or a smaller --beta";
            Failure.WriteLine(
                $"warning: the posterior has collapsed: {active} of {all} unit{(all == 1 ? "" : "s")} " +
                $"{(active == 1 || all == 1 ? "tells" : "tell")} {ReportText.ExampleOf(images)}s apart; {advice}");
        }

        WriteFigures(line, json => report.WriteJson(
            json, Path.GetFileName(trained.Folder.FullPath), $"{run.DataName}, {run.SetName}", more => WriteJson(more, compression)));
        return ExitCode.Done;
    }

    private static void WriteTable(EvaluationReport report, CompressionReport? compression, OpenedRun run)
    {
        string example = ReportText.ExampleOf(run.Images), nats = $"nats per {example}";
        List<string[]> rows = [];
        void Add(string name, FormattableString value, string unit) => rows.Add([name, ReportText.Text(value), unit]);
        if (report.Elbo is double elbo && report.Divergence is double divergence)
        {
            Add("ELBO", $"{elbo:F2}", nats);
            Add("  reconstruction", $"{report.Reconstruction:F2}", nats);
            Add("  KL divergence", $"{divergence:F2}", nats);
        }
        else
        {
            Add("reconstruction", $"{report.Reconstruction:F2}", nats);
        }

        if (report.Importance is ImportanceEstimate estimate)
        {
            Add("−log p(x)", $"{estimate.NegativeLogLikelihood:F2}", ReportText.Text(
                $"{nats}, standard error {estimate.StandardError:F2}, {estimate.Samples:N0} samples"));
        }

        string bound = report.Importance is not null ? "−log p(x)" : report.Elbo is not null ? "−ELBO" : "reconstruction";
        Add("bits per dimension", $"{report.BitsPerDimension:F4}", $"of {bound}");
        if (compression is not null)
        {
            Add("  compressed", $"{compression.BitsPerDimension:F4}", CompressText(compression, example));
        }

        if (!double.IsNaN(report.MeanSquaredError))
        {
            Add("mean squared error", $"{report.MeanSquaredError:F5}", ReportText.PerNumber(run.Images));
        }

        if (report.Similarity is (string name, double similarity))
        {
            string pictures = run.Trained.Model.Posterior is null ? "reconstructions" : "drawn codes";
            Add(SimilarityTerm.LabelOf(name)!, $"{similarity:F4}", $"of {pictures}; its term is in no other number here");
        }

        if (report.Sigma is double sigma)
        {
            Add("learned sigma", $"{sigma:G4}", ReportText.PerAll(run.Images));
        }

        Add("active units", $"{report.Use.ActiveUnits}", $"of {report.Use.Variances.Count}");
        WrappedText.WriteLine(ReportText.Text(
            $"{run.Trained.Folder.FullPath} on {report.Images:N0} {run.SetName} {example}{(report.Images == 1 ? "" : "s")} of {run.DataName}"));
        Console.Out.WriteLine();
        TextTable.Write(["", "", ""], rows, numbers: 1);
    }

    private static void WriteJson(Utf8JsonWriter json, CompressionReport? compression)
    {
        if (compression is null)
        {
            return;
        }

        json.WriteStartObject("compression");
        json.WriteNumber("images", compression.Images);
        json.WriteNumber("bits_per_dimension", compression.BitsPerDimension);
        json.WriteNumber("bound_bits_per_dimension", compression.BoundBitsPerDimension);
        json.WriteEndObject();
    }

    private static string CompressText(CompressionReport report, string example) => ReportText.Text(
        $"{report.DataBytes:N0} bytes for {report.Images:N0} {example}{(report.Images == 1 ? "" : "s")} by gpuvae compress, {CompressCommand.Excess(report)} {(report.Images == 1 ? "its" : "their")} −ELBO");

    /// <summary>Units by the KL that they cost, or by their variance: those that do the work come first.</summary>
    private static void WriteUnits(CodeUse use)
    {
        int[] order =
        [
            .. Enumerable.Range(0, use.Variances.Count).OrderByDescending(unit => (use.Divergences ?? use.Variances)[unit]),
        ];
        bool hasInactive = use.ActiveUnits < use.Variances.Count;
        string[] headings =
        [
            "unit", .. use.Divergences is null ? (string[])[] : ["KL in nats"], "variance of the mean",
            .. hasInactive ? (string[])[""] : [],
        ];
        List<string[]> rows = [];
        foreach (int unit in order.Take(MostUnits))
        {
            rows.Add(
            [
                $"{unit,4}",
                .. use.Divergences is null ? (string[])[] : [ReportText.Text($"{use.Divergences[unit],10:F3}")],
                ReportText.Text($"{use.Variances[unit],20:F4}"),
                .. !hasInactive ? (string[])[] : [use.Variances[unit] > CodeUse.ActiveVariance ? "" : "inactive"],
            ]);
        }

        Console.Out.WriteLine();
        TextTable.Write(headings, rows);
        if (order.Length > MostUnits)
        {
            Console.Out.WriteLine($"and {order.Length - MostUnits} units more, which --json has");
        }
    }
}
