using System.CommandLine;
using GpuVae.Data;
using GpuVae.Distributed;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>The options of <c>train</c>, and the configuration that they and the preset make together.</summary>
internal sealed class TrainOptions
{
    private readonly SettingOptions _settings = new();

    private readonly Option<string?> _resume = OptionValue.Text(
        "--resume", "DIR",
        "Goes on with the run in that folder, to the bits that it would have had without the stop. Its choices stay; " +
        "--epochs may be more.");

    private readonly Option<TimeSpan?> _maxTime = OptionValue.Time(
        "--max-time", "Stops after that time (90s, 10m, 1.5h), saved after the step in hand. Default: never.");

    private readonly Option<string?> _config = OptionValue.Text(
        "--config", "FILE",
        "JSON with settings, such as the config.json of a run; options win over it. In a file that no run wrote, the preset gives what "
        + "is not there. Default: none.");

    private readonly Option<string?> _out = OptionValue.Text(
        "--out", "DIR",
        "Folder to make for the run; one that holds anything is refused. Default: a new one in runs/.");

    private readonly Option<int?> _live = OptionValue.Port(
        "--live", "PORT",
        "Serves a page with the run's curves and pictures to browsers on this machine while it trains, and prints its address; without "
        + "PORT at a free one. gpuvae explore shows the model afterwards. Default: none.");

    private readonly Option<string?> _distributed = OptionValue.Text(
        "--distributed", "mpi",
        "Trains by all processes that mpirun started, each with its part of every batch, as in mpirun -n 4 gpuvae train --distributed mpi; "
        + "--batch is that of all together. On machines with several cards --device cuda:rank gives each process one. Default: this process alone.");

    private readonly Option<bool> _tensorBoard = new("--tensorboard")
    {
        Description = "Writes figures, pictures, histograms of codes and, at the end, codes for the projector into the folder tensorboard of "
            + "the run, where TensorBoard finds them: tensorboard --logdir runs. Default: none; a resumed run that has the folder goes on.",
    };

    private readonly Option<bool> _show = new("--show")
    {
        Description = "Draws the newest samples, or reconstructions, in the terminal at the end: by kitty's protocol or sixels where TERM says "
            + $"that it has them, else in half blocks; {TerminalPicture.Variable} chooses ({TerminalPicture.Kinds}). Default: writes files alone.",
    };

    private readonly Option<bool> _quiet = new("--quiet")
    {
        Description = "Prints errors, and at the end the run's folder. Default: what is trained, a line an epoch, a summary.",
    };

    private readonly JsonOption _json = new();

    private ConfigurationFile? _file;

    /// <summary>The options, grouped for the help.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
    [
        .. _settings.Groups.Select(group => group.Heading == SettingGroup.Stopping
            ? group with { Options = [_resume, .. group.Options, _maxTime] }
            : group),
        new OptionGroup("Several processes", [_distributed]),
        new OptionGroup("Settings in a file", [_config]),
        new OptionGroup("Output", [_out, _show, _tensorBoard, _live, _quiet, _json]),
    ];

    /// <summary>The folder to make for the run, or null for one in <c>runs/</c>.</summary>
    public string? Folder(ParseResult line) => line.GetValue(_out);

    /// <summary>The port of a page to follow the training on, 0 for a free one; null for no page.</summary>
    public int? LivePort(ParseResult line) => line.GetValue(_live);

    /// <summary>Whether files for TensorBoard are to be written.</summary>
    public bool WritesTensorBoard(ParseResult line) => line.GetValue(_tensorBoard);

    /// <summary>Whether pictures are drawn in the terminal too.</summary>
    public bool ShowsPictures(ParseResult line) => line.GetValue(_show);

    /// <summary>Whether only errors and the folder are to be printed.</summary>
    public bool IsQuiet(ParseResult line) => line.GetValue(_quiet);

    /// <summary>The preset that was typed or stands in the file where it has a say, or null.</summary>
    public string? Preset(ParseResult line) => _settings.Typed(line, nameof(RunConfiguration.Preset))
        ?? (_file is { IsComplete: false } file ? file.Preset : null);

    /// <summary>Where the data of the run lay whose file gives the settings, unless other data were asked for; else null.</summary>
    public string? DataPath(ParseResult line) => ChoosesData(line) ? null : _file?.DataPath;

    /// <summary>Whether a likelihood was typed, or a preset of another than bernoulli, which is for pictures.</summary>
    public bool ChoosesLikelihood(ParseResult line) =>
        IsChosen(line, nameof(RunConfiguration.Likelihood))
        || (Preset(line) is string preset
            && RunConfiguration.FromPreset(preset).Likelihood != new RunConfiguration().Likelihood);

    /// <summary>Whether to train with the other processes that mpirun started.</summary>
    /// <exception cref="UsageException">It was typed how else, or mpirun started others and nothing was typed.</exception>
    public bool IsDistributed(ParseResult line) => (line.GetValue(_distributed), MpiLauncher.Current) switch
    {
        ("mpi", _) => true,
        (null, { Size: > 1 } launcher) => throw new UsageException(
            $"{launcher.Variable} says that {launcher.Size} processes were started together, and each would train the whole; "
            + "--distributed mpi lets them train one model"),
        (null, _) => false,
        (string other, _) => throw new UsageException($"--distributed {other}: unknown; there is mpi"),
    };

    /// <summary>What was typed against the preset, a sentence each.</summary>
    public IEnumerable<string> Replacements(ParseResult line) => Resume(line) is null ? _settings.Replacements(line) : [];

    /// <summary>A message, and of an option in it that only the preset chose that it did.</summary>
    public string Explain(ParseResult line, string message) => _settings.Explain(line, message);

    /// <summary>Whether it was typed where the data are.</summary>
    public bool ChoosesData(ParseResult line) => _settings.Typed(line, nameof(RunConfiguration.Data)) is not null;

    /// <summary>Whether it was typed how long to train.</summary>
    public bool ChoosesEpochs(ParseResult line) => IsChosen(line, nameof(RunConfiguration.Epochs));

    /// <summary>The folder of the run to go on with, or null for a new run.</summary>
    public string? Resume(ParseResult line) => line.GetValue(_resume);

    /// <summary>How long to train at most, or null.</summary>
    public TimeSpan? MaxTime(ParseResult line) => line.GetValue(_maxTime);

    /// <summary>What was typed, over the preset or the run to go on with, over the defaults.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    /// <exception cref="UserException">There is no run to go on with, or it began with something else.</exception>
    public RunConfiguration Read(ParseResult line)
    {
        RunFolder? run = Resume(line) is string folder ? RunFolder.Open(folder) : null;
        // Of other options there is nothing to say where nothing can go on.
        run?.RequireTraining();
        RunConfiguration? began = run?.ReadConfiguration();
        if (line.GetValue(_config) is string path)
        {
            _file = ReadFile(line, path, run);
        }

        RunConfiguration asked = Combine(line, began ?? FileOver(line));
        if (run is null || began is null)
            return asked;

        if (Folder(line) is string other)
        {
            var cause = new ArgumentException($"{other} and {run.FullPath}");
            throw new UsageException($"--out {other}: a run goes on in its own folder; leave --out or --resume away", cause);
        }

        RunDifference.Require(began, asked, run.ConfigurationPath);
        return asked;
    }

    private bool IsChosen(ParseResult line, string name) => _settings.Typed(line, name) is not null || _file?.Gives(name) == true;

    private ConfigurationFile ReadFile(ParseResult line, string path, RunFolder? run)
    {
        if (run is not null)
        {
            throw new UsageException($"{_config.Name} {path}: a run goes on as it began; leave --config or --resume out");
        }

        var file = ConfigurationFile.Read(path);
        string? preset = _settings.Typed(line, nameof(RunConfiguration.Preset));
        return file.IsComplete && preset is not null
            ? throw new UsageException(
                $"--preset {preset}: {path} has all settings of a run, and a preset has no say in them; leave --preset or --config out")
            : file;
    }

    /// <summary>What the file gives, over its preset or the one that was typed, or over the defaults.</summary>
    private RunConfiguration? FileOver(ParseResult line)
    {
        if (_file is null)
        {
            return null;
        }

        RunConfiguration start = _file.IsComplete || Preset(line) is not string preset
            ? new RunConfiguration()
            : RunConfiguration.FromPreset(preset);
        return _file.Over(start);
    }

    private RunConfiguration Combine(ParseResult line, RunConfiguration? start)
    {
        try
        {
            RunConfiguration configuration = _settings.Read(line, start);

            // Data that choose the likelihood may choose one that has a scale; the run is judged again when they have.
            bool isChosen = Resume(line) is not null || ChoosesLikelihood(line) || Datasets.Names.Contains(configuration.Data);
            (isChosen ? configuration : configuration with { Likelihood = "gaussian" }).Validate();
            return configuration;
        }
        catch (UserException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }
}
