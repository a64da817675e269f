using System.CommandLine;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae denoise</c>: noisy images to clean ones.</summary>
internal sealed class DenoiseCommand : RunVerb
{
    private const int DefaultCount = 10;
    private const int MostImages = 1000;
    private const int MostNotes = 3;

    private static readonly string[] _versions = ["noisy", "denoised", "clean"];

    private static readonly Option<int?> _count = OptionValue.Whole(
        "--count", $"How many test images to show, where no file is named. Default: {DefaultCount}.");

    private readonly Argument<string[]> _files = new("FILE")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "Noisy image files of the size of the run's images, or folders of them. Default: test images of the run, " +
            "spoilt as in training.",
    };

    private readonly Option<string?> _target;

    /// <summary>The verb.</summary>
    public DenoiseCommand()
        : this(Output(
            "FILE|DIR",
            "With image files: folder for the denoised ones, NAME-denoised.png. Default: the run's denoised/. Without: PNG " +
            "file to write, or .csv or .npy for the examples of --data denoised, as numbers. Default: a new denoise.png in " +
            "the run's images/."))
    {
    }

    private DenoiseCommand(Option<string?> target)
        : base(
            "denoise",
            "Takes the noise off images.",
            "Encodes noisy images with a run that was trained with a corruption, and decodes their mean codes. Named image " +
            "files become denoised PNG files. Without them test images are spoilt with the run's corruption, and a picture " +
            "shows them noisy, denoised and clean, with the mean squared errors against the clean ones.",
            RunNeeds.Data | RunNeeds.Seed | RunNeeds.Show,
            target,
            [new OptionGroup("Options", [_count, new JsonOption()])])
    {
        _target = target;
        Add(_files);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae denoise runs/denoise", "Test images noisy, denoised and clean, and the errors."),
        new("gpuvae denoise runs/denoise scan-1.png scan-2.png --out clean", "Files of your own, into the folder clean."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        string[] files = line.GetValue(_files) ?? [];
        int count = InRange("--count", line.GetValue(_count) ?? DefaultCount, 1, MostImages);
        string? picture = files.Length == 0 ? Out(line, ".png", CodeFile.CsvExtension, CodeFile.NpyExtension) : null;
        using OpenedRun run = Open(line);
        if (files.Length > 0)
        {
            (string File, string Denoised)[] denoised = Denoise(run, files, line.GetValue(_target));
            WriteFigures(line, json => WriteTo(json, denoised));
        }
        else if (NumberFile.Takes(picture))
        {
            using Codec codec = run.CreateCodec();
            NumberFile.Write(picture!, run.Trained, codec.Decode(codec.Encode(run.Images)), run.Images);
            WriteFigures(line, json => WriteTo(json, [(run.DataName, picture!)]));
        }
        else
        {
            (Denoising result, string written) = Show(run, count, picture);
            Written(line, written);
            WriteFigures(line, json => WriteTo(json, result, written));
        }

        return ExitCode.Done;
    }

    /// <summary>Every file is read before the first is written, so that a bad one leaves nothing behind.</summary>
    private static (string File, string Denoised)[] Denoise(OpenedRun run, string[] files, string? folder)
    {
        files = [.. files.SelectMany(RunImages.Expand)];
        var notes = new List<string>();
        ImageSet[] images = [.. files.Select(file => RunImages.Read(file, run.Trained, notes.Add))];
        foreach (string note in notes.Take(MostNotes))
        {
            Notice.Write(note);
        }

        if (notes.Count > MostNotes)
        {
            Notice.Write(ReportText.Text($"and {notes.Count - MostNotes:N0} more of this kind, of the other pictures"));
        }

        TrainedModel trained = run.Trained;
        using Codec codec = run.CreateCodec();
        // Not beside the pictures, where the next training on their folder would take them for examples.
        string target = folder ?? Path.Combine(trained.Folder.FullPath, "denoised");
        var written = new (string, string)[files.Length];
        for (int i = 0; i < files.Length; i++)
        {
            float[] denoised = codec.Decode(codec.Encode(images[i]));
            float[] picture = trained.Pipeline.ToPictures(denoised, trained.Model.Dimensions);
            string path = NewFile.Write(
                target, $"{Path.GetFileNameWithoutExtension(files[i])}-denoised", ".png",
                file => Png.Write(file, picture, trained.Height, trained.Width, trained.Channels));
            Console.Out.WriteLine($"{files[i]} denoised to {path}");
            written[i] = (files[i], path);
        }

        return written;
    }

    private static (Denoising Result, string Picture) Show(OpenedRun run, int count, string? path)
    {
        TrainedModel trained = run.Trained;
        if (!trained.Model.AddsNoise)
        {
            throw new UserException(
                $"denoise: {trained.Folder.FullPath} was trained without a corruption to spoil test images with; name noisy " +
                "image files, or give a run of --preset denoise or conv-denoise");
        }

        ImageSet test = run.Data.Test;
        count = Math.Min(count, test.Count);
        var result = Denoising.Of(run.Device, trained.Model, test, trained.Encoding, run.Seed, count);
        TextTable.Write(
            ["mean squared error against the clean images", ""],
            [
                ["noisy", ReportText.Text($"{result.NoisyError:F5}")],
                ["denoised", ReportText.Text($"{result.DenoisedError:F5}")],
                ["denoised of noisy", ReportText.Text($"{100 * result.DenoisedError / result.NoisyError:F1} %")],
            ],
            numbers: 1);
        if (result.DenoisedError >= result.NoisyError)
        {
            Notice.Write(
                "denoised images are no nearer to the clean ones than noisy ones are: train longer with --epochs, or with "
                + (trained.Configuration.Network is null ? "more --latent or --hidden units" : "more kernels in --network"));
        }

        return (result, PictureFile.Write(path, trained, "denoise", result.Shown, rows: 3, count, new PictureLabels { Versions = _versions }));
    }

    private static void WriteTo(Utf8JsonWriter json, (string Noisy, string Denoised)[] files)
    {
        json.WriteStartObject();
        json.WriteStartArray("files");
        foreach ((string noisy, string denoised) in files)
        {
            json.WriteStartObject();
            json.WriteString("noisy", noisy);
            json.WriteString("denoised", denoised);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTo(Utf8JsonWriter json, Denoising result, string picture)
    {
        json.WriteStartObject();
        json.WriteFinite("noisy_error", result.NoisyError);
        json.WriteFinite("denoised_error", result.DenoisedError);
        json.WriteString("picture", picture);
        json.WriteEndObject();
    }
}
