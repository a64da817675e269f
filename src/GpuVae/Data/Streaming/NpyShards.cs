using GpuVae.Files;
using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>
/// A folder of .npy files with pictures of one size, uint8 of (N, height, width) or (N, height, width, channels), as a data format: one set, in
/// the natural order of their names. Labels are not looked for.
/// </summary>
internal sealed class NpyShards : IDataFormat
{
    private const string Ending = ".npy";

    /// <inheritdoc/>
    public string Name => "npy-shards";

    /// <inheritdoc/>
    public string Summary => "a folder of .npy files with pictures of one size";

    /// <inheritdoc/>
    public bool Recognizes(string path) => Directory.Exists(path) && Files(path).Length > 0;

    /// <inheritdoc/>
    public (ImageSet Train, ImageSet? Test) Read(string path, DataSettings settings)
    {
        string[] files = Files(path);
        string? option = settings switch
        {
            { Array: not null } => "--array",
            { Columns.Count: > 0 } => "--columns",
            { Drop.Count: > 0 } => "--drop",
            { LabelColumn: not (null or NumpyReader.NoLabels) } => "--label-column",
            _ => null,
        };
        if (option is not null)
            throw new DataException($"{path}: {option}: the .npy files of a folder hold pictures alone, without names or labels; leave {option} out");
        var shards = new List<(string Path, long Start, int Count)>();
        Shape image = default;
        foreach (string file in files)
        {
            (Shape shape, long start, int count) = Open(file, settings);
            if (shards.Count > 0 && shape != image)
            {
                throw new DataException(
                    $"{file}: pictures of {shape}, and those of {files[0]} are {image}; the files of a folder need pictures of one size");
            }
            image = shape;
            shards.Add((file, start, count));
        }
        decimal bytes = shards.Sum(shard => (decimal)shard.Count * image.Size);
        long? memory = MemoryLimit.OfStream(settings.DataMemory, bytes);
        if (shards.Sum(shard => (long)shard.Count) > int.MaxValue)
            throw new DataException($"{path}: more than {int.MaxValue} pictures; give some of the files");
        JoinedBytes all = Join(path, shards, image.Size, memory ?? long.MaxValue);
        if (memory is long limit)
            MemoryLimit.TellStream(settings.Tell, path, bytes, settings.DataMemory, limit);
        StreamedNpy.RefuseBinary(path, all);
        ImageSet images;
        if (memory is null)
        {
            byte[] pixels = HostArray.Allocate<byte>((int)bytes);
            all.Read(0, pixels);
            images = new ImageSet(pixels, null, image.Height, image.Width, image.Channels);
        }
        else
        {
            images = new ImageSet(all, image.Height, image.Width, image.Channels);
        }
        PixelReport.Tell(settings.Tell, images, test: null);
        return (images, null);
    }

    private static JoinedBytes Join(string path, List<(string Path, long Start, int Count)> shards, int length, long memory)
    {
        const int TooManyOpen = 24; // EMFILE of Linux and macOS
        var opened = new List<FileStream>();
        try
        {
            shards.ForEach(shard => opened.Add(InputFile.Open(shard.Path)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What tells of it has files to open as well.
            opened.ForEach(file => file.Dispose());
            string fault = exception.HResult == TooManyOpen
                ? $"{shards.Count} files are more than this process may have open at a time; join some of them, or raise the limit (ulimit -n)"
                : $"{shards[opened.Count].Path} cannot be opened: {InputFile.Reason(exception)}";
            throw new DataException($"{path}: {fault}", exception);
        }
        return new JoinedBytes(
            memory, [.. shards.Zip(opened, (shard, file) => new FileBytes(shard.Path, file, shard.Start, shard.Count, length, memory))]);
    }

    private static (Shape Image, long Start, int Count) Open(string path, DataSettings settings)
    {
        try
        {
            using FileStream file = InputFile.Open(path);
            if (file.Length == 0)
                throw new DataException($"{path}: there is nothing in it; leave it out of the folder, or save it again");
            PictureCache.Refuse(file, path);
            var header = NpyHeader.Read(file, path);
            if (header.Shape.Contains(0))
                throw new DataException($"{path}: there are no pictures in it; leave it out of the folder");
            if (StreamedNpy.ImageOf(header, settings) is not Shape image)
            {
                throw new DataException(
                    $"{path}: holds ({string.Join(", ", header.Shape)}) of {header.Kind}{header.Size}, and a folder of .npy files is read as uint8 of "
                    + "(N, height, width) or (N, height, width, 1 or 3) in C order; give the file by itself");
            }
            StreamedNpy.RequireLength(file, header, path);
            return (image, file.Position, header.Shape[0]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {InputFile.Reason(exception)}", exception);
        }
    }

    private static string[] Files(string folder)
    {
        try
        {
            return [.. Directory.GetFiles(folder, "*" + Ending).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(NaturalOrder.Instance)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
