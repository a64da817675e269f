using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>Pictures of a .npy file that stay there: uint8 of (N, height, width) or (N, height, width, channels) in C order.</summary>
internal static class StreamedNpy
{
    /// <summary>Opens them where they are more than memory is to hold.</summary>
    /// <param name="file">At its start, where it is afterwards too.</param>
    /// <param name="settings">The path, and how much memory there is.</param>
    /// <returns>Null where they are not too many, and where the array is of another kind, which is read as a whole or refused.</returns>
    /// <exception cref="DataException">The file is damaged, or the bytes are 0 and 1.</exception>
    public static ImageSet? Open(FileStream file, DataSettings settings)
    {
        string path = settings.Data;
        var header = NpyHeader.Read(file, path);
        long start = file.Position;
        file.Position = 0;
        if (header is not { Kind: 'u', Size: 1, IsFortran: false } || settings.Columns.Count + settings.Drop.Count > 0 || settings.LabelColumn is not (null or NumpyReader.NoLabels)
            || ShapeOf(header.Shape, settings) is not Shape image || MemoryLimit.OfStream(settings.DataMemory, header.Count) is not long memory)
        {
            return null;
        }
        if (file.Length - start != header.Count)
        {
            throw new DataException(
                $"{path}: {(file.Length - start < header.Count ? "truncated" : "bytes follow")}: the header promises {header.Count} bytes of "
                + $"numbers, and {file.Length - start} are there; save it again with numpy.save");
        }
        MemoryLimit.TellStream(settings.Tell, path, header.Count, memory);
        var stream = new FileBytes(path, start, header.Shape[0], image.Size, memory);
        if (stream.Summary.AreOnly(0, 1) && stream.Summary.Brightest == 1)
        {
            throw new DataException(
                $"{path}: the bytes are 0 and 1 only, and as pixels of a file that is too large for memory they go from 0 to 255; multiply "
                + "them by 255");
        }
        var images = new ImageSet(stream, image.Height, image.Width, image.Channels);
        PixelReport.Tell(settings.Tell, images, test: null);
        return images;
    }

    /// <summary>An example; null where pixels would have to be put into another order, or are none.</summary>
    private static Shape? ShapeOf(int[] sizes, DataSettings settings) => sizes switch
    {
        _ when sizes.Contains(0) => null,
        [_, int pixels] when settings.ImageSize is { } size && pixels == size.Height * size.Width => new Shape(size.Height, size.Width, 1),
        [_, int height, int width] => new Shape(height, width, 1),
        [_, int height and not (1 or 3 or 4), int width, int channels and (1 or 3)] => new Shape(height, width, channels),
        _ => null,
    };
}
