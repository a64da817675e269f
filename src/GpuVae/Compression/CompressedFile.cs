using System.IO.Hashing;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;

namespace GpuVae.Compression;

/// <summary>A block of a compressed file.</summary>
/// <param name="Number">From 0.</param>
/// <param name="FirstImage">Images before it.</param>
/// <param name="Images">Images in it.</param>
/// <param name="Bytes">What it takes.</param>
public sealed record CompressedBlock(int Number, int FirstImage, int Images, int Bytes);

/// <summary>What was restored of a compressed file.</summary>
/// <param name="Pixels">
/// (n, D), a byte for each number: 0 … 255, or 0 and 255 where numbers are 0 and 1; of a table what <see cref="CompressedTable"/> reads.
/// </param>
/// <param name="Images">Which images of the file they are, in their order, from 0.</param>
/// <param name="Damaged">What is wrong with blocks that are not in it, one for each.</param>
public sealed record RestoredImages(byte[] Pixels, int[] Images, IReadOnlyList<CompressedFileException> Damaged);

/// <summary>A file that <see cref="ImageCompressor"/> has written. Any number of threads may read it at once.</summary>
public sealed class CompressedFile
{
    private readonly CompressedHeader _header;
    private readonly long[] _offsets;
    private Restorers? _model;

    private CompressedFile(string path, CompressedHeader header, Restorers? model)
    {
        FullPath = path;
        _header = header;
        _model = model;
        Table = header.Table is null ? null : new CompressedTable(header.Table);
        _offsets = new long[header.Blocks.Count];
        long offset = header.Length + header.ModelLength;
        int image = 0;
        var blocks = new CompressedBlock[_offsets.Length];
        for (int i = 0; i < blocks.Length; i++)
        {
            BlockEntry entry = header.Blocks[i];
            blocks[i] = new CompressedBlock(i, image, entry.Images, entry.Length);
            _offsets[i] = offset;
            image += entry.Images;
            offset += entry.Length;
        }
        Blocks = blocks;
    }

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>The blocks in their order.</summary>
    public IReadOnlyList<CompressedBlock> Blocks { get; }

    /// <summary>Images of all blocks.</summary>
    public int Images => _header.Images;

    /// <summary>An example.</summary>
    public Shape Image => _header.Image;

    /// <summary>Whether the model has to be given: see <see cref="TakeModel"/>.</summary>
    public bool NeedsModel => _model is null;

    /// <summary>What the run was called that the file was written with.</summary>
    public string ModelName => _header.ModelName;

    /// <summary>The columns, where the file holds a table; null for images.</summary>
    public CompressedTable? Table { get; }

    /// <summary>Whether examples are near to those that were given, and not the same: their codes were quantised.</summary>
    public bool IsLossy => _header.BucketBits == 0;

    /// <summary>Whether numbers are 0 or 1, and not bytes.</summary>
    public bool IsBinary => _header.Kind == PixelKind.Bernoulli;

    /// <summary>What was trained, which says what lies between the model's numbers and those of the data.</summary>
    /// <exception cref="InvalidOperationException">The model was not given yet.</exception>
    public RunConfiguration Configuration => Model.Configuration;

    /// <summary>Bytes of an example in what is restored.</summary>
    internal int ExampleBytes => _header.ExampleBytes;

    private Restorers Model => _model ?? throw new InvalidOperationException("The model of this file lies elsewhere.");

    /// <summary>Reads header, index and model.</summary>
    /// <exception cref="CompressedFileException">It is no such file, or these are damaged.</exception>
    public static CompressedFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using FileStream stream = InputFile.Open(path);
            var header = CompressedHeader.Read(path, stream);
            // Fewer are the loss of blocks, which are told when they are restored.
            if (stream.Length > header.FileLength)
                throw Damaged(path, $"{stream.Length - header.FileLength} bytes stand behind its last block");
            if (header.IsModelApart)
                return new CompressedFile(path, header, null);
            if (header.ModelLength > stream.Length - stream.Position || header.ModelLength > Array.MaxLength)
                throw Damaged(path, "it ends in its model");
            var content = new byte[header.ModelLength];
            stream.ReadExactly(content);
            return new CompressedFile(path, header, Embedded(path, header, content));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CompressedFileException(
                CompressedFileFault.Unreadable, path, $"cannot be read: {InputFile.Reason(exception)}", exception);
        }
    }

    /// <summary>Takes the model that a file was written with, where it is not in the file.</summary>
    /// <param name="device">Where it is.</param>
    /// <param name="trained">The run.</param>
    /// <exception cref="CompressedFileException">It is another one, or has other weights.</exception>
    public void TakeModel(IDevice device, TrainedModel trained)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        NamedTensor[] tensors = ParameterTensors.Copy(device, trained.Model.Parameters);
        if (new Shape(trained.Height, trained.Width, trained.Channels) != Image || !CanonicalModel.Hash(tensors).AsSpan().SequenceEqual(_header.ModelHash))
        {
            throw new CompressedFileException(
                CompressedFileFault.OtherModel, FullPath,
                $"was written with other weights than those of {trained.Folder.FullPath}; give the run {QuotedText.Quote(ModelName)} "
                + "as it was, or --weights best or last");
        }
        _model = Checked(FullPath, _header, trained.Configuration, tensors);
    }

    /// <summary>Restores a block.</summary>
    /// <param name="block">From 0.</param>
    /// <returns>As of <see cref="RestoredImages.Pixels"/>.</returns>
    /// <exception cref="CompressedFileException">It is damaged; others may be whole.</exception>
    public byte[] RestoreBlock(int block) => Pixels(Restore(block, Model.Create()));

    /// <summary>Restores blocks, or all of them. What is damaged is left out and named.</summary>
    /// <param name="blocks">Their numbers; null for all.</param>
    /// <param name="threads">Blocks that are worked on at a time.</param>
    /// <param name="progress">Is told how many images are done, by any thread; or null.</param>
    public RestoredImages Restore(IReadOnlyList<int>? blocks = null, int threads = 1, Action<int>? progress = null)
    {
        Restorers model = Model;
        int[] asked = [.. blocks ?? Enumerable.Range(0, Blocks.Count)];
        long numbers = asked.Sum(block => (long)Blocks[block].Images * _header.ExampleBytes);
        if (numbers > Array.MaxLength)
            throw new UserException($"{FullPath}: {numbers} numbers are over the limit of {Array.MaxLength}; restore fewer blocks at a time");
        var parts = new byte[asked.Length][];
        var damaged = new CompressedFileException?[asked.Length];
        int done = 0;
        Parallel.For(
            0, asked.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, model.Create,
            (i, _, coder) =>
            {
                try
                {
                    parts[i] = Restore(asked[i], coder);
                }
                catch (CompressedFileException exception)
                {
                    (parts[i], damaged[i]) = ([], exception);
                }
                progress?.Invoke(Interlocked.Add(ref done, Blocks[asked[i]].Images));
                return coder;
            },
            _ => { });
        var symbols = new byte[parts.Sum(part => part.Length)];
        int at = 0;
        foreach (byte[] part in parts)
        {
            part.CopyTo(symbols, at);
            at += part.Length;
        }
        CompressedFileException[] faults = [.. damaged.OfType<CompressedFileException>()];
        if (blocks is null && faults.Length == 0 && Crc32.HashToUInt32(symbols) != _header.RestoredSum)
            throw Damaged(FullPath, "its images together have another checksum than they were written with");
        return new RestoredImages(
            Pixels(symbols),
            [.. asked.Where((_, i) => damaged[i] is null).SelectMany(block => Enumerable.Range(Blocks[block].FirstImage, Blocks[block].Images))],
            faults);
    }

    private static CompressedFileException Damaged(string path, string what, Exception? cause = null) =>
        new(CompressedFileFault.Damaged, path, $"damaged: {what}; take the file from a copy", cause);

    private static Restorers Embedded(string path, CompressedHeader header, byte[] content)
    {
        try
        {
            (RunConfiguration configuration, IReadOnlyList<NamedTensor> tensors) = EmbeddedModel.Read(path, content);
            return CanonicalModel.Hash(tensors).AsSpan().SequenceEqual(header.ModelHash)
                ? Checked(path, header, configuration, tensors)
                : throw new UserException("its model has other weights than its header says");
        }
        catch (Exception exception) when (
            exception is (UserException and not CompressedFileException) or OverflowException or ArgumentException or InvalidOperationException)
        {
            string reason = exception is UserException ? exception.Message : "its model is none";
            throw Damaged(path, reason.StartsWith($"{path}: ", StringComparison.Ordinal) ? reason[(path.Length + 2)..] : reason, exception);
        }
    }

    private static Restorers Checked(
        string path, CompressedHeader header, RunConfiguration configuration, IReadOnlyList<NamedTensor> tensors)
    {
        if (header.BucketBits == 0)
        {
            var lossy = LossyModel.Of(configuration, header.Image, tensors, header.Steps, header.Table);
            return new Restorers(configuration, () => new QuantizedCoder(lossy));
        }
        var model = CanonicalModel.Of(configuration, header.Image, tensors, header.LogScale, header.Table);
        var buckets = new LatentBuckets(header.BucketBits);
        return model.Kind == header.Kind
            ? new Restorers(configuration, () => new BlockCoder(model, buckets))
            : throw Damaged(path, $"its likelihood is {configuration.Likelihood}, and its header says another");
    }

    /// <returns>Symbols of the block's images.</returns>
    private byte[] Restore(int block, IBlockRestorer coder)
    {
        BlockEntry entry = _header.Blocks[block];
        CompressedBlock described = Blocks[block];
        CompressedFileException Fault(string what, Exception? cause = null) => new(
            CompressedFileFault.Damaged, FullPath,
            $"block {block} of {Blocks.Count}, {(Table is null ? "images" : "rows")} {described.FirstImage} to {described.FirstImage + described.Images - 1}: {what}",
            cause);
        try
        {
            byte[] payload;
            using (FileStream stream = InputFile.Open(FullPath))
            {
                if (!_header.IsOf(stream))
                    throw Fault("the file was replaced since it was opened; open it again");
                if (_offsets[block] + entry.Length > stream.Length)
                    throw Fault("the file ends before it does");
                payload = new byte[entry.Length];
                stream.Position = _offsets[block];
                stream.ReadExactly(payload);
            }
            if (Crc32.HashToUInt32(payload) != entry.PayloadSum)
                throw Fault("it has another checksum than it was written with");
            byte[] symbols = coder.Restore(payload, entry.Images, entry.Supplied);
            return Crc32.HashToUInt32(symbols) == entry.RestoredSum
                ? symbols
                : throw Fault("its images have another checksum than they were written with");
        }
        catch (AnsException exception)
        {
            throw Fault($"it does not fit the model: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CompressedFileException(
                CompressedFileFault.Unreadable, FullPath, $"cannot be read: {InputFile.Reason(exception)}", exception);
        }
    }

    private byte[] Pixels(byte[] symbols) => IsBinary ? Array.ConvertAll(symbols, symbol => (byte)(symbol * byte.MaxValue)) : symbols;

    /// <summary>A model that is ready to restore.</summary>
    private sealed record Restorers(RunConfiguration Configuration, Func<IBlockRestorer> Create);
}
