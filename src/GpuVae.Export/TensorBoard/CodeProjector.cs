using System.Globalization;
using System.Text;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Training;

namespace GpuVae.Export.TensorBoard;

/// <summary>
/// Codes for TensorBoard's projector: <c>codes.tsv</c>, a line an example, with <c>labels.tsv</c> and <c>sprites.png</c> where there are
/// labels and images, and <c>projector_config.pbtxt</c>, which names them.
/// </summary>
internal static class CodeProjector
{
    /// <summary>Rows and columns of the sprites together, of which the projector takes no more.</summary>
    private const int LargestSide = 8192;

    private const string Codes = "codes.tsv", Labels = "labels.tsv", Sprite = "sprites.png", Configuration = "projector_config.pbtxt";

    /// <summary>What they are called.</summary>
    public static IReadOnlyList<string> Names { get; } = [Codes, Labels, Sprite, Configuration];

    /// <summary>Writes them, each whole or not at all.</summary>
    /// <param name="folder">Where the events are.</param>
    /// <param name="codes">The codes with their examples.</param>
    /// <param name="pipeline">What was done to the numbers of images.</param>
    /// <returns>The files.</returns>
    /// <exception cref="UserException">One cannot be written.</exception>
    public static IReadOnlyList<string> Write(string folder, EpochCodes codes, Pipeline pipeline)
    {
        List<string> files = [];
        void Add(string name, string text)
        {
            files.Add(Path.Combine(folder, name));
            AtomicFile.Write(files[^1], stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        }

        ImageSet examples = codes.Examples;
        var config = new StringBuilder("embeddings {\n  tensor_name: \"codes\"\n  tensor_path: \"" + Codes + "\"\n");
        Add(Codes, Lines(Enumerable.Range(0, examples.Count), example => string.Join(
            '\t', codes.Codes.Span.Slice(example * codes.Units, codes.Units).ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
        if (examples.Labels is not null)
        {
            // A single column has no heading there.
            Add(Labels, Lines(Enumerable.Range(0, examples.Count), example => OneCell(examples.LabelOf(example) ?? "none")));
            config.Append("  metadata_path: \"" + Labels + "\"\n");
        }
        if (examples.Height > 1 && ImageBackend.IsAvailable && Sprites(examples, pipeline) is RasterImage sprites)
        {
            files.Add(Path.Combine(folder, Sprite));
            ImageBackend.Current.Write(files[^1], sprites);
            config.Append(
                CultureInfo.InvariantCulture,
                $"  sprite {{\n    image_path: \"{Sprite}\"\n    single_image_dim: {examples.Width}\n    single_image_dim: {examples.Height}\n  }}\n");
        }
        Add(Configuration, config.Append("}\n").ToString());
        return files;
    }

    private static string Lines(IEnumerable<int> examples, Func<int, string> line) => string.Concat(examples.Select(example => $"{line(example)}\n"));

    private static string OneCell(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));

    /// <summary>The images side by side, row by row in a square; null where they are too large together.</summary>
    private static RasterImage? Sprites(ImageSet examples, Pipeline pipeline)
    {
        int side = (int)Math.Ceiling(Math.Sqrt(examples.Count)), width = examples.Width, height = examples.Height, channels = examples.Channels;
        if ((long)side * Math.Max(width, height) > LargestSide)
            return null;
        var sprites = new RasterImage(side * width, side * height, channels == 3 ? 3 : 1);
        var values = new float[examples.Dimensions];
        for (int example = 0; example < examples.Count; example++)
        {
            examples.CopyTo(example, values);
            float[] picture = pipeline.ToPictures(values, examples.Dimensions);
            int left = example % side * width, top = example / side * height;
            for (int pixel = 0; pixel < width * height; pixel++)
            {
                int place = (((top + (pixel / width)) * sprites.Width) + left + (pixel % width)) * sprites.Channels;
                for (int channel = 0; channel < sprites.Channels; channel++)
                    sprites.Pixels[place + channel] = PixelBytes.Of(picture[(pixel * channels) + channel]);
            }
        }
        return sprites;
    }
}
