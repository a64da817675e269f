using System.Globalization;
using System.Text;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>A checkpoint that was read, with its checksums verified.</summary>
public sealed class CheckpointFile
{
    private readonly string _path;
    private readonly Dictionary<string, NamedTensor> _tensors;

    private CheckpointFile(string path, SafetensorsFile file)
    {
        _path = path;
        _tensors = file.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        if (Number(file, "format_version") != Checkpoint.FormatVersion)
            throw Fault("was written by another version of GpuVae; resume it with that");
        if (file.Metadata.ContainsKey(Checkpoint.ImportedKey))
            throw Checkpoint.ImportedFault(path);
        NamedTensor losses = Tensor(Checkpoint.Losses);
        Position = new TrainingPosition(
            Number(file, Checkpoint.EpochKey), Number(file, "step_in_epoch"), Number(file, "step"), losses.Values);
        if (losses.Shape is not [int steps, int] || steps != Position.StepInEpoch)
            throw Fault($"holds no losses of {Position.StepInEpoch} steps");
        Configuration = RunConfiguration.ReadJson(
            Encoding.UTF8.GetBytes(file.Metadata.GetValueOrDefault(Checkpoint.ConfigurationKey, "")), path);
    }

    /// <summary>Where the training stood.</summary>
    public TrainingPosition Position { get; }

    /// <summary>What was trained.</summary>
    public RunConfiguration Configuration { get; }

    /// <summary>Reads a whole checkpoint, to resume from it.</summary>
    /// <exception cref="UserException">The file is missing, damaged, or none to resume from.</exception>
    public static CheckpointFile Read(string path) => new(path, ReadVerified(path));

    /// <summary>Reads the tensors and metadata of any checkpoint, and verifies its checksums where it has some.</summary>
    /// <exception cref="UserException">The file is missing or damaged.</exception>
    public static SafetensorsFile ReadVerified(string path)
    {
        SafetensorsFile file = Safetensors.Read(path);
        // The first layout had none.
        if (file.Metadata.GetValueOrDefault("format_version") != "1")
            Checksums.Verify(path, file);
        return file;
    }

    /// <summary>Puts parameters and Adam's moments back where they were.</summary>
    /// <exception cref="UserException">The model has other parameters.</exception>
    public void Restore(IDevice device, ParameterArena arena)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(arena);
        foreach (SavedTensor saved in arena.Saved.Concat(arena.SavedMoments(Checkpoint.FirstMoments, Checkpoint.SecondMoments)))
        {
            NamedTensor tensor = Tensor(saved.Name);
            if (!tensor.Shape.SequenceEqual(saved.Shape))
                throw Fault($"{saved.Name} has another shape than the model's");
            saved.Upload(device, tensor.Values);
        }
    }

    private NamedTensor Tensor(string name) =>
        _tensors.TryGetValue(name, out NamedTensor? tensor) ? tensor : throw Fault($"holds no tensor {name}");

    private int Number(SafetensorsFile file, string name) =>
        int.TryParse(
            file.Metadata.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number > 0
            ? number
            : throw Fault($"{name} of the metadata is no number above 0");

    private UserException Fault(string what) => new($"{_path}: {what}; no run can go on from it");
}
