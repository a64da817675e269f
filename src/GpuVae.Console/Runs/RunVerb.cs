using System.CommandLine;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What a verb on a trained run needs besides the model.</summary>
[Flags]
internal enum RunNeeds
{
    /// <summary>Only the model.</summary>
    Model = 0,

    /// <summary>Images: the verb has <c>--data</c>.</summary>
    Data = 1,

    /// <summary>Random numbers: the verb has <c>--seed</c>.</summary>
    Seed = 2,

    /// <summary>One set of the images: the verb has <c>--data</c> and <c>--set</c>.</summary>
    Set = Data | 4,

    /// <summary>A terminal to show its picture in: the verb has <c>--show</c>.</summary>
    Show = 8,
}

/// <summary>
/// A verb on a trained run: <c>gpuvae verb [RUN]</c>, where RUN is a run folder and the newest one in <c>runs/</c>
/// stands for none.
/// </summary>
internal abstract class RunVerb : Verb
{
    private static readonly Option<string?> _data = OptionValue.Text(
        "--data", "NAME|PATH",
        "Other data than that of the run, of the same size: what gpuvae train --data takes. Default: what the run was " +
        "trained on.");

    private static readonly Option<string?> _set = OptionValue.Text(
        "--set", $"{TestSet}|{TrainSet}", $"Which of the images: those that training saw, or the others. Default: {TestSet}.");

    private static readonly Option<ulong?> _seed = OptionValue.Seed(
        "--seed", "Where random numbers come from. Default: the run's.");

    private static readonly Option<string?> _device = OptionValue.Text(
        "--device", "NAME",
        "What computes: auto, cpu, cuda, opencl, …; gpuvae devices lists what there is. Default: auto.");

    private static readonly Option<string?> _weights = OptionValue.Text(
        "--weights", "best|last",
        "Which weights: those of the epoch with the least test loss, or those that training ended with. Default: best for " +
        "a run that was trained with --patience or has no others, else last.");

    private static readonly Option<bool> _show = new("--show")
    {
        Description = $"Draws the picture in the terminal too: by kitty's protocol or sixels where TERM says that it has them, else in half "
            + $"blocks; {TerminalPicture.Variable} chooses ({TerminalPicture.Kinds}).",
    };

    private const string TestSet = "test";
    private const string TrainSet = "train";

    private readonly Argument<string?> _run = new("RUN")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Folder of a trained run. Default: the newest in runs/.",
    };

    private readonly Option<string?>? _out;

    /// <summary>Adds the run and its options.</summary>
    /// <param name="name">What a person types.</param>
    /// <param name="summary">One line for the list of verbs.</param>
    /// <param name="introduction">What it does, for its help.</param>
    /// <param name="needs">Which of the common options it has.</param>
    /// <param name="output">Its <c>--out</c>; null where it writes no file.</param>
    /// <param name="groups">Options of its own.</param>
    /// <param name="arguments">What is typed before RUN.</param>
    /// <param name="runDescription">What RUN may be, where it is more than a folder.</param>
    protected RunVerb(
        string name, string summary, string introduction, RunNeeds needs, Option<string?>? output,
        IReadOnlyList<OptionGroup> groups, IReadOnlyList<Argument>? arguments = null,
        string? runDescription = null)
        : base(name, summary, introduction, [.. groups, new OptionGroup("Run", output is null ? Common(needs) : [.. Common(needs), output])])
    {
        _out = output;
        _run.Description = runDescription ?? _run.Description;
        foreach (Argument argument in (IEnumerable<Argument>)[.. arguments ?? [], _run])
        {
            Add(argument);
        }
    }

    /// <summary>An option <c>--out</c>.</summary>
    protected static Option<string?> Output(string valueName, string description) =>
        OptionValue.Text("--out", valueName, description);

    /// <summary>The value, which has to lie in a range.</summary>
    /// <exception cref="UsageException">It does not.</exception>
    protected internal static int InRange(string option, int value, int least, int most) =>
        value >= least && value <= most
            ? value
            : throw new UsageException($"{option} {value}: must be a whole number from {least} to {most}");

    /// <summary>Units of a code, by their numbers from 0.</summary>
    /// <exception cref="UsageException">There is no such unit, or it is named twice.</exception>
    protected static void RequireUnits(string option, IReadOnlyList<int> units, int count)
    {
        foreach (int unit in units)
        {
            InRange(option, unit, 0, count - 1);
        }

        if (units.Distinct().Count() < units.Count)
        {
            throw new UsageException($"{option} {string.Join(',', units)}: names a unit twice");
        }
    }

    /// <summary>The path that <c>--out</c> gives, or null.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="extensions">What a file's name may end with, the point included.</param>
    /// <exception cref="UsageException">It ends with something else.</exception>
    protected string? Out(ParseResult line, params ReadOnlySpan<string> extensions)
    {
        string? path = line.GetValue(_out!);
        if (path is null)
        {
            return null;
        }

        foreach (string extension in extensions)
        {
            if (path.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                if (extension.Length > 0)
                {
                    RequirePlace(path);
                }

                return path;
            }
        }

        throw new UsageException($"{_out!.Name} {path}: the name of the file has to end with {string.Join(" or ", extensions!)}");
    }

    /// <summary>Refuses a file where none can be, before the work begins that it is to hold.</summary>
    /// <exception cref="UserException">Its folder is not there, or it is a folder itself.</exception>
    protected internal static void RequirePlace(string path)
    {
        if (Directory.Exists(path))
        {
            throw new UserException($"{path}: cannot be written: it is a folder");
        }

        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new UserException($"{path}: cannot be written: there is no such folder");
        }
    }

    /// <summary>Whether other data than the run's were asked for.</summary>
    protected static bool HasOtherData(ParseResult line) => line.GetValue(_data) is not null;

    /// <summary>What was typed for RUN; null for nothing.</summary>
    protected string? Asked(ParseResult line) => line.GetValue(_run);

    /// <summary>Refuses options that say how a run is opened, where RUN is something else.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="reason">What it is: <c>x is a detector</c>.</param>
    /// <exception cref="UsageException">There is one of them.</exception>
    protected static void RequireNoRunOptions(ParseResult line, string reason)
    {
        foreach (Option<string?> option in (Option<string?>[])[_weights, _device])
        {
            if (line.GetValue(option) is not null)
            {
                throw new UsageException($"{option.Name}: {reason}; leave it out");
            }
        }
    }

    /// <summary>Says where a picture is, and draws it where <c>--show</c> asks for that.</summary>
    protected static void Written(ParseResult line, string picture)
    {
        Console.Out.WriteLine($"written to {picture}");
        if (line.GetValue(_show))
        {
            TerminalPicture.Show(picture);
        }
    }

    /// <summary>Opens the run on the device.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="capacity">Images of the largest batch; null for that of training's own measurements.</param>
    /// <param name="draws">Most draws of a batch's codes, or 0 for one of each image.</param>
    /// <param name="isScoring">See <see cref="OpenedRun.IsScoring"/>.</param>
    /// <exception cref="UserException">There is no such run, or it cannot be used.</exception>
    /// <exception cref="DeviceException">The device cannot be used.</exception>
    protected OpenedRun Open(
        ParseResult line, int? capacity = null, int draws = 0, bool isScoring = false)
    {
        string? asked = line.GetValue(_run);
        string folder = asked ?? RunFolder.Newest();
        string set = line.GetValue(_set) ?? TestSet;
        if (set is not TestSet and not TrainSet)
        {
            throw new UsageException($"--set {set}: unknown; choose from {TestSet}, {TrainSet}");
        }

        WeightsChoice weights = line.GetValue(_weights) switch
        {
            null => WeightsChoice.Auto,
            "best" => WeightsChoice.Best,
            "last" => WeightsChoice.Last,
            string other => throw new UsageException($"--weights {other}: unknown; choose from best, last"),
        };

        // A folder that holds no run is refused before a device is opened.
        RunFolder.Open(folder).ReadConfiguration();
        if (asked is null)
        {
            Notice.Write($"the run is {folder}, the newest in runs/; {Name} takes the folder of another");
        }

        IDevice device = Device.Open(line.GetValue(_device) ?? "auto");
        try
        {
            var model = TrainedModel.Open(folder, device, capacity, draws, weights);
            if (model.Weights == WeightsChoice.Best)
            {
                WrappedText.WriteLine(ReportText.Text($"weights: best (epoch {model.Epoch})"));
            }

            return new OpenedRun(
                device, model, line.GetValue(_data), isTraining: set == TrainSet,
                line.GetValue(_seed) ?? model.Configuration.Seed)
            {
                IsScoring = isScoring,
                Tell = Tell,
            };
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private static List<Option> Common(RunNeeds needs)
    {
        List<Option> options = [];
        if (needs.HasFlag(RunNeeds.Data))
        {
            options.Add(_data);
        }

        if (needs.HasFlag(RunNeeds.Set))
        {
            options.Add(_set);
        }

        options.Add(_weights);
        options.Add(_device);
        if (needs.HasFlag(RunNeeds.Seed))
        {
            options.Add(_seed);
        }

        if (needs.HasFlag(RunNeeds.Show))
        {
            options.Add(_show);
        }

        return options;
    }
}
