using System.Globalization;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>
/// The memory that a training needs, known before it takes any: the model is built on a device that only counts. Choices
/// that are too large are answered with a line that names the option to lower, where the machine would end the program or
/// a container kill it in the middle.
/// </summary>
public static class MemoryNeed
{
    // Adam's two moments, the gradients and the parameters are in the model; beside it a checkpoint has copies of all but the
    // gradients.
    private const int HostCopies = 3;

    // What reading data may leave to the garbage collector without being made to clear it away: some tens of milliseconds' work.
    private const long SmallGarbage = 64 * 1024 * 1024;

    /// <summary>Refuses a training that needs more memory than this process may have, or numbers that cannot be counted.</summary>
    /// <param name="configuration">What to train.</param>
    /// <param name="data">What to train it on, as <see cref="TrainingSets.Select"/> gives it.</param>
    /// <param name="device">Where. Only a device that has the host's memory is held to that.</param>
    /// <exception cref="UserException">One line with what it would take, what there is, and the option to lower.</exception>
    public static void Require(RunConfiguration configuration, Dataset data, IDevice device)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(device);
        // Refuses a batch that does not fit.
        _ = WindowOrder.Of(data.Train, configuration.Batch, new RandomSource(configuration.Seed, RandomPurpose.Shuffle));
        ClearAway(data);
        Require(
            configuration, new Sizes(data.Train.Count, data.Test.Count, data.Train.Shape),
            LimitOf(device), Environment.WorkingSet + (data.Train.Stream is { } stream ? WindowOrder.MostBytes(stream) : 0));
    }

    /// <summary>
    /// Refuses such a training before the pictures of a folder are decoded, as far as it is certain by then: examples that are left out,
    /// and faults of other kinds, are for <see cref="Require(RunConfiguration, Dataset, IDevice)"/>.
    /// </summary>
    /// <param name="configuration">What to train.</param>
    /// <param name="image">The shape of the pictures.</param>
    /// <param name="pictures">How many there are, before some are held out.</param>
    /// <param name="device">Where.</param>
    /// <exception cref="UserException">One line with what it would take, what there is, and the option to lower.</exception>
    public static void RequireForPictures(RunConfiguration configuration, Shape image, int pictures, IDevice device)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(device);
        double kept = 1 - (configuration.HoldOut ?? Datasets.DefaultHoldOut);
        int least = Math.Min((int)(kept * pictures), configuration.Limit ?? int.MaxValue);
        if (least < 1 || configuration.TrainLabels is not [] || configuration.SkipDamaged)
            return;
        var sizes = new Sizes(least, Test: 1, image);
        try
        {
            configuration.Validate();
            _ = Measure(configuration, sizes);
        }
        catch (ModelTooLargeException)
        {
            // Told below, with the option to lower.
        }
        catch (UserException)
        {
            return;
        }
        Require(configuration, sizes, LimitOf(device), Environment.WorkingSet);
    }

    private static long LimitOf(IDevice device) => device.Name is "cpu" or "ilgpu-cpu" ? MemoryLimit.OfProcess : long.MaxValue;

    /// <summary>
    /// Gives back what reading the data left, such as all examples of a set that was divided. The memory of a model is not the
    /// garbage collector's, which would otherwise have no reason to look for it all through a training.
    /// </summary>
    private static void ClearAway(Dataset data)
    {
        if (GC.GetTotalMemory(forceFullCollection: false) - data.Train.Bytes - data.Test.Bytes > SmallGarbage)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>The same by numbers.</summary>
    /// <param name="configuration">What to train.</param>
    /// <param name="sizes">Of the data.</param>
    /// <param name="limit">Bytes that the process may have.</param>
    /// <param name="used">Bytes that it has already.</param>
    internal static void Require(RunConfiguration configuration, Sizes sizes, long limit, long used)
    {
        decimal need;
        try
        {
            need = Measure(configuration, sizes);
        }
        catch (ModelTooLargeException exception)
        {
            (string option, string value) = Fault(configuration, sizes);
            throw new UserException($"{option} {value}: {exception.What}; lower {option}", exception);
        }
        if (need + used <= limit)
            return;
        (string largest, string chosen) = Fault(configuration, sizes);
        throw new UserException(
            $"{largest} {chosen}: training would take {ByteSize.Rounded(need)} of memory beside the "
            + $"{ByteSize.Rounded(used)} in use, and {ByteSize.Rounded(limit)} are there in all; "
            + $"lower {largest}");
    }

    /// <summary>What to say where memory ran out all the same: what was needed, and the option that needed most.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="data">What on.</param>
    public static string Advice(RunConfiguration configuration, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(data);
        var sizes = new Sizes(data.Train.Count, data.Test.Count, data.Train.Shape);
        (string option, string value) = Fault(configuration, sizes);
        return $"{option} {value}: not enough memory; training takes about "
            + $"{ByteSize.Rounded(Measure(configuration, sizes))} beside the data; lower {option}";
    }

    /// <summary>Bytes that a training takes beside its data.</summary>
    /// <exception cref="ModelTooLargeException">Numbers that cannot be counted.</exception>
    internal static decimal Measure(RunConfiguration configuration, Sizes sizes)
    {
        int batch = Math.Min(configuration.Batch, sizes.Train);
        int evaluated = Math.Min(configuration.EvaluationBatch, sizes.Test);
        IObjective objective = configuration.CreateObjective();
        using var device = new MeasuringDevice();
        using Autoencoder model = ModelBuilder.Build(
            configuration, device, sizes.Image, Math.Max(batch, evaluated), (long)batch * objective.Samples);
        // A batch that a layer cannot learn from is refused here too, before there is a folder.
        model.RequireTrainingBatch(batch);
        using IObjectivePass? pass = objective.Prepare(device, model.Code, batch);
        decimal batches = (decimal)((long)batch + evaluated) * sizes.Image.Size;
        return device.Bytes + (sizeof(float) * (batches + ((decimal)HostCopies * model.Parameters.Count)));
    }

    /// <summary>The option without whose largeness the training would need least.</summary>
    private static (string Option, string Value) Fault(RunConfiguration configuration, Sizes sizes)
    {
        List<(string Option, string Value, RunConfiguration Run)> smaller =
        [
            ("--batch", Text(configuration.Batch), configuration with { Batch = 1 }),
            ("--samples", Text(configuration.Samples), configuration with { Samples = 1 }),
            ("--latent", Text(configuration.Latent), configuration with { Latent = 1 }),
            configuration.Network is string network
                ? ("--network", $"\"{network}\"", configuration with { Network = null, Decoder = null, Hidden = [1] })
                : (
                    "--hidden", string.Join(',', configuration.Hidden.Select(Text)),
                    configuration with { Hidden = [.. configuration.Hidden.Select(_ => 1)] }),
        ];
        (string option, string value, _) = smaller.MinBy(one => OrBoundless(one.Run, sizes));
        return (option, value);
    }

    private static decimal OrBoundless(RunConfiguration configuration, Sizes sizes)
    {
        try
        {
            return Measure(configuration, sizes);
        }
        catch (ModelTooLargeException)
        {
            return decimal.MaxValue;
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>How large the data are.</summary>
    /// <param name="Train">Training examples.</param>
    /// <param name="Test">Test examples.</param>
    /// <param name="Image">An example.</param>
    internal readonly record struct Sizes(int Train, int Test, Shape Image);
}
