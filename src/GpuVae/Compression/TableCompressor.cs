using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Compression;

/// <summary>
/// Compresses rows of a table with a model of real numbers (gaussian or laplace) and of words: whole numbers, numbers that are one of a
/// few, and words come back exactly, and other numbers rounded to a precision; with <see cref="CompressionOptions.Lossy"/> all of them near
/// to what was given.
/// </summary>
public static class TableCompressor
{
    /// <summary>Whether a run is one of rows that are compressed as a table, and not of images.</summary>
    public static bool Takes(TrainedModel trained)
    {
        ArgumentNullException.ThrowIfNull(trained);
        return trained is { Height: 1, Channels: 1 } && CanonicalModel.IsOfTables(trained.Model.Likelihood);
    }

    /// <summary>Writes a compressed file; one of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the run's model is.</param>
    /// <param name="trained">The run: see <see cref="Takes"/>; a code that is drawn.</param>
    /// <param name="table">
    /// Rows as they were read, with the run's columns and before its pipeline (<see cref="DataSettings.KeepsRead"/>); at least one.
    /// </param>
    /// <param name="precision">
    /// What numbers are rounded to multiples of, in the units of the table; null where every column is of whole numbers, few numbers or
    /// words, or in <see cref="CompressionOptions.ColumnPrecisions"/>, and where something may be lost: to a power of ten, a thousandth of
    /// what a column spans at most, then.
    /// </param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told how many rows are done, by any thread; or null.</param>
    /// <param name="source">What messages call the table.</param>
    /// <exception cref="UserException">The model compresses nothing, a column cannot be coded, or the file cannot be written.</exception>
    public static CompressionReport Compress(
        string path, IDevice device, TrainedModel trained, ImageSet table, double? precision = null, CompressionOptions? options = null,
        Action<int>? progress = null, string source = "the table")
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(source);
        options ??= new CompressionOptions();
        if (precision is not (null or (> 0 and < double.PositiveInfinity)))
            throw new ArgumentOutOfRangeException(nameof(precision), precision, "A precision is above 0.");
        if (options.ColumnPrecisions.Values.Any(own => own is not (> 0 and < double.PositiveInfinity)))
            throw new ArgumentOutOfRangeException(nameof(options), "A precision is above 0.");
        Pipeline pipeline = trained.Pipeline;
        if (table.Dimensions != pipeline.TableColumns(trained.Model.Dimensions))
        {
            throw new UserException(
                $"{source} has {table.Dimensions} columns, and {trained.Folder.FullPath} was trained on {pipeline.TableColumns(trained.Model.Dimensions)}");
        }
        var columns = new TableColumns(source, table, pipeline, precision, options.ColumnPrecisions) { IsLossy = options.Lossy is not null };
        TableLayout layout = columns.Fit();
        NamedTensor[] tensors = ParameterTensors.Copy(device, trained.Model.Parameters);
        byte[] symbols = TableSymbols.Of(source, layout, table, columns, pipeline.FillValues);
        long original = (long)table.Count * ((layout.Numbers.Count * sizeof(float)) + layout.Words.Count);
        if (options.Lossy is not null)
        {
            LossyModel decoder = ImageCompressor.ModelOf(trained, row => LossyModel.Of(trained.Configuration, row, tensors, null, layout));
            var lossy = new LossyCompressor(device, trained, decoder, tensors, layout);
            ImageSet seen = Seen(decoder, symbols);
            return lossy.Compress(path, seen, seed: 0, symbols, original, options, progress) with { Table = new CompressedTable(layout) };
        }
        CanonicalModel model = ImageCompressor.ModelOf(
            trained, row => CanonicalModel.Of(trained.Configuration, row, tensors, logScale: null, layout));
        return ImageCompressor.Write(path, trained, tensors, model, layout, symbols, original, options, progress) with
        {
            Table = new CompressedTable(layout),
        };
    }

    /// <summary>Rows as the model sees them.</summary>
    private static ImageSet Seen(LossyModel model, byte[] symbols)
    {
        int count = symbols.Length / model.ExampleBytes, width = model.Image.Size;
        var values = new float[checked(count * width)];
        for (int row = 0; row < count; row++)
            model.Reconstruction.See(symbols.AsSpan(row * model.ExampleBytes, model.ExampleBytes), values.AsSpan(row * width, width));
        return new ImageSet(values, labels: null, model.Image.Height, model.Image.Width, model.Image.Channels);
    }
}
