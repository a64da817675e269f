using System.CommandLine;
using System.Runtime.CompilerServices;
using GpuVae.AspNetCore;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Export;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae export</c>: a trained run for other programs.</summary>
internal sealed class ExportCommand : RunVerb
{
    private const string Onnx = "onnx";
    private const string PyTorch = "pytorch";
    private const string RunConfigurationName = "config.json";

    private static readonly Option<string?> _to = OptionValue.Text(
        "--to", $"{Onnx}|{PyTorch}",
        $"{Onnx}: encoder.onnx, decoder.onnx, and model.onnx from the columns of a table or the pixels of pictures to code, reconstruction, "
        + "score, what each column has of it, and verdict; of a detector detector.onnx, which gives its scores, verdicts, probabilities and "
        + $"reasons. {PyTorch}: weights.safetensors, a model.py that builds and loads them, and an "
        + "example to check it with.");

    private static readonly Option<double?> _threshold = OptionValue.Real(
        "--threshold",
        "Score in nats above which model.onnx calls an example an anomaly, as gpuvae detect --score reconstruction prints it. "
        + "Default: no verdict.");

    private static readonly Option<double?> _quantile = OptionValue.Real(
        "--threshold-quantile", "The same, at this quantile of the scores of the training examples, such as 0.99; their data has to be there.");

    private static readonly Option<string?> _input = OptionValue.Text(
        "--input", "bytes|numbers",
        "What model.onnx and detector.onnx take: pixels of 0 … 255, or numbers as a file has them. Default: what the run's data are.");

    private static readonly Option<string?> _out = Output(
        "DIR", "Folder for the files, made if it is not there; files of their names are replaced. Default: a folder named as --to in the run, "
        + "or beside the detector.");

    /// <summary>The verb.</summary>
    public ExportCommand()
        : base(
            "export",
            "Writes a trained model or detector for ONNX Runtime or PyTorch.",
            "Writes a trained model, or a detector, so that other programs run it without GpuVae. ONNX graphs are of opset 17, take batches of any size, and "
            + "know the run's pipeline: missing cells, words and scaling. Numbers of a table are doubles (NaN is a missing cell), words are strings "
            + "(an empty one is a missing cell). The score of model.onnx is that of gpuvae detect --score reconstruction; detector.onnx has the detector's "
            + "own score and threshold.",
            RunNeeds.Model,
            _out,
            [new OptionGroup("Export", [_to, _threshold, _quantile, _input])],
            runDescription: $"Folder of a trained run, of which a {AnomalyDetectorAccessor.FileName} is exported too, or the file of a detector. "
                + "Default: the newest run in runs/.")
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae export runs/beats --to onnx --threshold-quantile 0.99", "Graphs in runs/beats/onnx, with a verdict."),
        new("gpuvae export sensors.gpuvae --to onnx", "A detector as one graph, onnx/detector.onnx."),
        new("gpuvae export runs/beats --to pytorch --out beats-torch", "Weights and a Python file that loads them."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string to = line.GetValue(_to) switch
        {
            Onnx => Onnx,
            PyTorch => PyTorch,
            null => throw new UsageException($"--to: is missing; choose from {Onnx}, {PyTorch}"),
            string other => throw new UsageException($"--to {other}: unknown; choose from {Onnx}, {PyTorch}"),
        };
        Validate(line, to);
        if (FindDetector(Asked(line)) is string detector)
        {
            RequireExportable(line, to, detector);
            string beside = Path.GetDirectoryName(Path.GetFullPath(detector))!;
            Written(WriteDetector(line, detector, line.GetValue(_out) ?? Path.Combine(beside, to)));
            return ExitCode.Done;
        }

        using OpenedRun run = Open(line, isScoring: true);
        string folder = line.GetValue(_out) ?? Path.Combine(run.Trained.Folder.FullPath, to);
        foreach (string path in to == Onnx ? WriteOnnx(line, run, folder) : WritePyTorch(run, folder))
        {
            Written(path);
        }

        string kept = Path.Combine(run.Trained.Folder.FullPath, AnomalyDetectorAccessor.FileName);
        if (to == Onnx && File.Exists(kept) && IsOfLastWeights(run))
        {
            Written(WriteDetector(line, kept, folder));
        }

        return ExitCode.Done;
    }

    /// <summary>Whether the detector beside the run has its last weights; <c>--weights best</c> may have chosen others for the graphs.</summary>
    private static bool IsOfLastWeights(OpenedRun run)
    {
        using var last = TrainedModel.Open(run.Trained.Folder.FullPath, run.Device, capacity: 1, weights: WeightsChoice.Last);
        return RunDetector.IsFresh(run.Device, last, "it is left out");
    }

    private static void Written(string path) => Console.Out.WriteLine($"written to {path}");

    /// <summary>The file of the detector that was asked for; null where it is a run.</summary>
    private static string? FindDetector(string? asked)
    {
        if (asked is null || Directory.Exists(asked))
        {
            string inside = Path.Combine(asked ?? "", AnomalyDetectorAccessor.FileName);
            bool isAlone = asked is not null && File.Exists(inside) && !File.Exists(Path.Combine(asked, RunConfigurationName));
            return isAlone ? inside : null;
        }

        // A name that says so is refused as a detector's, and not as a run's.
        string extension = Path.GetExtension(AnomalyDetectorAccessor.FileName);
        return File.Exists(asked) || asked.EndsWith(extension, StringComparison.Ordinal) ? asked : null;
    }

    private static void RequireExportable(ParseResult line, string to, string detector)
    {
        if (to != Onnx)
        {
            throw new UsageException($"--to {to}: {detector} is a detector, which is written as {Onnx} alone; give the folder of its run");
        }

        foreach (Option<double?> option in (Option<double?>[])[_threshold, _quantile])
        {
            if (line.GetValue(option) is not null)
            {
                throw new UsageException($"{option.Name}: {detector} is a detector, which has its own threshold; leave it out");
            }
        }

        RequireNoRunOptions(line, $"{detector} is a detector, and no run");
    }

    private static void Validate(ParseResult line, string to)
    {
        (string Name, bool IsGiven)[] ofOnnx =
        [
            (_threshold.Name, line.GetValue(_threshold) is not null), (_quantile.Name, line.GetValue(_quantile) is not null),
            (_input.Name, line.GetValue(_input) is not null),
        ];
        if (to != Onnx && ofOnnx.FirstOrDefault(option => option.IsGiven).Name is string misplaced)
        {
            throw new UsageException($"{misplaced}: belongs to --to {Onnx}; leave it out");
        }

        if (line.GetValue(_threshold) is double threshold && !double.IsFinite(threshold))
        {
            throw new UsageException(ReportText.Text($"{_threshold.Name} {threshold}: must be a finite number"));
        }

        if (line.GetValue(_threshold) is not null && line.GetValue(_quantile) is not null)
        {
            throw new UsageException($"{_threshold.Name} and {_quantile.Name}: there is one threshold; give one of them");
        }

        if (line.GetValue(_quantile) is double quantile && !(quantile is >= 0 and <= 1))
        {
            throw new UsageException(ReportText.Text($"{_quantile.Name} {quantile}: must be from 0 to 1, such as 0.99"));
        }

        if (line.GetValue(_input) is string input && input is not ("bytes" or "numbers"))
        {
            throw new UsageException($"{_input.Name} {input}: unknown; choose from bytes, numbers");
        }
    }

    /// <summary>The score that the training examples give the threshold, or what was typed.</summary>
    private static double? Threshold(ParseResult line, OpenedRun run)
    {
        if (line.GetValue(_quantile) is not double quantile)
        {
            return line.GetValue(_threshold);
        }

        var scorer = new AnomalyScorer(
            run.Device, run.Trained.Model, run.Trained.Encoding, run.Seed, AnomalyScore.Reconstruction, samples: 1);
        double threshold = ScoreThreshold.Quantile(scorer.Score(run.TrainingImages), quantile);
        if (!double.IsFinite(threshold))
        {
            throw new UserException(ReportText.Text(
                $"{_quantile.Name} {quantile}: the training scores are infinite there, and nothing would be above; take a lower one"));
        }

        Console.Out.WriteLine(ReportText.Text($"threshold: {threshold:R} nats (quantile {quantile} of the training scores)"));
        return threshold;
    }

    // In methods of their own, so that the assembly is loaded by those who export.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<string> WriteOnnx(ParseResult line, OpenedRun run, string folder) => OnnxExport.Write(
        run.Device, run.Trained, folder,
        new OnnxExportOptions
        {
            Threshold = Threshold(line, run),
            Kind = Kind(line),
        });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static string WriteDetector(ParseResult line, string path, string folder)
    {
        using var detector = AnomalyDetector.Load(path);
        return OnnxExport.Write(detector, folder, new OnnxExportOptions { Kind = Kind(line) });
    }

    private static ExampleKind? Kind(ParseResult line) => line.GetValue(_input) switch
    {
        "bytes" => ExampleKind.Bytes,
        "numbers" => ExampleKind.Numbers,
        _ => null,
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IReadOnlyList<string> WritePyTorch(OpenedRun run, string folder) =>
        PyTorchExport.Write(run.Device, run.Trained, folder);
}
