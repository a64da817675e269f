using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;

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
}

/// <summary>
/// A verb on a trained run: <c>gpuvae verb [RUN]</c>, where RUN is a run folder and the newest one in <c>runs/</c>
/// stands for none.
/// </summary>
internal abstract class RunVerb : Verb
{
    private static readonly Option<string?> _data = OptionValue.Text(
        "--data", "DIR", "Other images than those of the run, of the same size. Default: what the run was trained on.");

    private static readonly Option<ulong?> _seed = OptionValue.Seed(
        "--seed", "Where random numbers come from. Default: the run's.");

    private static readonly Option<string?> _device = OptionValue.Text(
        "--device", "NAME",
        "What computes: auto, cpu, cuda, opencl, …; gpuvae devices lists what there is. Default: auto.");

    private readonly Argument<string?> _run = new("RUN")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Folder of a trained run. Default: the newest in runs/.",
    };

    private readonly Option<string?> _out;

    /// <summary>Adds the run and its options.</summary>
    /// <param name="name">What a person types.</param>
    /// <param name="summary">One line for the list of verbs.</param>
    /// <param name="introduction">What it does, for its help.</param>
    /// <param name="needs">Which of the common options it has.</param>
    /// <param name="output">Its <c>--out</c>.</param>
    /// <param name="groups">Options of its own.</param>
    /// <param name="arguments">What is typed before RUN.</param>
    protected RunVerb(
        string name, string summary, string introduction, RunNeeds needs, Option<string?> output,
        IReadOnlyList<OptionGroup> groups, IReadOnlyList<Argument>? arguments = null)
        : base(name, summary, introduction, [.. groups, new OptionGroup("Run", [.. Common(needs), output])])
    {
        _out = output;
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
    protected static int InRange(string option, int value, int least, int most) =>
        value >= least && value <= most
            ? value
            : throw new UsageException($"{option} {value}: must be a whole number from {least} to {most}");

    /// <summary>The path that <c>--out</c> gives, or null.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="extensions">What a file's name may end with, the point included.</param>
    /// <exception cref="UsageException">It ends with something else.</exception>
    protected string? Out(ParseResult line, params ReadOnlySpan<string> extensions)
    {
        string? path = line.GetValue(_out);
        if (path is null)
        {
            return null;
        }

        foreach (string extension in extensions)
        {
            if (path.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return path;
            }
        }

        throw new UsageException($"--out {path}: the name of the file has to end with {string.Join(" or ", extensions!)}");
    }

    /// <summary>Opens the run on the device.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="capacity">Images of the largest batch.</param>
    /// <exception cref="UserException">There is no such run, or it cannot be used.</exception>
    /// <exception cref="DeviceException">The device cannot be used.</exception>
    protected OpenedRun Open(ParseResult line, int capacity)
    {
        string folder = line.GetValue(_run) ?? RunFolder.Newest();

        // A folder that holds no run is refused before a device is opened.
        RunFolder.Open(folder).ReadConfiguration();
        IBackend backend = Device.Open(line.GetValue(_device) ?? "auto");
        try
        {
            var model = TrainedModel.Open(folder, backend, capacity);
            return new OpenedRun(
                backend, model, line.GetValue(_data) ?? model.Configuration.Data,
                line.GetValue(_seed) ?? model.Configuration.Seed);
        }
        catch
        {
            backend.Dispose();
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

        options.Add(_device);
        if (needs.HasFlag(RunNeeds.Seed))
        {
            options.Add(_seed);
        }

        return options;
    }
}

/// <summary>A trained run, ready to be used: its device, its model, and its data once they are asked for.</summary>
internal sealed class OpenedRun : IDisposable
{
    private readonly string _data;
    private Dataset? _dataset;

    /// <summary>Takes the device and the model over.</summary>
    public OpenedRun(IBackend backend, TrainedModel trained, string data, ulong seed)
    {
        Backend = backend;
        Trained = trained;
        Seed = seed;
        _data = data;
    }

    /// <summary>Where the model runs.</summary>
    public IBackend Backend { get; }

    /// <summary>The model and what it was trained as.</summary>
    public TrainedModel Trained { get; }

    /// <summary>Decides every random number.</summary>
    public ulong Seed { get; }

    /// <summary>The images, which have the size that the model takes; read when first asked for.</summary>
    /// <exception cref="UserException">They cannot be read, or have another size.</exception>
    public Dataset Data => _dataset ??= ReadData();

    /// <summary>Refuses a model whose codes were not drawn towards the prior.</summary>
    /// <param name="verb">What cannot be done with it.</param>
    /// <exception cref="UserException">It is such a model.</exception>
    public void RequirePrior(string verb)
    {
        if (!Trained.HasPrior)
        {
            throw new UserException(
                $"{verb}: the objective of {Trained.Folder.FullPath} is {Trained.Configuration.Objective}, which leaves " +
                "the codes anywhere: a draw from the prior means nothing to it; give a run of --preset vae");
        }
    }

    /// <summary>Gives the device back.</summary>
    public void Dispose()
    {
        Trained.Dispose();
        Backend.Dispose();
    }

    private Dataset ReadData()
    {
        Dataset data = Datasets.Open(_data);
        Trained.RequireShape(data.Test, _data);
        return data;
    }
}
