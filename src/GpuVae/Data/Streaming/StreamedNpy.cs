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
        if (settings.Columns.Count + settings.Drop.Count > 0 || settings.LabelColumn is not (null or NumpyReader.NoLabels)
            || ImageOf(header, settings) is not Shape image || MemoryLimit.OfStream(settings.DataMemory, header.Count) is not long memory)
        {
            file.Position = 0;
            return null;
        }
        RequireLength(file, header, path);
        MemoryLimit.TellStream(settings.Tell, path, header.Count, settings.DataMemory, memory);
        var stream = new FileBytes(path, start, header.Shape[0], image.Size, memory);
        RefuseBinary(path, stream);
        var images = new ImageSet(stream, image.Height, image.Width, image.Channels);
        PixelReport.Tell(settings.Tell, images, test: null);
        return images;
    }

    /// <summary>A picture of an array; null where it holds none, or pixels would have to be put into another order.</summary>
    public static Shape? ImageOf(NpyHeader header, DataSettings settings) =>
        header is not { Kind: 'u', Size: 1, IsFortran: false } || header.Shape.Contains(0) ? null : header.Shape switch
        {
            [_, int pixels] when settings.ImageSize is { } size && pixels == size.Height * size.Width => new Shape(size.Height, size.Width, 1),
            [_, int height, int width] => new Shape(height, width, 1),
            [_, int height and not (1 or 3 or 4), int width, int channels and (1 or 3)] => new Shape(height, width, channels),
            _ => null,
        };

    /// <summary>Refuses a file that does not have as many numbers as it promises.</summary>
    /// <param name="file">At the first of them.</param>
    /// <param name="header">What promises.</param>
    /// <param name="path">For the message.</param>
    /// <exception cref="DataException">It has more or less.</exception>
    public static void RequireLength(FileStream file, NpyHeader header, string path)
    {
        long found = file.Length - file.Position;
        if (found != header.Count)
        {
            throw new DataException(
                $"{path}: {(found < header.Count ? "truncated" : "bytes follow")}: the header promises {header.Count} bytes of numbers, and "
                + $"{found} are there; save it again with numpy.save");
        }
    }

    /// <summary>Refuses bytes that are numbers 0 and 1, and would be shades of black.</summary>
    /// <param name="path">For the message.</param>
    /// <param name="bytes">All of them.</param>
    /// <exception cref="DataException">They are.</exception>
    public static void RefuseBinary(string path, StreamedBytes bytes)
    {
        if (bytes.Summary.AreOnly(0, 1) && bytes.Summary.Brightest == 1)
        {
            throw new DataException(
                $"{path}: the bytes are 0 and 1 only, and those of pictures that stay in their file, or of a folder of files, go from 0 to 255; "
                + "multiply them by 255");
        }
    }
}
