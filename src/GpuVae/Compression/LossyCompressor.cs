using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>
/// Compresses the codes of examples and not the examples: their mean codes in steps, and of these symbols what their frequencies
/// take. Steps are as wide as a target allows, and as the decoder tells codes apart.
/// </summary>
/// <param name="device">Where the run's model is.</param>
/// <param name="trained">The run.</param>
/// <param name="model">Its decoder in canonical arithmetic.</param>
/// <param name="tensors">Its weights.</param>
/// <param name="table">The columns of a table; null for images.</param>
internal sealed class LossyCompressor(
    IDevice device, TrainedModel trained, LossyModel model, NamedTensor[] tensors, TableLayout? table)
{
    // The search looks at some examples: where all together miss the target, it is asked for a little less or more.
    private const double Near = 0.005;
    private const int MostRepeats = 4;
    private const double Margin = 1e-3;

    private const int FewestDigits = 3;
    private const int MostDigits = 9;

    private readonly int _dimensions = model.Image.Size;
    private readonly int _numbers = table?.Numbers.Count ?? model.Image.Size;

    /// <summary>Writes the file.</summary>
    /// <param name="path">It; one of that name is replaced whole or not at all.</param>
    /// <param name="images">As the model sees them, at least one.</param>
    /// <param name="seed">Decides pixels that are drawn.</param>
    /// <param name="given">(n, symbols of an example) of a table; null of images.</param>
    /// <param name="original">Bytes that the data take uncompressed.</param>
    /// <param name="options">How; with a target.</param>
    /// <param name="progress">
    /// Is told how many examples are done, by any thread, from 0 on once steps are found and again where they are others; or null.
    /// </param>
    /// <exception cref="UserException">The target cannot be met.</exception>
    public CompressionReport Compress(
        string path, ImageSet images, ulong seed, byte[]? given, long original, CompressionOptions options, Action<int>? progress)
    {
        ImageCompressor.RequireBlocks(options, model.ExampleBytes);
        using var codec = new Codec(device, trained.Model, trained.Encoding, seed);
        float[] x = codec.EncoderInputs(images), codes = codec.Encode(images);
        if (table is null && Array.Exists(x, value => value is not (>= 0 and <= 1)))
        {
            throw Fault(
                "has data outside of 0 … 1, which are no pixels; rows of them are compressed with a run of --likelihood gaussian or laplace");
        }
        if (!Array.TrueForAll(codes, float.IsFinite))
            throw Fault("gives codes that are no numbers");
        var units = new QuantizationSearch(
            codes, trained.Model.Units, x, _dimensions, _numbers, (z, rebuilt) => Rebuild(codec, z, rebuilt))
        { CountsSteps = true };
        double codeError = units.CodeError();
        QuantizationSearch[] searches = units.Turned() is { } turned ? [units, turned] : [units];
        CompressedFileWriter writer = options.Lossy is { IsSquaredError: true } target
            ? ToError(target.Value, searches, codeError, x, options, progress)
            : ToBits(options.Lossy!.Value.Value, searches, original, options, progress);
        (double error, double largest) = Errors(writer.Restored, x);
        return writer.Write(path, original, options) with
        {
            Lossy = new LossyReport(
                error, largest, codeError, writer.Steps!.Units.Count(unit => unit.Levels > 1), trained.Model.Units,
                given is null ? null : WrongWords(given, writer.Restored)),
        };
    }

    /// <summary>The fewest bits with at most so much error.</summary>
    private CompressedFileWriter ToError(
        double most, QuantizationSearch[] searches, double codeError, float[] x, CompressionOptions options, Action<int>? progress)
    {
        if (_numbers == 0)
            throw Fault("has columns of words alone, which have no squared error; say with --lossy how many bits a row may take");
        QuantizationSearch best = searches.MinBy(search =>
            search.ScaleOfError(most) is double scale ? search.Bits(search.Fit(scale)!, options.BlockSize) : double.PositiveInfinity)!;
        CompressedFileWriter? file = null;
        double asked = most;
        for (int i = 0; i < MostRepeats && best.ScaleOfError(asked) is double scale; i++)
        {
            CompressedFileWriter writer = Code(best.Quantize(best.Fit(scale)!), best.Count, options, progress);
            double error = Errors(writer.Restored, x).Mean;
            if (error <= most)
                file = writer;
            if (error <= most && error >= most * (1 - Near))
                break;
            asked *= most / error * (error > most ? 1 - (Near / 2) : 1);
        }
        // Some examples may be further away than all: then the finest steps may be near enough.
        for (int i = 0; i < searches.Length && file is null && codeError <= most; i++)
        {
            UnitQuantizer[] finest = searches[i].Fit(searches[i].ScaleOfBits(double.PositiveInfinity, options.BlockSize)!.Value)!;
            CompressedFileWriter writer = Code(searches[i].Quantize(finest), searches[i].Count, options, progress);
            if (Errors(writer.Restored, x).Mean <= most)
                file = writer;
        }
        (string left, string wanted) = ToldApart(codeError, most);
        return file ?? throw Fault($"leaves a squared error of {left} a number with codes that are not rounded, and {wanted} is asked for; ask for more, or train one that rebuilds better: longer (--epochs), wider (--hidden) or with a longer code (--latent)");
    }

    /// <summary>The least error with at most so many bits.</summary>
    private CompressedFileWriter ToBits(
        double most, QuantizationSearch[] searches, long original, CompressionOptions options, Action<int>? progress)
    {
        int count = searches[0].Count, width = trained.Model.Units;
        // A file without steps has its header, its index and empty blocks.
        UnitQuantizer[] none = [.. Enumerable.Repeat(new UnitQuantizer(0, 1, 0, 0, 1), width)];
        double empty = Bits(Code((new CodeSteps(width, none, null), new int[count * width]), count, options, null))
            - (8.0 * width * UnitQuantizer.Length);
        double budget = (most * count) - empty;
        QuantizationSearch best = searches.MinBy(search =>
            search.ScaleOfBits(budget, options.BlockSize) is double scale ? search.Error(search.Fit(scale)!) : double.PositiveInfinity)!;
        while (best.ScaleOfBits(budget, options.BlockSize) is double scale)
        {
            CompressedFileWriter writer = Code(best.Quantize(best.Fit(scale)!), count, options, progress);
            double excess = Bits(writer) - (most * count);
            if (excess <= 0)
                return writer;
            // What some codes take says nearly what all do.
            budget -= Math.Max(excess, budget * Margin) + 1;
        }
        throw Fault(FormattableString.Invariant(
            $"is asked for {most:G6} bits an example, and header and index alone take {empty / count:F1} of them; ask for more, or compress more examples at once"));

        double Bits(CompressedFileWriter writer) => 8.0 * writer.Write(null, original, options).DataBytes;
    }

    /// <summary>All blocks, and what is restored of them.</summary>
    private CompressedFileWriter Code(
        (CodeSteps Steps, int[] Symbols) quantized, int count, CompressionOptions options, Action<int>? progress)
    {
        LossyModel stepped = model with { Steps = quantized.Steps };
        int width = quantized.Steps.Units.Count, blockCount = ((count - 1) / options.BlockSize) + 1, done = 0;
        var blocks = new CodedBlock[blockCount];
        var restored = new byte[checked(count * model.ExampleBytes)];
        progress?.Invoke(0);
        Parallel.For(
            0, blockCount, new ParallelOptions { MaxDegreeOfParallelism = options.Threads }, () => new QuantizedCoder(stepped),
            (number, _, coder) =>
            {
                int first = number * options.BlockSize, examples = Math.Min(options.BlockSize, count - first);
                blocks[number] = coder.Compress(quantized.Symbols.AsSpan(first * width, examples * width));
                coder.Restore(blocks[number].Payload, examples, supplied: 0).CopyTo(restored.AsSpan(first * model.ExampleBytes));
                progress?.Invoke(Interlocked.Add(ref done, examples));
                return coder;
            },
            _ => { });
        return new CompressedFileWriter(
            trained, tensors, blocks, restored, model.ExampleBytes, table?.Columns.Count ?? _dimensions, model.Kind, model.LogScale)
        {
            Table = table,
            Steps = quantized.Steps,
        };
    }

    /// <summary>What a file restores of codes, as the model sees it.</summary>
    private void Rebuild(Codec codec, float[] codes, float[] rebuilt)
    {
        float[] outputs = codec.DecodeOutputs(codes);
        int count = rebuilt.Length / _dimensions, width = outputs.Length / count;
        var symbols = new byte[model.ExampleBytes];
        for (int row = 0; row < count; row++)
        {
            model.Reconstruction.Reconstruct(outputs.AsSpan(row * width, width), symbols);
            model.Reconstruction.See(symbols, rebuilt.AsSpan(row * _dimensions, _dimensions));
        }
    }

    private (double Mean, double Largest) Errors(byte[] restored, float[] x)
    {
        double sum = 0, largest = 0;
        var seen = new float[_dimensions];
        int count = restored.Length / model.ExampleBytes;
        for (int row = 0; row < count; row++)
        {
            model.Reconstruction.See(restored.AsSpan(row * model.ExampleBytes, model.ExampleBytes), seen);
            ReadOnlySpan<float> numbers = x.AsSpan(row * _dimensions, _numbers);
            sum += QuantizationSearch.SquaredDistance(numbers, seen.AsSpan(0, _numbers));
            for (int i = 0; i < numbers.Length; i++)
                largest = Math.Max(largest, Math.Abs(numbers[i] - seen[i]));
        }
        return (_numbers == 0 ? 0 : sum / ((double)count * _numbers), largest);
    }

    /// <summary>The part of words and marks that are others than those given; null where there are none.</summary>
    private double? WrongWords(byte[] given, byte[] restored)
    {
        int first = table!.Numbers.Count * sizeof(int), end = first + ((table.Starts.Count - 1) * sizeof(int)), wrong = 0, all = 0;
        for (int row = 0; row < given.Length; row += model.ExampleBytes)
        {
            for (int at = row + first; at < row + end; at += sizeof(int))
            {
                wrong += given.AsSpan(at, sizeof(int)).SequenceEqual(restored.AsSpan(at, sizeof(int))) ? 0 : 1;
                all++;
            }
        }
        return all == 0 ? null : (double)wrong / all;
    }

    /// <summary>Two numbers in as few digits as tell them apart, from three on.</summary>
    private static (string One, string Other) ToldApart(double one, double other)
    {
        for (int digits = FewestDigits; ; digits++)
        {
            string first = Text(one), second = Text(other);
            if (first != second || digits == MostDigits)
                return (first, second);

            string Text(double number) => number.ToString($"G{digits}", CultureInfo.InvariantCulture);
        }
    }

    private UserException Fault(string what) => new($"{trained.Folder.FullPath}: {what}");
}
