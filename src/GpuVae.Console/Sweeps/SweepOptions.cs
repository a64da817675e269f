using System.CommandLine;
using System.CommandLine.Completions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>The options of <c>sweep</c>: its own, and all settings of <c>train</c>, which may have several values here.</summary>
internal sealed class SweepOptions
{
    private readonly Option<string?> _out = OptionValue.Text(
        "--out", "DIR",
        "Folder of the sweep, with one for each run. Where it is that of a sweep, runs that are there are not repeated and what " +
        "was stopped goes on. Default: one in sweeps/ that is named after the settings.");

    private readonly Option<string?> _config = OptionValue.Text(
        "--config", "FILE", "JSON with settings that all runs have, as for gpuvae train; options win over it. Default: none.");

    private readonly Option<int?> _jobs = OptionValue.Whole(
        "--jobs", "Runs at once. Default: as many as there are cores, each on one, on the cpu; else 1.");

    private readonly Option<TimeSpan?> _budget = OptionValue.Time(
        "--budget",
        "Time for all runs together (90s, 30m, 2h), in rounds: all runs get as much, then the half with the least test losses, and so " +
        "on (successive halving). Default: every run is trained to its end.");

    private readonly Option<string?> _slurm = OptionValue.Text(
        "--slurm", "FILE",
        "Trains nothing here, and writes a script that sbatch FILE gives to a cluster of Slurm: a task of an array for each run. When they "
        + "have ended, the same command without --slurm writes the table. Default: runs are trained here.");

    private readonly Dictionary<Setting, Option<string[]>> _settings = Settings.All
        .Where(setting => setting.IsOption)
        .ToDictionary(setting => setting, CreateOption);

    /// <summary>Those that help lists: the settings are in the help of <c>train</c>.</summary>
    public IReadOnlyList<OptionGroup> Groups => [new OptionGroup("Sweep", [_out, _config, _jobs, _budget, _slurm, new JsonOption()])];

    /// <summary>The options of the settings.</summary>
    public IEnumerable<Option> OfSettings => _settings.Values;

    /// <summary>The folder, or null where none was typed.</summary>
    public string? Folder(ParseResult line) => line.GetValue(_out);

    /// <summary>The script to write, or null.</summary>
    /// <exception cref="UsageException">It was typed with an option for training here.</exception>
    public string? Slurm(ParseResult line) => line.GetValue(_slurm) is not string file ? null
        : line.GetValue(_jobs) is null && line.GetValue(_budget) is null ? file
        : throw new UsageException($"--slurm {file}: --jobs and --budget are for runs that are trained here; leave them out, and say times to sbatch");

    /// <summary>What <c>train</c> is given for every run beside the settings that were typed.</summary>
    public IReadOnlyList<string> Common(ParseResult line) => line.GetValue(_config) is string file ? [$"{_config.Name}={file}"] : [];

    /// <summary>Runs at once, or null.</summary>
    /// <exception cref="UsageException">There has to be one.</exception>
    public int? Jobs(ParseResult line) => line.GetValue(_jobs) is not int jobs ? null
        : jobs > 0 ? jobs
        : throw new UsageException($"--jobs {jobs}: at least one run is trained at once; leave it out for as many as there are cores");

    /// <summary>Time for all runs, or null.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="axes">The settings of several values.</param>
    /// <exception cref="UsageException">Their losses do not compare.</exception>
    public TimeSpan? Budget(ParseResult line, IReadOnlyList<SweepAxis> axes) =>
        line.GetValue(_budget) is TimeSpan budget && LossMeaning.Incomparable(axes.Select(axis => axis.Setting)) is { Count: > 0 } options
            ? throw new UsageException(
                $"--budget, {string.Join(", ", options)}: the better half is that of the least losses, and these measure different things; " +
                "leave --budget out")
            : line.GetValue(_budget);

    /// <summary>
    /// What was typed, a seed last: runs that differ in it alone are one row of the table.
    /// </summary>
    /// <exception cref="UsageException">A text is no value, or all settings have one value.</exception>
    public (IReadOnlyList<SweepAxis> Axes, IReadOnlyList<SweepAxis> Others) Read(ParseResult line)
    {
        SweepAxis[] typed =
        [
            .. _settings.Where(option => line.GetValue(option.Value) is { Length: > 0 })
                .Select(option => SweepAxis.Parse(option.Key, line.GetValue(option.Value)!))
                .OrderBy(axis => axis.Setting.Name == nameof(RunConfiguration.Seed)),
        ];
        SweepAxis[] axes = [.. typed.Where(axis => axis.Values.Count > 1)];
        return axes.Length > 0
            ? (axes, typed.Except(axes).ToArray())
            : throw new UsageException("sweep: every setting has one value; give one or more of them several, such as --seed 1..5 or --beta 1,2,4");
    }

    private static Option<string[]> CreateOption(Setting setting)
    {
        bool isFlag = setting.Type == typeof(bool);
        var option = new Option<string[]>(setting.Option)
        {
            HelpName = setting.Placeholder,
            Description = setting.Option,
            Arity = isFlag ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        option.CompletionSources.Add(_ => setting.Names.Select(name => new CompletionItem(name)));
        return option;
    }
}
