using System.CommandLine;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae import</c>: weights that PyTorch trained, as a run that every verb takes.</summary>
internal sealed class ImportCommand : Verb
{
    private static readonly string[] _headings = ["here", "there", "shape", "how"];

    private static readonly Shape _digit = new(28, 28, 1);

    private readonly SettingOptions _settings;

    private readonly Argument<string> _file = new("FILE")
    {
        Description = "A state_dict as safetensors: safetensors.torch.save_file(model.state_dict(), FILE).",
    };

    private readonly Option<string?> _map;
    private readonly Option<string?> _out;

    /// <summary>The verb.</summary>
    public ImportCommand()
        : this(
            new SettingOptions([
                .. Settings.All
                    .Where(setting => setting.Group is SettingGroup.Data or SettingGroup.Model or SettingGroup.Objective)
                    .Select(setting => setting.Name),
                nameof(RunConfiguration.Seed),
            ]),
            OptionValue.Text(
                "--map", "FILE",
                "Lines that say which tensor or layer here is which there: encoder.0 = conv1, encoder.2 = fc_mu + fc_var, encoder.0.bias = 0, "
                + "or - = NAME for what is to be left out. Default: what shapes and names tell."),
            OptionValue.Text(
                "--out", "DIR", "Folder to make for the run; one that holds anything is refused. Default: a new one in runs/."))
    {
    }

    private ImportCommand(SettingOptions settings, Option<string?> map, Option<string?> output)
        : base(
            "import",
            "Makes a run of weights that PyTorch trained.",
            "Makes a run folder of weights that PyTorch trained, for the network that the options of gpuvae train describe: every verb "
            + "but train --resume then takes it. Prints which tensor there became which here. Maps are in another order here, so "
            + "dense layers beside them are reordered. A state_dict says nothing of strides, padding or activations: write them as "
            + "the Python has them. Images have --image-size, which is 28x28 here, or the size of --data.",
            [.. settings.Groups, new OptionGroup("Import", [map, output])])
    {
        (_settings, _map, _out) = (settings, map, output);
        Add(_file);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae import vae.safetensors --hidden 400 --latent 20 --out runs/torch", "A dense VAE of 784-400-20 numbers."),
        new(
            "gpuvae import conv.safetensors --network 'conv 32 3/2 pad 1, dense 16' --decoder '14x14x32, up C 3*2 pad 1+1' --latent 2",
            "One with convolutions of padding=1."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        // Everything is known to fit before a folder is made.
        (RunConfiguration configuration, Shape image, string name) = Read(line);
        string file = line.GetValue(_file)!;
        var imported = WeightImport.Read(file, configuration, image, line.GetValue(_map));
        var folder = RunFolder.Create(line.GetValue(_out), configuration.Preset, name, configuration.WriteJson);
        imported.Write(folder);

        List<string[]> rows =
        [
            .. imported.Tensors.Select(tensor => (string[])
            [
                tensor.Name, SourcesOf(tensor), $"({string.Join(", ", tensor.Shape)})", tensor.How,
            ]),
        ];
        TextTable.Write(_headings, rows);
        Console.Out.WriteLine();
        WrappedText.WriteLine(
            $"model: {configuration.DescribeModel(image)} (as the options say; the file says nothing of activations, strides and padding)");
        if (imported.LeftOut.Count > 0)
        {
            WrappedText.WriteLine($"left out: {string.Join(", ", imported.LeftOut.Select(OneLine))}");
        }

        foreach (string note in imported.Notes)
        {
            WrappedText.WriteLine($"note: {note}");
        }

        string path = ShellWord.QuotePath(folder.FullPath);
        Console.Out.WriteLine($"written to {folder.FullPath}");
        bool hasData = configuration.DataPath is not null || configuration.Data != new RunConfiguration().Data || image == _digit;
        Console.Out.WriteLine($"next: gpuvae reconstruct {path}{(hasData ? "" : " --data IMAGES")}");
        return ExitCode.Done;
    }

    private static string SourcesOf(ImportedTensor tensor) =>
        tensor.Sources.Count == 0 ? "–" : string.Join(" + ", tensor.Sources.Select(OneLine));

    /// <summary>A name of the file, which may hold anything, without what would move a terminal's cursor.</summary>
    private static string OneLine(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>What was typed, with what data say where there are some, and the size of an example.</summary>
    private (RunConfiguration Configuration, Shape Image, string Name) Read(ParseResult line)
    {
        foreach (string note in _settings.Replacements(line))
        {
            Notice.Write(note);
        }

        RunConfiguration configuration;
        bool choosesLikelihood, hasData = _settings.Typed(line, nameof(RunConfiguration.Data)) is not null;
        try
        {
            configuration = _settings.Read(line);
            choosesLikelihood = !hasData || _settings.Typed(line, nameof(RunConfiguration.Likelihood)) is not null
                || configuration.Likelihood != new RunConfiguration().Likelihood || Datasets.Names.Contains(configuration.Data);

            // Data that choose the likelihood may choose one that has a scale; it is judged again when they have.
            (choosesLikelihood ? configuration : configuration with { Likelihood = "gaussian" }).Validate();
            if (!hasData)
            {
                return (configuration, SizeOf(configuration), "import");
            }
        }
        catch (UserException exception)
        {
            throw new UsageException(exception.Message, exception);
        }

        using var download = new DownloadReport();
        Dataset data = TrainingSets.Select(
            configuration, Datasets.Open(configuration.ToDataSettings() with { Tell = Tell }, download));
        configuration = configuration.For(data, choosesLikelihood) with
        {
            DataPath = Datasets.AbsolutePath(configuration.Data),
            DataFingerprint = DataFingerprint.Compute(data),
        };
        configuration.Validate();
        return (configuration, data.Train.Shape, data.Name);
    }

    private static Shape SizeOf(RunConfiguration configuration)
    {
        Shape size = configuration.ImageSize is string text && ImageSize.Parse(text) is var asked
            ? new Shape(asked.Height, asked.Width, 1)
            : _digit;
        return size with { Channels = Registry.Colors.Find(configuration.Color) };
    }
}
