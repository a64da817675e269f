using System.CommandLine;
using GpuVae.Reproductions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What can be chosen of a published setting.</summary>
internal sealed class ReproduceOptions
{
    private const int DefaultSeeds = 5;

    private static readonly SettingChoices _defaults = new();

    private static readonly Dictionary<string, AnomalyBenchmarkSetting> _benchmarkSettings = new()
    {
        ["semi"] = AnomalyBenchmarkSetting.Semi,
        ["unsupervised"] = AnomalyBenchmarkSetting.Unsupervised,
    };

    private readonly Option<bool> _list = new("--list") { Description = "Lists what can be reproduced." };

    private readonly Option<string?> _objective = OptionValue.Text(
        "--objective", "vae|iwae", $"Of iwae-table1: which of its two models. Default: {_defaults.Objective}.");

    private readonly Option<int?> _samples = OptionValue.Whole(
        "--k", $"Of iwae-table1: draws of each image's code, 1, 5 or 50. Default: {_defaults.Samples}.");

    private readonly Option<bool> _short = new("--short")
    {
        Description = "Of iwae-table1: six of the eight stages, a ninth of the work. Of keras-vae and tf-conv-denoise: five epochs, " +
            "keras-vae without the test images. Of bits-back and bits-back-binary: ten. What comes of it is not the source's figure.",
    };

    private readonly Option<bool> _heldOut = new("--held-out")
    {
        Description = "Of keras-vae: trains without the test images, on which the source trains too, and measures on them.",
    };

    private readonly Option<string?> _setting = OptionValue.Text(
        "--setting", string.Join('|', _benchmarkSettings.Keys),
        "Of adbench: whether half of the normal rows train, or rows of all kinds. Default: semi.");

    private readonly Option<int?> _seeds = OptionValue.Whole(
        "--seeds", ReportText.Text($"Of adbench: detectors of each table, with the seeds from 0. Default: {DefaultSeeds}."));

    private readonly Option<string?> _data = OptionValue.Text(
        "--data", "PATH",
        "Of tf-anomaly: the CSV file of its set, of adbench the folder of its .npz files, and of pytorch-vae-64 a folder of pictures, " +
        "which do not come along. Of keras-vae, " +
        "tf-conv-denoise, altosaar-vae, pythae-mnist and bits-back: where the images lie, or others of that size. Default: MNIST, of " +
        "tf-conv-denoise Fashion-MNIST.");

    private readonly Option<string?> _labelColumn = OptionValue.Text(
        "--label-column", "NAME",
        $"Of tf-anomaly: the column with the class, as in train. Default: {_defaults.LabelColumn}.");

    private readonly Option<int?> _testLimit = OptionValue.Whole(
        "--test-limit", "Measures on the first N test images, where that takes long. Default: all.");

    private readonly Option<ulong?> _seed = OptionValue.Seed(
        "--seed", $"Where random numbers come from. Default: {new RunConfiguration().Seed}.");

    private readonly Option<string?> _device = OptionValue.Text(
        "--device", "NAME", "What computes; gpuvae devices lists what there is. Default: auto.");

    private readonly Option<string?> _out = OptionValue.Text(
        "--out", "DIR", "Folder to make for the run; one that holds anything is refused. Default: a new one in runs/.");

    private readonly Option<string?> _resume = OptionValue.Text(
        "--resume", "DIR", "Goes on with the run in this folder, which the same line began. Default: a new run.");

    /// <summary>What is reproduced.</summary>
    public Argument<string?> Name { get; } = new("NAME")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "What to reproduce; --list says what there is.",
    };

    /// <summary>The options, grouped for the help.</summary>
    public IReadOnlyList<OptionGroup> Groups =>
    [
        new("What", [_list, _objective, _samples, _short, _heldOut, _data, _labelColumn, _testLimit, _setting, _seeds]),
        new("Run", [_seed, _device, _out, _resume, new JsonOption()]),
    ];

    /// <summary>Whether the settings are to be listed.</summary>
    public bool Lists(ParseResult line) => line.GetValue(_list);

    /// <summary>The folder to make for the run, or null for one in <c>runs/</c>.</summary>
    public string? Folder(ParseResult line) => line.GetValue(_out);

    /// <summary>The folder of the run to go on with, or null for a new one.</summary>
    public string? Resume(ParseResult line) => line.GetValue(_resume);

    /// <summary>How many test images a long measurement takes; null for all.</summary>
    /// <exception cref="UsageException">None.</exception>
    public int? TestLimit(ParseResult line) => line.GetValue(_testLimit) switch
    {
        < 1 => throw Usage("--test-limit: at least 1 test image is needed"),
        int limit => limit,
        null => null,
    };

    /// <summary>Whether it is the benchmark of detectors, which makes no run.</summary>
    public bool IsBenchmark(ParseResult line) => line.GetValue(Name) == AnomalyBenchmarkReport.Name;

    /// <summary>What the benchmark is to measure.</summary>
    /// <exception cref="UsageException">No data was given, or it does not take what was typed.</exception>
    public (string Folder, AnomalyBenchmarkSetting Setting, int Seeds) ReadBenchmark(ParseResult line)
    {
        Option[] others = [_objective, _samples, _short, _heldOut, _labelColumn, _testLimit, _seed, _device, _out, _resume];
        if (others.FirstOrDefault(each => line.GetResult(each) is { Implicit: false }) is Option stranger)
        {
            throw Usage($"{stranger.Name}: {AnomalyBenchmarkReport.Name} does not take it");
        }

        string folder = line.GetValue(_data) ?? throw Usage(
            "--data: these tables do not come along; get them from Minqi824/ADBench on GitHub (adbench/datasets/Classical), and " +
            "give --data FOLDER");
        string setting = line.GetValue(_setting) ?? _benchmarkSettings.Keys.First();
        if (!_benchmarkSettings.TryGetValue(setting, out AnomalyBenchmarkSetting chosen))
        {
            throw Usage($"--setting {setting}: unknown; choose from {string.Join(", ", _benchmarkSettings.Keys)}");
        }

        int seeds = line.GetValue(_seeds) ?? DefaultSeeds;
        return seeds >= 1 ? (folder, chosen, seeds) : throw Usage($"--seeds {seeds}: at least 1 detector is needed");
    }

    /// <summary>The setting, with what was chosen of it, and what it trains.</summary>
    /// <exception cref="UsageException">There is none of that name, or it does not take what was typed.</exception>
    public (PublishedSetting Setting, SettingChoices Choices, RunConfiguration Configuration) Read(ParseResult line)
    {
        try
        {
            _ = TestLimit(line);
            if (Resume(line) is not null && Folder(line) is string other)
                throw new UserException($"--out {other}: a run goes on in its own folder; leave --out or --resume away");
            var setting = PublishedSettings.Find(
                line.GetValue(Name) ?? throw new UserException("reproduce: what? gpuvae reproduce --list says what there is"));
            Option[] choices = [_objective, _samples, _short, _heldOut, _data, _labelColumn, _setting, _seeds];
            if (choices.FirstOrDefault(each => line.GetResult(each) is { Implicit: false } && !setting.Options.Contains(each.Name))
                is Option stranger)
            {
                throw new UserException($"{stranger.Name}: {setting.Name} does not take it");
            }

            var chosen = new SettingChoices(
                line.GetValue(_data), line.GetValue(_objective) ?? _defaults.Objective,
                line.GetValue(_samples) ?? _defaults.Samples, line.GetValue(_short),
                line.GetValue(_labelColumn) ?? _defaults.LabelColumn, line.GetValue(_heldOut));
            RunConfiguration configuration = setting.Configure(chosen);
            configuration = configuration with
            {
                Seed = line.GetValue(_seed) ?? configuration.Seed,
                Device = line.GetValue(_device) ?? configuration.Device,
            };
            configuration.Validate();
            return (setting, chosen, configuration);
        }
        catch (UserException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    private static UsageException Usage(string message) => new(message);
}
