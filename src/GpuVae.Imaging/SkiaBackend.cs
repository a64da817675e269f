namespace GpuVae.Imaging;

/// <summary>
/// Image files and grids by SkiaSharp, curves by ScottPlot. The library finds it by its name where this assembly lies beside a
/// program; nobody has to make one.
/// </summary>
public sealed class SkiaBackend : IImageBackend
{
    /// <inheritdoc/>
    public IImageFile Open(string path) => new ImageFile(path);

    /// <inheritdoc/>
    public IImageFile Open(string name, byte[] bytes) => new ImageFile(name, bytes);

    /// <inheritdoc/>
    public void Write(string path, RasterImage picture) => Png.Write(path, picture);

    /// <inheritdoc/>
    public RasterImage? WriteExamples(
        string path, ReadOnlySpan<float> examples, int rows, int columns, (int Height, int Width, int Channels) shape,
        PictureLabels labels, RasterImage? canvas) =>
        ExamplePicture.Write(path, examples, rows, columns, shape, labels, canvas);

    /// <inheritdoc/>
    public void WriteAnimation(string path, IReadOnlyList<string> pictures, TimeSpan duration) => AnimatedWebp.Write(path, pictures, duration);

    /// <inheritdoc/>
    public void WriteLosses(string path, IReadOnlyList<LossPoint> epochs, string unit) => LossPlot.Write(path, epochs, unit);
}
