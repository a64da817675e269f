using System.CommandLine;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Export.TensorBoard;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae train</c>: from images to a run folder with a trained model, its metrics and pictures.</summary>
internal sealed class TrainCommand : Verb
{
    private readonly TrainOptions _options;

    /// <summary>The verb.</summary>
    public TrainCommand()
        : this(new TrainOptions())
    {
    }

    private TrainCommand(TrainOptions options)
        : base(
            "train",
            "Trains a model on a set of images.",
            "Trains an autoencoder and writes a run folder: config.json (all that is needed to repeat the run), " +
            "metrics.jsonl (a line an epoch), checkpoint.safetensors (the weights) and images/ (reconstructions, " +
            "samples, the loss). Losses are in nats per image. Without options it is a variational autoencoder on " +
            "MNIST. Ctrl-C stops after the step in hand and saves; --resume goes on from there.",
            options.Groups) =>
        _options = options;

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae train", "A variational autoencoder on MNIST, ten epochs."),
        new("gpuvae train --latent 2 --hidden 512,256 --out runs/plane", "Two numbers a code: pictures show all of them."),
        new("gpuvae train --preset ae --latent 32 --data my-images", "An autoencoder on pictures or IDX files of your own."),
        new("gpuvae train --config runs/plane/config.json --seed 2", "The settings of a run again, but for the seed."),
        new("gpuvae train --resume runs/plane --epochs 30", "Goes on with a run that was stopped, or adds epochs."),
    ];

    /// <inheritdoc/>
    protected override bool IsQuiet(ParseResult line) => _options.IsQuiet(line);

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        // 1. What was asked for. 2. What it needs. Only then 3. a folder, so that a mistake leaves nothing behind.
        int? livePort = _options.LivePort(line);
        if (livePort is not null)
        {
            WebRuntime.Provide("--live");
        }

        bool isResumed = _options.Resume(line) is not null;
        using var interruption = new Interruption();
        using var ranks = TrainingRanks.Start(line, _options, interruption.Token);
        if (ranks is { Leads: false })
        {
            interruption.BeginSaving();
            return ranks.Follow();
        }

        using var download = new DownloadReport();
        using var decoding = new DecodingReport();
        RunConfiguration asked = _options.Read(line);
        using IDevice device = TrainingRanks.Open(asked, ranks?.Group);
        (RunConfiguration configuration, Dataset data) = AskedTraining.Read(asked, line, _options, Open, Notice.Write);
        Task<string> fingerprint = Task.Run(() => DataFingerprint.Compute(data));
        if (configuration.StepsPerLaunch is int steps && ranks is not null)
        {
            Notice.Write($"--steps-per-launch {steps}: ranks add their gradients between steps, and so each step is launched by itself");
        }
        else if (configuration.StepsPerLaunch is int many && !device.Name.StartsWith("cuda", StringComparison.Ordinal))
        {
            Notice.Write($"--steps-per-launch {many}: launches of several steps are of NVIDIA GPUs, and {device.Name} does each step by itself");
        }

        MemoryNeed.Require(configuration, data, device);
        configuration = configuration with { DataFingerprint = fingerprint.Result };
        using LivePage? page = livePort is int port ? LivePage.Start(port) : null;
        interruption.BeginSaving();
        RunFolder run = _options.Resume(line) is string resumed
            ? RunFolder.Open(resumed)
            : RunFolder.Create(_options.Folder(line), configuration.Preset, data.Name, configuration.WriteJson);
        string folder = run.FullPath;
        var log = new EnvironmentLog(run, EnvironmentOf(line, device, ranks?.Group));

        // 4. Train.
        var board = new TensorBoardLog(run);
        using TensorBoardLog? written = _options.WritesTensorBoard(line) || Directory.Exists(board.FolderPath) ? board : null;
        page?.Show(run);
        RunResult result;
        if (Terminal.IsInteractive)
        {
            using var report = new LiveReport(data.Name, configuration.Device, interruption.Token);
            result = Train(With(report));
        }
        else
        {
            result = Train(With(new PlainReport(data.Name, configuration.Device, Console.Out)));
        }

        result = result with { Files = [.. result.Files, .. log.End(), .. written?.End() ?? []] };

        // 5. Say what came of it.
        TrainSummary.Write(result, data, folder, configuration.CreateObjective().UsesPrior);
        if (result.Ending is RunEnding.Finished or RunEnding.NoImprovement && RunDetector.IsOf(configuration, data.Train.Height))
        {
            RunDetector.Save(folder, data);
        }

        if (_options.ShowsPictures(line) && run.NewestPictures() is { Count: > 0 } pictures)
        {
            TerminalPicture.Show((pictures.FirstOrDefault(picture => picture.Kind == "samples") ?? pictures[0]).FullPath);
        }

        // Of cards of several ranks it says whether they send to each other, and why not.
        if (IsVerbose(line) || configuration.StepsPerLaunch is not null || (ranks is not null && device.Name != "cpu"))
            WrappedText.WriteLine($"steps ran {result.StepExecution}");

        int code = TrainEnding.Report(result, configuration, folder, data.Train, interruption.ExitCode, ranks?.Group.Size ?? 1);
        WriteFigures(line, json => TrainSummary.WriteJson(json, result, RunRecord.Read(folder)));
        if (IsQuiet(line) && !IsForFigures(line))
        {
            Stdout.WriteLine(folder);
        }

        page?.End($"Training has ended after epoch {result.Epoch}. The model is shown by: gpuvae explore {ShellWord.QuotePath(folder)}", interruption.Token);
        return code;

        // Thousands of pictures take minutes.
        Dataset Open(DataSettings settings) => Datasets.Open(
            settings with
            {
                Decoding = decoding,
                BeforeDecoding = (image, pictures) => MemoryNeed.RequireForPictures(asked, image, pictures, device),
            },
            download);

        TrainingObservers With(ITrainingObserver report) =>
            new([.. ((ITrainingObserver?[])[log, written, page?.Observer, report]).OfType<ITrainingObserver>()]);

        RunResult Train(ITrainingObserver observer)
        {
            CancellationToken stop = interruption.Token;
            TimeSpan? maxTime = _options.MaxTime(line);
            try
            {
                return isResumed
                    ? TrainingRun.Resume(configuration, data, device, folder, observer, stop, maxTime, ranks?.Group)
                    : TrainingRun.Execute(configuration, data, device, folder, observer, stop, maxTime, ranks?.Group);
            }
            catch (OutOfMemoryException exception)
            {
                throw new UserException(MemoryNeed.Advice(configuration, data), exception);
            }
        }
    }

    private static RunEnvironment EnvironmentOf(ParseResult line, IDevice device, RankGroup? ranks)
    {
        string command = string.Join(' ', line.Tokens.Select(token => ShellWord.Quote(token.Value)).Prepend("gpuvae"));
        // Of the CPU all is known; what drivers say takes a while.
        DeviceInfo? info = device.Name == "cpu" ? null : Device.List().FirstOrDefault(each => each.Name == device.Name);
        string description = ranks is null ? device.Description : $"{device.Description}, {ranks.Description}";
        return new RunEnvironment(command, device.Name, description) { DeviceDetails = info?.Details ?? [] };
    }
}
