using System.Globalization;
using System.Text;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Training;

/// <summary>
/// What is written after each epoch: parameters under their names, (out, in) as in PyTorch, and Adam's moments under
/// <c>optimizer.first_moment.</c> and <c>optimizer.second_moment.</c> and the same names. Random numbers are functions
/// of seed and step, so those two are all of their state.
/// </summary>
public sealed class Checkpoint
{
    /// <summary>Version of this layout, in the metadata as <c>format_version</c>.</summary>
    public const int FormatVersion = 1;

    private readonly List<NamedTensor> _tensors = [];

    /// <summary>Copies an arena to the host.</summary>
    public Checkpoint(IBackend backend, ParameterArena arena)
    {
        foreach (Parameter parameter in arena.Parameters)
            Add(backend, parameter.Shape.Name, parameter.Shape, parameter.Value);
        foreach (Parameter parameter in arena.Parameters)
            Add(backend, $"optimizer.first_moment.{parameter.Shape.Name}", parameter.Shape, parameter.FirstMoment);
        foreach (Parameter parameter in arena.Parameters)
            Add(backend, $"optimizer.second_moment.{parameter.Shape.Name}", parameter.Shape, parameter.SecondMoment);
    }

    /// <summary>
    /// The first tensor with a NaN or an infinity, or null. A relu can hide one from the loss, so the loss alone does
    /// not tell that a checkpoint is good.
    /// </summary>
    public string? NonFiniteTensor =>
        _tensors.FirstOrDefault(tensor => tensor.Values.Any(value => !float.IsFinite(value)))?.Name;

    /// <summary>Replaces the file in one move: a crash leaves the old one or the new one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="configuration">Goes into the metadata as JSON: the file is enough to build the model.</param>
    /// <param name="images">For the size of an image.</param>
    /// <param name="epoch">The last epoch trained in, from 1.</param>
    /// <param name="stepInEpoch">Steps done in it.</param>
    /// <param name="globalStep">Steps done since the start.</param>
    public void Write(
        string path, RunConfiguration configuration, ImageSet images, int epoch, int stepInEpoch, long globalStep)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            configuration.WriteJson(json);
        Safetensors.Write(path, _tensors, new Dictionary<string, string>
        {
            ["format_version"] = Text(FormatVersion),
            ["gpuvae_version"] = RunConfiguration.Version,
            ["epoch"] = Text(epoch),
            ["step_in_epoch"] = Text(stepInEpoch),
            ["step"] = Text(globalStep),
            ["seed"] = configuration.Seed.ToString(CultureInfo.InvariantCulture),
            ["image_height"] = Text(images.Height),
            ["image_width"] = Text(images.Width),
            ["image_channels"] = Text(images.Channels),
            ["configuration"] = Encoding.UTF8.GetString(stream.ToArray()),
        });
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private void Add(IBackend backend, string name, ParameterShape shape, View<float> view)
    {
        var values = new float[view.Length];
        backend.Download<float>(view, values);
        _tensors.Add(new NamedTensor(name, shape.Shape, values));
    }
}
