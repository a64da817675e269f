using System.CommandLine;
using System.Text.Json;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae model</c>: the layers of a network with what each gives and costs, before it is trained or after.</summary>
internal sealed class ModelCommand : Verb
{
    private static readonly string[] _headings = ["", "layer", "gives", "parameters", "MFLOP"];

    private static readonly Shape _digit = new(28, 28, 1);

    private readonly SettingOptions _settings;
    private readonly Argument<string?> _run;

    /// <summary>The verb.</summary>
    public ModelCommand()
        : this(
            new SettingOptions(
                nameof(RunConfiguration.Preset), nameof(RunConfiguration.Hidden), nameof(RunConfiguration.Network),
                nameof(RunConfiguration.Decoder), nameof(RunConfiguration.Activation), nameof(RunConfiguration.Latent),
                nameof(RunConfiguration.Code), nameof(RunConfiguration.ImageSize), nameof(RunConfiguration.Color)),
            new Argument<string?>("RUN")
            {
                Arity = ArgumentArity.ZeroOrOne,
                Description = "Folder of a trained run. Default: the network that the options make.",
            })
    {
    }

    private ModelCommand(SettingOptions settings, Argument<string?> run)
        : base(
            "model",
            "Shows the layers of a network, with their sizes.",
            "Shows what each layer of a network gives and costs: of a trained run, or of the options of gpuvae train that make one, "
            + "for images of --image-size and --color, which are 28x28 and grey here where no preset says otherwise.",
            [.. settings.Groups, new OptionGroup("Figures", [new JsonOption()])])
    {
        (_settings, _run) = (settings, run);
        Add(run);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae model --network 'conv 32 3/2, conv 64 3/2, dense 16'", "Shows a network before it is trained."),
        new("gpuvae model runs/digits", "Shows that of a run."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        (RunConfiguration configuration, Shape image) = Read(line);
        IReadOnlyList<PlannedLayer> layers = configuration.PlanLayers(image);
        List<string[]> rows = [["image", "", $"{image}", "", ""], .. layers.Select(Row)];
        string example = image.Height == 1 ? "example" : "image";
        rows.Add([
            "sum", "", "", ReportText.Text($"{layers.Sum(layer => layer.Size.Parameters):N0}"),
            Millions(layers.Sum(layer => layer.Size.Flops)),
        ]);
        TextTable.Write(_headings, rows, numbers: [3, 4]);
        Console.Out.WriteLine();
        WrappedText.WriteLine(
            $"{configuration.Activation} behind each layer but the last of encoder and decoder, where nothing else is said. "
            + $"MFLOP: a million operations of one {example}'s way forward.");
        WriteFigures(line, json => Write(json, layers, image));
        return ExitCode.Done;
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<PlannedLayer> layers, Shape image)
    {
        json.WriteStartObject();
        json.WriteString("image", $"{image}");
        json.WriteStartArray("layers");
        foreach (PlannedLayer layer in layers)
        {
            json.WriteStartObject();
            json.WriteString("part", layer.Part);
            json.WriteString("layer", layer.Text);
            json.WriteString("gives", $"{layer.Size.Output}");
            json.WriteNumber("parameters", layer.Size.Parameters);
            json.WriteNumber("flops", layer.Size.Flops);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("parameters", layers.Sum(layer => layer.Size.Parameters));
        json.WriteNumber("flops", layers.Sum(layer => layer.Size.Flops));
        json.WriteEndObject();
    }

    private static string[] Row(PlannedLayer layer) =>
    [
        layer.Part, layer.Text, $"{layer.Size.Output}", ReportText.Text($"{layer.Size.Parameters:N0}"), Millions(layer.Size.Flops),
    ];

    private static string Millions(double flops) => ReportText.Text($"{flops / 1e6:N3}");

    private (RunConfiguration Configuration, Shape Image) Read(ParseResult line)
    {
        if (line.GetValue(_run) is string folder)
        {
            if (_settings.FirstTyped(line) is string option)
            {
                throw new UsageException(
                    $"{option}: belongs to a network that is to be, and {folder} has one; give the run or the options",
                    new ArgumentException(option));
            }

            using IDevice device = Device.Open("cpu");
            using TrainedModel model = TrainedModel.Open(folder, device, capacity: 1);
            return (model.Configuration, new Shape(model.Height, model.Width, model.Channels));
        }

        try
        {
            RunConfiguration configuration = _settings.Read(line);
            foreach (string note in _settings.Replacements(line))
            {
                Notice.Write(note);
            }

            // Whether they go together is train's to judge: what is minimised has no part in layers.
            foreach (Setting setting in Settings.All)
            {
                setting.Validate(configuration);
            }

            Shape size = configuration.ImageSize is string text ? SizeOf(Data.ImageSize.Parse(text)) : _digit;
            return (configuration, size with { Channels = Registry.Colors.Find(configuration.Color) });
        }
        catch (UserException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    private static Shape SizeOf(Data.ImageSize size) => new(size.Height, size.Width, 1);
}
