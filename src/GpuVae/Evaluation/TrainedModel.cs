using System.Globalization;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Evaluation;

/// <summary>Which of a run's weights are read.</summary>
public enum WeightsChoice
{
    /// <summary>
    /// The best of a run that was trained with patience, which went on past them to know that they are, and where the last are not
    /// there; else the last.
    /// </summary>
    Auto,

    /// <summary><c>best.safetensors</c>: those of the epoch with the least test loss.</summary>
    Best,

    /// <summary><c>checkpoint.safetensors</c>: those that training ended with.</summary>
    Last,
}

/// <summary>
/// A model as a run left it: built from <c>config.json</c>, with the parameters of <c>checkpoint.safetensors</c> or
/// <c>best.safetensors</c>.
/// </summary>
/// <remarks>
/// A model computes into memory of its own, so that two threads cannot call <see cref="Model"/> at once. What is made for
/// use of it (<see cref="AnomalyScorer"/>, <see cref="Codec"/>, <see cref="Evaluator"/>, …) may be shared by threads: they
/// wait for each other.
/// </remarks>
public sealed class TrainedModel : IDisposable
{
    private static readonly string[] _ofTraining = ["optimizer.", "training."];

    private TrainedModel(
        RunFolder folder, RunConfiguration configuration, Autoencoder model, (int Height, int Width, int Channels) shape)
    {
        Folder = folder;
        Configuration = configuration;
        Model = model;
        (Height, Width, Channels) = shape;
    }

    /// <summary>Where it comes from.</summary>
    public RunFolder Folder { get; }

    /// <summary>What was trained.</summary>
    public RunConfiguration Configuration { get; }

    /// <summary>Which weights were read: <see cref="WeightsChoice.Best"/> or <see cref="WeightsChoice.Last"/>.</summary>
    public WeightsChoice Weights { get; private init; }

    /// <summary>The epoch that they are of, from 1; null where the file does not say.</summary>
    public int? Epoch { get; private init; }

    /// <summary>The choices with their learned parameters; disposed of with this object.</summary>
    public Autoencoder Model { get; }

    /// <summary>Rows of an image, in pixels.</summary>
    public int Height { get; }

    /// <summary>Columns of an image, in pixels.</summary>
    public int Width { get; }

    /// <summary>Numbers of a pixel: 1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>Whether training drew the codes towards p(z) = N(0, I), so that a draw from it has a picture.</summary>
    public bool HasPrior => Objective.UsesPrior;

    /// <summary>What stands between the numbers of a file and those of the model, in both directions.</summary>
    public Pipeline Pipeline => Configuration.CreatePipeline();

    /// <summary>What the encoder saw of a pixel.</summary>
    public PixelEncoding Encoding => Registry.Encodings.Find(Configuration.Binarize);

    /// <summary>What was minimised.</summary>
    public IObjective Objective => Configuration.CreateObjective();

    /// <summary>Reads a run folder and builds its model.</summary>
    /// <param name="runFolder">A folder that <c>train</c> has written.</param>
    /// <param name="device">Where the model runs; any device, whatever the run was trained on.</param>
    /// <param name="capacity">
    /// Images of the largest batch; null for the batch of training's own measurements: one batch, one result.
    /// </param>
    /// <param name="draws">Most draws of a batch's codes, or 0 for one of each image.</param>
    /// <param name="weights">Which weights.</param>
    /// <exception cref="UserException">
    /// The folder is not a run, the weights are missing or damaged, or file and configuration do not belong together.
    /// </exception>
    public static TrainedModel Open(
        string runFolder, IDevice device, int? capacity = null, int draws = 0, WeightsChoice weights = WeightsChoice.Auto)
    {
        ArgumentNullException.ThrowIfNull(runFolder);
        ArgumentNullException.ThrowIfNull(device);
        RunFolder folder = RunFolder.Open(runFolder);
        RunConfiguration configuration = folder.ReadConfiguration();
        weights = Choose(weights, configuration, folder);
        string path = weights == WeightsChoice.Best ? folder.BestPath : folder.CheckpointPath;
        SafetensorsFile file = CheckpointFile.ReadVerified(path);
        // Of the two copies the weights' own has a checksum.
        if (file.Metadata.TryGetValue(Checkpoint.ConfigurationKey, out string? trained))
        {
            RunDifference.RequireSame(
                RunConfiguration.ReadJson(System.Text.Encoding.UTF8.GetBytes(trained), path), path, configuration,
                folder.ConfigurationPath);
        }
        int height = ReadSize(path, file, "image_height");
        int width = ReadSize(path, file, "image_width");
        int channels = ReadSize(path, file, "image_channels", missing: 1);
        if ((long)height * width > Array.MaxLength / channels)
            throw Fault(path, $"images of {height}×{width} pixels are over the limit of {Array.MaxLength} numbers");
        var image = new Shape(height, width, channels);
        RequireEnough(path, file, configuration, image);

        using Lock.Scope turn = DeviceTurn.Of(device).EnterScope();
        Autoencoder model = ModelBuilder.Build(
            configuration, device, image, capacity ?? configuration.EvaluationBatch, draws);
        try
        {
            ParameterTensors.Load(
                device, model.Parameters,
                file.Tensors.Where(tensor => !_ofTraining.Any(prefix => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))),
                (what, isDamage) => isDamage ? Fault(path, what) : Mismatch(path, what));
        }
        catch
        {
            model.Dispose();
            throw;
        }
        return new TrainedModel(folder, configuration, model, (height, width, channels))
        {
            Weights = weights,
            Epoch = int.TryParse(
                file.Metadata.GetValueOrDefault(Checkpoint.EpochKey), NumberStyles.None, CultureInfo.InvariantCulture,
                out int epoch)
                ? epoch
                : null,
        };
    }

    /// <summary>Refuses images that the model cannot take.</summary>
    /// <param name="images">What it is to see.</param>
    /// <param name="name">What a person calls them, for the message.</param>
    /// <exception cref="UserException">They have another size.</exception>
    public void RequireShape(ImageSet images, string name)
    {
        ArgumentNullException.ThrowIfNull(images);
        if ((images.Height, images.Width, images.Channels) != (Height, Width, Channels))
        {
            throw new UserException(
                $"{name}: {Text(images.Height, images.Width, images.Channels)}, and {Folder.FullPath} was "
                + $"trained on {Text(Height, Width, Channels)}; give --data of that size, or another run");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    /// <summary>The weights to read, of which there is a file.</summary>
    private static WeightsChoice Choose(WeightsChoice asked, RunConfiguration configuration, RunFolder folder)
    {
        bool hasBest = File.Exists(folder.BestPath), hasLast = File.Exists(folder.CheckpointPath);
        bool wasMeasured = new FileInfo(folder.MetricsPath) is { Exists: true, Length: > 0 };
        if (asked == WeightsChoice.Best && !hasBest)
        {
            throw new UserException(
                $"{folder.BestPath}: there are no best weights{(wasMeasured ? "" : ": no epoch of the run was measured")}; take --weights last");
        }
        if (asked == WeightsChoice.Best || (asked == WeightsChoice.Auto && hasBest && (configuration.Patience is not null || !hasLast)))
            return WeightsChoice.Best;
        if (hasLast)
            return WeightsChoice.Last;
        throw new UserException(
            hasBest ? $"{folder.CheckpointPath}: is not there; take --weights best, or give another run"
            : wasMeasured ? $"{folder.FullPath}: holds no checkpoint: its weights were taken away; give another run"
            : $"{folder.FullPath}: holds no checkpoint: the run ended before its first epoch did; give another run");
    }

    /// <summary>Refuses an encoder with more weights than the file has numbers, before memory is taken for it.</summary>
    private static void RequireEnough(string path, SafetensorsFile checkpoint, RunConfiguration configuration, Shape image)
    {
        long held = checkpoint.Tensors.Sum(tensor => (long)tensor.Values.Length);
        long? needed;
        try
        {
            needed = configuration.CreateNetwork().EncoderSize(image, configuration.CreateCode().HeadWidth).Parameters;
        }
        catch (ModelTooLargeException)
        {
            needed = null;
        }
        if (needed is null || needed > held)
        {
            throw Mismatch(
                path, $"the encoder of {Text(image.Height, image.Width, image.Channels)} has more weights than its {held} numbers");
        }
    }

    private static int ReadSize(string path, SafetensorsFile checkpoint, string name, int? missing = null)
    {
        if (!checkpoint.Metadata.TryGetValue(name, out string? text) && missing is int fallback)
            return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size > 0
            ? size
            : throw Fault(path, $"{name} of the metadata is no size");
    }

    private static string Text(int height, int width, int channels) => height == 1
        ? $"examples of {width * channels} numbers"
        : $"images of {height}×{width} pixels" + (channels == 1 ? "" : $" in {channels} channels");

    private static UserException Mismatch(string path, string what) => new(
        $"{path}: does not fit config.json beside it: {what}; "
        + "put the two files of one run together");

    private static UserException Fault(string path, string what) => new(
        $"{path}: {what}; train the run again, or give another one");
}
