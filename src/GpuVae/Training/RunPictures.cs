using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
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
internal sealed class RunPictures(
    IImageBackend? backend, RunFolder folder, Pictures pictures, Autoencoder model, ImageSet images, Pipeline pipeline)
    : IDisposable
{
    private const string Reconstruction = "reconstruction";
    private const string Samples = "samples";
    private const string Manifold = "manifold";

    private readonly Dictionary<string, RasterImage?> _canvases = []; // by the kind of picture

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
                pictures.Versions),
        ];
        if (usesPrior)
            files.Add(Write(Samples, epoch, pictures.Samples(), Pictures.SamplesSide, Pictures.SamplesSide));
        if (usesPrior && model.Units == 2)
            files.Add(Write(Manifold, epoch, pictures.Manifold(), Pictures.ManifoldSide, Pictures.ManifoldSide));
        return files;
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
        try
        {
            foreach (string kind in (string[])[Reconstruction, Samples, Manifold])
            {
                foreach (string path in Directory.GetFiles(folder.ImagesPath, $"{kind}-*.png"))
                {
                    string number = Path.GetFileNameWithoutExtension(path)[(kind.Length + 1)..];
                    // A picture that a person asked for has a number of fewer digits.
                    if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
                        && path == folder.ImagePath(kind, epoch) && !isShown(epoch))
                    {
                        File.Delete(path);
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder.ImagesPath}: cannot be written: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => pictures.Dispose();

    private string Write(
        string kind, int epoch, float[] examples, int rows, int columns, IReadOnlyList<string>? versions = null)
    {
        string path = folder.ImagePath(kind, epoch);
        folder.RequireOwnImages();
        examples = images.Height > 1 ? pipeline.ToPictures(examples, images.Dimensions) : examples;
        _canvases[kind] = backend!.WriteExamples(
            path, examples, rows, columns, (images.Height, images.Width, images.Channels), versions,
            _canvases.GetValueOrDefault(kind));
        return path;
    }
}
