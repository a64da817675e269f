using System.Globalization;
using System.Text;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>A position in a training, between two steps.</summary>
/// <param name="Epoch">From 1; the one that the last step was in.</param>
/// <param name="StepInEpoch">Steps done in it, at least 1.</param>
/// <param name="GlobalStep">Steps done since the start.</param>
/// <param name="Losses">(<paramref name="StepInEpoch"/>, R) what these steps lost, the sum over each batch.</param>
public sealed record TrainingPosition(int Epoch, int StepInEpoch, long GlobalStep, float[] Losses);

/// <summary>
/// What a run saves: parameters under their names and in their order of PyTorch, (out, in) and of convolutions
/// (out, in, k, k), Adam's moments under <c>optimizer.first_moment.</c> and <c>optimizer.second_moment.</c>, the same names
/// and in the same order, the losses of the epoch so far under <c>training.losses</c>, and the position in the training. Random numbers and schedules are functions of seed and
/// step, so that is all of their state. No time is in it: equal runs write equal files.
/// </summary>
public sealed class Checkpoint
{
    /// <summary>Version of this layout, in the metadata as <c>format_version</c>.</summary>
    public const int FormatVersion = 2;

    internal const string Losses = "training.losses";
    internal const string FirstMoments = "optimizer.first_moment.";
    internal const string SecondMoments = "optimizer.second_moment.";
    internal const string EpochKey = "epoch";
    internal const string ConfigurationKey = "configuration";
    internal const string HeightKey = "image_height";
    internal const string ImportedKey = "imported_from";

    private readonly IDevice _device;
    private readonly int _parameters;
    private readonly List<NamedTensor> _tensors;
    private readonly List<SavedTensor> _saved;

    /// <summary>Takes memory on the host, which each checkpoint of a run then uses again.</summary>
    public Checkpoint(IDevice device, ParameterArena arena)
    {
        _device = device;
        _saved = [.. arena.Saved, .. arena.SavedMoments(FirstMoments, SecondMoments)];
        _tensors = [.. _saved.Select(saved => new NamedTensor(saved.Name, saved.Shape, new float[saved.Value.Length]))];
        _parameters = arena.Saved.Count();
    }

    /// <summary>
    /// The first tensor with a NaN or an infinity, or null. A relu can hide one from the loss, so the loss alone does
    /// not tell that a checkpoint is good.
    /// </summary>
    public string? NonFiniteTensor =>
        _tensors.FirstOrDefault(tensor => tensor.Values.Any(value => !float.IsFinite(value)))?.Name;

    /// <summary>Waits for the steps so far and copies the arena to the host.</summary>
    public void Capture()
    {
        for (int i = 0; i < _tensors.Count; i++)
            _saved[i].Download(_device, _tensors[i].Values);
    }

    /// <summary>
    /// Writes everything that was captured. At any instant there is a whole file of that name, the new one or the one
    /// of before.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="previous">The name that the file of before gets.</param>
    /// <param name="configuration">Goes into the metadata as JSON: the file is enough to build the model.</param>
    /// <param name="images">For the size of an image.</param>
    /// <param name="position">Where the training stands.</param>
    public void Write(
        string path, string previous, RunConfiguration configuration, ImageSet images, TrainingPosition position)
    {
        NamedTensor losses = new(
            Losses, [position.StepInEpoch, position.Losses.Length / Math.Max(1, position.StepInEpoch)], position.Losses);
        Write(path, [.. _tensors, losses], previous, configuration, images, position);
    }

    /// <summary>Writes the parameters alone, for use.</summary>
    /// <param name="path">The file, replaced whole.</param>
    /// <param name="configuration">Goes into the metadata as JSON.</param>
    /// <param name="images">For the size of an image.</param>
    /// <param name="position">Where the training stands.</param>
    /// <param name="previous">The name that a file of before gets; null replaces it.</param>
    public void WriteParameters(
        string path, RunConfiguration configuration, ImageSet images, TrainingPosition position, string? previous = null) =>
        Write(path, _tensors[.._parameters], previous, configuration, images, position);

    /// <summary>Why nothing goes on from weights that were trained elsewhere.</summary>
    internal static UserException ImportedFault(string path) => new(
        $"{path}: holds imported weights, which training does not go on with; train a new run without --resume");

    internal static string Text(RunConfiguration configuration)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            configuration.WriteJson(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes parameters that were trained elsewhere.</summary>
    /// <param name="path">The file, replaced whole.</param>
    /// <param name="tensors">Every parameter and state of the model.</param>
    /// <param name="configuration">Goes into the metadata as JSON.</param>
    /// <param name="image">The size of an image.</param>
    /// <param name="source">Where they come from.</param>
    internal static void WriteImported(
        string path, List<NamedTensor> tensors, RunConfiguration configuration, Shape image, string source)
    {
        Dictionary<string, string> metadata = Metadata(configuration, image, (ImportedKey, source));
        Checksums.Add(tensors, metadata);
        Safetensors.Write(path, tensors, metadata);
    }

    private static void Write(
        string path, List<NamedTensor> tensors, string? previous, RunConfiguration configuration, ImageSet images,
        TrainingPosition position)
    {
        Dictionary<string, string> metadata = Metadata(
            configuration, images.Shape, (EpochKey, Text(position.Epoch)), ("step_in_epoch", Text(position.StepInEpoch)),
            ("step", Text(position.GlobalStep)));
        Checksums.Add(tensors, metadata);
        Safetensors.Write(path, tensors, metadata, previous);
    }

    /// <summary>What a file says of the model, and of where its numbers come from.</summary>
    private static Dictionary<string, string> Metadata(
        RunConfiguration configuration, Shape image, params ReadOnlySpan<(string Key, string Text)> origin)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format_version"] = Text(FormatVersion),
            ["gpuvae_version"] = RunConfiguration.Version,
        };
        foreach ((string key, string text) in origin)
            metadata[key] = text;
        metadata["seed"] = configuration.Seed.ToString(CultureInfo.InvariantCulture);
        metadata[HeightKey] = Text(image.Height);
        metadata["image_width"] = Text(image.Width);
        metadata["image_channels"] = Text(image.Channels);
        metadata[ConfigurationKey] = Text(configuration);
        return metadata;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
