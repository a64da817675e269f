using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Compression;

/// <summary>
/// Compresses images with a trained model. Without loss a file takes the model's −ELBO and a little, and gives back what the model sees
/// of a pixel: where the run binarizes, that is 0 or 1. With <see cref="CompressionOptions.Lossy"/> it takes what was asked for, and gives
/// back bytes near to them.
/// </summary>
public static class ImageCompressor
{
    /// <summary>The most images that <see cref="Estimate"/> looks at.</summary>
    public const int MostEstimated = 1000;

    // What the coder's networks compute in a few seconds.
    private const double EstimatedFlops = 1e10;

    /// <summary>Writes a compressed file; one of that name is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the run's model is.</param>
    /// <param name="trained">
    /// The run: a code that is drawn, and a likelihood of pixels of 0 and 1 or of bytes; any where something may be lost.
    /// </param>
    /// <param name="images">At least one, of the run's shape.</param>
    /// <param name="seed">Decides pixels that are drawn, as <c>evaluate</c> draws them.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told how many images are done, by any thread; or null.</param>
    /// <exception cref="UserException">The model compresses nothing, an image has other numbers, or the file cannot be written.</exception>
    public static CompressionReport Compress(
        string path, IDevice device, TrainedModel trained, ImageSet images, ulong seed, CompressionOptions? options = null,
        Action<int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(images);
        return Make(path, device, trained, images, seed, options ?? new CompressionOptions(), progress);
    }

    /// <summary>
    /// What a file would take of the first images without the model, as one block: of at most <see cref="MostEstimated"/>, and of fewer
    /// where the model is so large that these would take more than some seconds. Nothing is written.
    /// </summary>
    /// <param name="device">Where the run's model is.</param>
    /// <param name="trained">The run.</param>
    /// <param name="images">At least one, of the run's shape.</param>
    /// <param name="seed">Decides pixels that are drawn.</param>
    /// <returns>Null of a run whose images cannot be compressed.</returns>
    public static CompressionReport? Estimate(IDevice device, TrainedModel trained, ImageSet images, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(images);
        if (!CanonicalModel.TakesImages(trained.Model))
            return null;
        double flops = trained.Configuration.PlanLayers(images.Shape).Sum(layer => layer.Size.Flops);
        int count = (int)Math.Clamp(EstimatedFlops / flops, 1, Math.Min(images.Count, MostEstimated));
        var options = new CompressionOptions { BlockSize = count, Threads = 1, IsModelApart = true };
        try
        {
            return Make(null, device, trained, images.Take(count), seed, options, progress: null);
        }
        catch (UserException)
        {
            // Numbers that are no pixels of this model, or layers that the coder does not know: Compress says which.
            return null;
        }
    }

    private static CompressionReport Make(
        string? path, IDevice device, TrainedModel trained, ImageSet images, ulong seed, CompressionOptions options, Action<int>? progress)
    {
        trained.RequireShape(images, "the images");
        NamedTensor[] tensors = ParameterTensors.Copy(device, trained.Model.Parameters);
        if (options.Lossy is not null)
        {
            LossyModel decoder = ModelOf(trained, image => LossyModel.Of(trained.Configuration, image, tensors));
            long bytes = (long)images.Count * images.Dimensions;
            return new LossyCompressor(device, trained, decoder, tensors, null).Compress(path!, images, seed, null, bytes, options, progress);
        }
        CanonicalModel model = ModelOf(trained, image => CanonicalModel.Of(trained.Configuration, image, tensors));
        byte[] symbols = Symbols(device, trained, (IPixelModel)model.Pixels, images, seed);
        long original = model.Kind == PixelKind.Bernoulli ? ((long)symbols.Length + 7) / 8 : symbols.Length;
        return Write(path, trained, tensors, model, null, symbols, original, options, progress);
    }

    /// <summary>A run's model in canonical arithmetic.</summary>
    /// <param name="trained">The run.</param>
    /// <param name="make">Makes it for an example.</param>
    /// <exception cref="UserException">It is none that compresses; the message names the run.</exception>
    internal static TModel ModelOf<TModel>(TrainedModel trained, Func<Shape, TModel> make)
    {
        try
        {
            return make(new Shape(trained.Height, trained.Width, trained.Channels));
        }
        catch (UserException exception)
        {
            throw new UserException($"{trained.Folder.FullPath}: {exception.Message}", exception);
        }
    }

    /// <summary>Compresses symbols, and writes the file.</summary>
    /// <param name="path">The file; null to write none.</param>
    /// <param name="trained">The run.</param>
    /// <param name="tensors">Its weights.</param>
    /// <param name="model">The same in canonical arithmetic.</param>
    /// <param name="table">The columns of a table; null for images.</param>
    /// <param name="symbols">(n, <see cref="CanonicalModel.ExampleBytes"/>).</param>
    /// <param name="original">Bytes that the data take uncompressed.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Is told how many examples are done, by any thread; or null.</param>
    internal static CompressionReport Write(
        string? path, TrainedModel trained, NamedTensor[] tensors, CanonicalModel model, TableLayout? table, byte[] symbols, long original,
        CompressionOptions options, Action<int>? progress)
    {
        CodedBlock[] blocks = Compress(model, symbols, options, progress);
        int dimensions = table?.Columns.Count ?? model.Pixels.CountOf(model.Image);
        var writer = new CompressedFileWriter(
            trained, tensors, blocks, symbols, model.ExampleBytes, dimensions, model.Kind, model.LogScale)
        { Table = table };
        return writer.Write(path, original, options);
    }

    /// <summary>Refuses blocks that nobody could restore.</summary>
    /// <param name="options">Which say how large they are.</param>
    /// <param name="exampleBytes">Bytes of an example's symbols.</param>
    /// <exception cref="UserException">They are too large.</exception>
    internal static void RequireBlocks(CompressionOptions options, int exampleBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BlockSize, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1, nameof(options));
        if ((long)options.BlockSize * exampleBytes > CompressedHeader.MostBlockNumbers)
        {
            throw new UserException(
                $"a block of {options.BlockSize} examples of {exampleBytes} bytes is over the limit of {CompressedHeader.MostBlockNumbers}; "
                + $"take blocks of at most {Math.Max(1, CompressedHeader.MostBlockNumbers / exampleBytes)}");
        }
    }

    private static CodedBlock[] Compress(CanonicalModel model, byte[] symbols, CompressionOptions options, Action<int>? progress)
    {
        RequireBlocks(options, model.ExampleBytes);
        int dimensions = model.ExampleBytes;
        int length = options.BlockSize * dimensions, done = 0;
        var buckets = new LatentBuckets(options.BucketBits);
        var blocks = new CodedBlock[((symbols.Length - 1) / length) + 1];
        Parallel.For(
            0, blocks.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads },
            () => new BlockCoder(model, buckets), (number, _, coder) =>
            {
                ReadOnlySpan<byte> part = symbols.AsSpan(CompressedFileWriter.PartOf(number, symbols.Length, length));
                blocks[number] = coder.Compress(part);
                progress?.Invoke(Interlocked.Add(ref done, part.Length / dimensions));
                return coder;
            },
            _ => { });
        return blocks;
    }

    /// <summary>What the model sees of the images, as symbols of its pixels.</summary>
    private static byte[] Symbols(IDevice device, TrainedModel trained, IPixelModel pixels, ImageSet images, ulong seed)
    {
        int dimensions = images.Dimensions;
        if ((long)images.Count * dimensions > Array.MaxLength)
            throw new UserException($"{images.Count} images of {dimensions} numbers are over the limit of {Array.MaxLength} numbers");
        var symbols = new byte[images.Count * dimensions];
        // The batches of evaluate, so that drawn pixels are the same.
        using var batches = new ImageBatches(device, images, trained.Model.Capacity, trained.Encoding, seed);
        var batch = new float[batches.LargestBatch * dimensions];
        int at = 0;
        foreach (View<float> x in batches.Each())
        {
            int length = (int)x.Length;
            device.Download(x, batch.AsSpan(0, length));
            foreach (float value in batch.AsSpan(0, length))
            {
                int symbol = pixels.SymbolOf(value);
                if (symbol < 0)
                    throw Unsuited(trained, pixels, at / dimensions, value);
                symbols[at++] = (byte)symbol;
            }
        }
        return symbols;
    }

    private static UserException Unsuited(TrainedModel trained, IPixelModel pixels, int image, float value) => new(
        FormattableString.Invariant($"{trained.Folder.FullPath}: image {image} has the number {value:G5}, and ") + (pixels.Symbols == 2
            ? "this model knows pixels of 0 and 1 alone; train with --binarize threshold or dynamic, which compress what they make of a "
                + "pixel, or with --likelihood logistic, which compresses bytes"
            : "this model knows bytes alone, 0 … 255 divided by 255; give such data"));
}
