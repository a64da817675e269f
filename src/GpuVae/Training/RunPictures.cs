using System.Diagnostics;
using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Training;

/// <summary>The pictures that a run leaves of an epoch.</summary>
/// <param name="backend">Draws them; null where none are to be drawn.</param>
/// <param name="folder">Where they go.</param>
/// <param name="pictures">What they show; disposed of with this.</param>
/// <param name="model">What has learned.</param>
/// <param name="images">For the size of an image.</param>
/// <param name="pipeline">What was done to the numbers of images.</param>
/// <param name="keep">How many epochs keep their pictures; null for all.</param>
internal sealed class RunPictures(
    IImageBackend? backend, RunFolder folder, Pictures pictures, Autoencoder model, ImageSet images, Pipeline pipeline, int? keep)
    : IDisposable
{
    // A person cannot look at plots of the losses faster.
    private static readonly TimeSpan _lossInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _frameTime = TimeSpan.FromMilliseconds(250);

    private const int MostFrames = 60;
    private const string Reconstruction = "reconstruction";
    private const string Samples = "samples";
    private const string Manifold = "manifold";

    private readonly Dictionary<string, RasterImage?> _canvases = []; // by the kind of picture
    private readonly Stopwatch _sinceLosses = Stopwatch.StartNew();

    /// <summary>Writes those of an epoch; none where nothing draws.</summary>
    /// <param name="epoch">Which.</param>
    /// <param name="usesPrior">Whether codes are drawn towards the prior, so that its draws have pictures.</param>
    /// <returns>The files.</returns>
    /// <exception cref="UserException">One cannot be written.</exception>
    public IEnumerable<string> Write(int epoch, bool usesPrior)
    {
        if (backend is null)
            return [];
        List<string> files =
        [
            Write(
                Reconstruction, epoch, pictures.Reconstructions(), pictures.Versions.Count, pictures.Columns,
                new PictureLabels { Versions = pictures.Versions }),
        ];
        if (usesPrior)
            files.Add(Write(Samples, epoch, pictures.Samples(), Pictures.SamplesSide, Pictures.SamplesSide, new PictureLabels()));
        if (usesPrior && model.Units == 2)
            files.Add(Write(Manifold, epoch, pictures.Manifold(), Pictures.ManifoldSide, Pictures.ManifoldSide, Pictures.ManifoldLabels));
        if (keep is int newest)
            Tidy(() => Delete(RunFolder.PictureKinds.SelectMany(kind => folder.PicturesOf(kind).SkipLast(newest))));
        return files;
    }

    /// <summary>Plots the losses so far where the last plot is more than a second old.</summary>
    /// <param name="epochs">At least one.</param>
    /// <exception cref="UserException">It cannot be written.</exception>
    public void WriteLossesNow(IReadOnlyList<EpochMetrics> epochs)
    {
        if (_sinceLosses.Elapsed < _lossInterval)
            return;
        WriteLosses(epochs);
        _sinceLosses.Restart();
    }

    /// <summary>Writes an animation of the epochs, up to sixty of them: of what the prior's draws become, or else of reconstructions.</summary>
    /// <param name="usesPrior">As for <see cref="Write(int, bool)"/>.</param>
    /// <returns>The file, or nothing where fewer than two epochs have a picture.</returns>
    /// <exception cref="UserException">It cannot be written.</exception>
    public IEnumerable<string> WriteAnimation(bool usesPrior)
    {
        string kind = usesPrior ? Samples : Reconstruction;
        if (backend is null)
            return [];
        folder.RequireOwnImages();
        IReadOnlyList<RunPicture> all = folder.PicturesOf(kind);
        if (all.Count < 2)
            return [];
        foreach (RunPicture picture in all)
            OwnFile.Require(picture.FullPath);
        backend.WriteAnimation(
            folder.AnimationPath(kind), [.. EvenSelection.Of(all, MostFrames).Select(picture => picture.FullPath)], _frameTime);
        return [folder.AnimationPath(kind)];
    }

    /// <summary>Plots the losses over the epochs.</summary>
    /// <param name="epochs">At least one.</param>
    /// <returns>The file, or nothing where nothing draws.</returns>
    /// <exception cref="UserException">It cannot be written.</exception>
    public IEnumerable<string> WriteLosses(IReadOnlyList<EpochMetrics> epochs)
    {
        if (backend is null)
            return [];
        folder.RequireOwnImages();
        backend.WriteLosses(
            folder.LossPlotPath, [.. epochs.Select(epoch => new LossPoint(epoch.Epoch, epoch.TrainLoss, epoch.TestLoss))],
            images.Height > 1 ? "nats per image" : "nats per row");
        return [folder.LossPlotPath];
    }

    /// <summary>Deletes the pictures of epochs that the run does not show.</summary>
    /// <param name="isShown">Whether it shows an epoch.</param>
    /// <exception cref="UserException">One cannot be deleted.</exception>
    public void DeleteExcept(Predicate<int> isShown)
    {
        folder.RequireOwnImages();
        Tidy(() => Delete(RunFolder.PictureKinds.SelectMany(folder.PicturesOf).Where(picture => !isShown(picture.Epoch))));
    }

    private static void Delete(IEnumerable<RunPicture> pictures)
    {
        foreach (RunPicture picture in pictures.ToArray())
            File.Delete(picture.FullPath);
    }

    private void Tidy(Action delete)
    {
        try
        {
            delete();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder.ImagesPath}: cannot be written: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => pictures.Dispose();

    private string Write(
        string kind, int epoch, float[] examples, int rows, int columns, PictureLabels labels)
    {
        string path = folder.ImagePath(kind, epoch);
        folder.RequireOwnImages();
        examples = images.Height > 1 ? pipeline.ToPictures(examples, images.Dimensions) : examples;
        string scaled = images.Height == 1 && pipeline.Scaling.Offsets.Count > 0 ? ", scaled" : "";
        _canvases[kind] = backend!.WriteExamples(
            path, examples, rows, columns, (images.Height, images.Width, images.Channels),
            labels with { Title = string.Create(CultureInfo.InvariantCulture, $"{kind}, epoch {epoch}{scaled}{(labels.Title is null ? "" : ": ")}{labels.Title}") },
            _canvases.GetValueOrDefault(kind));
        return path;
    }
}
