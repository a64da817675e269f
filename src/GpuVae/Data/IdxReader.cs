namespace GpuVae.Data;

/// <summary>
/// Reads IDX, the format of MNIST and its relatives: a big-endian magic number <c>00 00 type dimensions</c>, one
/// 32-bit size for each dimension, then the elements. Type 08, unsigned bytes, is read; images have three
/// dimensions (N, height, width), labels have one (N). Gzip is recognised by its first bytes, not by the file's name.
/// </summary>
/// <remarks>
/// Every size is compared with the length of the file before memory is taken for it. Offsets in messages count
/// in the IDX data, that is, behind the decompression.
/// </remarks>
public static class IdxReader
{
    /// <summary>Unsigned bytes in three dimensions.</summary>
    public const uint ImageMagic = 0x00000803;

    /// <summary>Unsigned bytes in one dimension.</summary>
    public const uint LabelMagic = 0x00000801;

    /// <summary>Reads images (N, height, width).</summary>
    /// <param name="path">A plain or gzip IDX file.</param>
    /// <returns>The images, without labels.</returns>
    /// <exception cref="DataException">The file cannot be read or is damaged; the message says where.</exception>
    public static ImageSet ReadImages(string path) => Read(path, file =>
    {
        ExpectMagic(file, ImageMagic, "images");
        int count = ReadDimension(file, "images", "the file holds no images");
        int height = ReadDimension(file, "rows in an image", "an image has 0 rows");
        int width = ReadDimension(file, "columns in an image", "an image has 0 columns");
        long dimensions = (long)height * width;
        if (dimensions > Array.MaxLength || count > Array.MaxLength / dimensions)
        {
            throw file.Fault(
                4,
                $"{count} images of {height}×{width} pixels are over the limit of {Array.MaxLength} bytes");
        }
        return new ImageSet(file.ReadToEnd((int)(count * dimensions)), labels: null, height, width);
    });

    /// <summary>Reads labels (N).</summary>
    /// <param name="path">A plain or gzip IDX file.</param>
    /// <returns>A byte for each image.</returns>
    /// <exception cref="DataException">The file cannot be read or is damaged; the message says where.</exception>
    public static byte[] ReadLabels(string path) => Read(path, file =>
    {
        ExpectMagic(file, LabelMagic, "labels");
        int count = ReadDimension(file, "labels", "the file holds no labels");
        if (count > Array.MaxLength)
            throw file.Fault(4, $"{count} labels are over the limit of {Array.MaxLength}");
        return file.ReadToEnd(count);
    });

    private static T Read<T>(string path, Func<IdxFile, T> read)
    {
        try
        {
            using var file = new IdxFile(path);
            return read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static void ExpectMagic(IdxFile file, uint expected, string what)
    {
        uint magic = file.ReadUInt32();
        if (magic == expected)
            return;
        string found = magic switch
        {
            ImageMagic => " (images)",
            LabelMagic => " (labels)",
            _ when magic >> 16 == 0 && (magic >> 8) is >= 0x09 and <= 0x0E => " (IDX, but not of unsigned bytes)",
            _ => "",
        };
        throw file.Fault(0, $"the magic number is 0x{magic:x8}{found}, and {what} have 0x{expected:x8}");
    }

    private static int ReadDimension(IdxFile file, string what, string zero)
    {
        long offset = file.Offset;
        uint size = file.ReadUInt32();
        return size switch
        {
            0 => throw file.Fault(offset, zero),
            > int.MaxValue => throw file.Fault(offset, $"{size} {what} are more than the format can mean"),
            _ => (int)size,
        };
    }
}
