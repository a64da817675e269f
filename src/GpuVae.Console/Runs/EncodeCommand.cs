using System.CommandLine;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;

namespace GpuVae.CommandLine;

/// <summary><c>gpuvae encode</c>: the codes of images as a file of numbers.</summary>
internal sealed class EncodeCommand : RunVerb
{
    private static readonly Option<bool> _sigma = new("--sigma")
    {
        Description = "Writes the standard deviation of each unit as well, for a code that is drawn from a posterior.",
    };

    private static readonly Option<int?> _limit = OptionValue.Whole(
        "--limit", "Encodes only the first N images. Default: all.");

    /// <summary>The verb.</summary>
    public EncodeCommand()
        : base(
            "encode",
            "Writes the codes of images to a file.",
            "Encodes images and writes their mean codes, a row for each image: as CSV with the row or file of the " +
            "example, the label where there is one, and columns z0, z1, …, or as a NumPy array with the labels in a second file. gpuvae decode reads both.",
            RunNeeds.Set | RunNeeds.Seed,
            Output("FILE", "File to write, .csv or .npy. Default: a new codes.csv in the run."),
            [new OptionGroup("Options", [_sigma, _limit])])
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("gpuvae encode", "The test images of the newest run, as codes.csv in it."),
        new("gpuvae encode runs/plane --set train --sigma --out codes.npy", "The training images, with σ, for NumPy."),
    ];

    /// <inheritdoc/>
    protected override int Execute(ParseResult line)
    {
        int limit = InRange("--limit", line.GetValue(_limit) ?? int.MaxValue, 1, int.MaxValue);
        string? asked = Out(line, CodeFile.CsvExtension, CodeFile.NpyExtension);
        using OpenedRun run = Open(line);
        TrainedModel trained = run.Trained;
        bool isSigma = line.GetValue(_sigma);
        if (isSigma && trained.Model.Posterior is null)
        {
            throw new UserException(
                $"--sigma: the {trained.Configuration.Code} code of {trained.Folder.FullPath} is not drawn from a " +
                "posterior and has no σ; leave --sigma out");
        }

        ImageSet images = run.Images.Take(limit);
        using Codec codec = run.CreateCodec();
        float[] means = codec.Encode(images);
        float[]? deviations = isSigma ? codec.Deviations(images) : null;
        IReadOnlyList<string> Write(string path) => CodeFile.Write(path, means, deviations, trained.Model.Units, images);
        foreach (string file in asked is not null
            ? Write(asked)
            : [NewFile.Write(trained.Folder.FullPath, "codes", CodeFile.CsvExtension, path => Write(path))])
        {
            Console.Out.WriteLine($"written to {file}");
        }

        return ExitCode.Done;
    }
}
