using GpuVae.Data;

namespace GpuVae.Imaging;

/// <summary>Reads single image files as examples for a model.</summary>
public static class ImageReader
{
    /// <summary>Reads a PNG, JPEG or WebP file, grey or in colours as the model has it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="height">Rows that it has to have, in pixels.</param>
    /// <param name="width">Columns that it has to have, in pixels.</param>
    /// <param name="channels">1 for grey (colours by their luma), 3 for red, green and blue.</param>
    /// <returns>A set of one image without a label.</returns>
    /// <exception cref="UserException">The file is missing, damaged, no picture, or of another size.</exception>
    public static ImageSet Read(string path, int height, int width, int channels)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var file = new ImageFile(path);
        if ((file.Height, file.Width) != (height, width))
        {
            throw new UserException(
                $"{path}: {file.Height}×{file.Width} pixels, and the model takes {height}×{width}; resize the picture");
        }
        return new ImageSet(file.Decode(coloured: channels == 3, size: null).Pixels, null, height, width, channels);
    }
}
