namespace GpuVae.Imaging;

/// <summary>
/// Reads image files and draws the pictures of a run. The library does neither by itself: the package GpuVae.Imaging does both,
/// and a program that trains on tables needs none of it.
/// </summary>
public interface IImageBackend
{
    /// <summary>Opens an image file and reads its header.</summary>
    /// <param name="path">A file of one of the <see cref="ImageFormats"/>.</param>
    /// <exception cref="UserException">The file is missing, or no picture.</exception>
    IImageFile Open(string path);

    /// <summary>The same of a file in memory.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="bytes">All of it.</param>
    /// <exception cref="UserException">It is no picture.</exception>
    IImageFile Open(string name, byte[] bytes);

    /// <summary>Writes a picture as a PNG file, which is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="picture">What it shows.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    void Write(string path, RasterImage picture);

    /// <summary>
    /// Writes examples as a PNG file: images as a grid of images, series as curves. A file of that name is replaced whole or not
    /// at all.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="examples">(rows·columns, height·width·channels).</param>
    /// <param name="rows">Examples in a column.</param>
    /// <param name="columns">Examples in a row.</param>
    /// <param name="shape">Rows, columns and channels of an example; one with a single row is a series.</param>
    /// <param name="labels">What is written beside and below them.</param>
    /// <param name="canvas">What was returned before, so that the memory of a grid is taken once; null at first.</param>
    /// <returns>The grid that was drawn, or <paramref name="canvas"/> where it was curves.</returns>
    /// <exception cref="UserException">The file cannot be written.</exception>
    RasterImage? WriteExamples(
        string path, ReadOnlySpan<float> examples, int rows, int columns, (int Height, int Width, int Channels) shape,
        PictureLabels labels, RasterImage? canvas);

    /// <summary>Writes picture files one after the other as a WebP file that plays, which is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="pictures">The files; those of another size than the first are left out.</param>
    /// <param name="duration">How long a picture stays; the last stays longer.</param>
    /// <exception cref="UserException">A picture cannot be read, or the file not be written.</exception>
    void WriteAnimation(string path, IReadOnlyList<string> pictures, TimeSpan duration);

    /// <summary>Plots the losses over the epochs as a PNG file, which is replaced whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="epochs">At least one. A loss that is not finite has no point.</param>
    /// <param name="unit">What a loss is counted in, for the axis.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    void WriteLosses(string path, IReadOnlyList<LossPoint> epochs, string unit);
}

/// <summary>An image file that is open; its pixels are read by decoding it.</summary>
public interface IImageFile : IDisposable
{
    private const double LargestRounding = 1.02;

    /// <summary>Columns, in pixels.</summary>
    int Width { get; }

    /// <summary>Rows, in pixels.</summary>
    int Height { get; }

    /// <summary>Whether the file has 16 bits a channel, of which the lower 8 are dropped.</summary>
    bool IsReduced { get; }

    /// <summary>Whether something of the background shows through the picture that was decoded.</summary>
    bool IsTransparent { get; }

    /// <summary>Whether the picture that was decoded had colours that grey does not show.</summary>
    bool LosesColours { get; }

    /// <summary>Reads the pixels.</summary>
    /// <param name="coloured">True for red, green and blue; else grey, colours by their luma (ITU-R BT.601).</param>
    /// <param name="size">The size to draw it at, or null for its own.</param>
    /// <param name="background">What shows through where it is transparent.</param>
    /// <exception cref="UserException">The picture is damaged.</exception>
    RasterImage Decode(bool coloured, (int Height, int Width)? size, PictureBackground background);

    /// <summary>Whether drawing it at a size changes its proportions by more than rounding to whole pixels does.</summary>
    /// <param name="height">Rows to draw it at.</param>
    /// <param name="width">Columns to draw it at.</param>
    sealed bool IsStretchedTo(int height, int width)
    {
        double stretch = (double)width * Height / ((double)height * Width);
        return Math.Max(stretch, 1 / stretch) > LargestRounding
            && Math.Abs(((double)Width * height / Height) - width) >= 1 && Math.Abs(((double)Height * width / Width) - height) >= 1;
    }
}
