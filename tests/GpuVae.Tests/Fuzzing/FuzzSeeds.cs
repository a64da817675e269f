using System.IO.Compression;
using System.Text;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;
using SkiaSharp;

namespace GpuVae.Tests.Fuzzing;

/// <summary>Small whole files of each format.</summary>
internal static partial class FuzzSeeds
{
    /// <summary>k, the numbers in a code.</summary>
    public const int CodeUnits = 2;

    /// <summary>IDX images, among them one of a single pixel.</summary>
    public static byte[][] IdxImages =>
    [
        IdxFiles.BuildImages(3, 4, 5), IdxFiles.BuildImages(1, 1, 1), IdxFiles.BuildImages(20, 7, 3),
        IdxFiles.Build(IdxReader.ColouredMagic, [2, 3, 4, 3], IdxFiles.Counting(72)),
    ];

    /// <summary>IDX labels.</summary>
    public static byte[][] IdxLabels => [IdxFiles.BuildLabels(1), IdxFiles.BuildLabels(30)];

    /// <summary>Tables with and without a header, labels, quotes and empty lines.</summary>
    public static byte[][] Tables =>
    [
        "a,b,label\n1,2,cat\n-3.5,1e-3,dog\n0.25,7,cat\n"u8.ToArray(),
        "0.1;0.2;0.3\r\n1;2;3\r\n\r\n4;5;6\r\n"u8.ToArray(),
        "\"a, \"\"b\"\"\",größe\n\"1\", 2 \n3,\" 4\"\n"u8.ToArray(),
        [.. Encoding.UTF8.GetPreamble(), .. "label\t1x1\t1x2\n7\t0\t255\n8\t3\t9\n"u8],
    ];

    /// <summary>Tables with missing cells, comments, white space, decimal commas, names of rows, and of Weka.</summary>
    public static byte[][] TextTables =>
    [
        "# x y\n 1.0e+00  2.0\n\n-3   NaN\n# end\n4 5\n"u8.ToArray(),
        "sep=;\na;b;label\r1,5;2;x\r1.234,5;?;y\r"u8.ToArray(),
        "\"mpg\",\"cyl\"\n\"Mazda\",21,\"1,234\"\n\"Fiat\",32.4,4\n"u8.ToArray(),
        "1,2,\n3,-,\n4,5,\n"u8.ToArray(),
        "% c\n@relation r\n@attribute 'a b' numeric\n@attribute class {x, 'y z'}\n@data\n1.5,x\n?,'y z'\n"u8.ToArray(),
        "# c\n@problemName p\n@timeStamps false\n@univariate true\n@equalLength true\n@seriesLength 2\n@classLabel true a b\n@data\n1.5,2:a\n?,3:b\n"u8.ToArray(),
        "@univariate true\n@classLabel false\n@data\n1.5,2\n"u8.ToArray(),
        "\"a\nb\",c\n1,2\n3,4\n"u8.ToArray(),
        "a\n0,0\n1,3\n2,7\n"u8.ToArray(),
        "a,label\n1,\n2,x\n3,?\n"u8.ToArray(),
        [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a\tb\n1\t2\n3\t4\n")],
    ];

    /// <summary>Tables of words and numbers, some missing, and of words alone.</summary>
    public static byte[][] WordTables =>
    [
        "speed,colour,doors\n1.5,red,two\n2.5,\"dark, blue\",\n,red,four\n4.5,?,two\n"u8.ToArray(),
        "a,b\nx,u\ny,v\nx,v\nx,u\ny,u\n"u8.ToArray(),
    ];

    /// <summary>Arrays of bytes and of floats, of two and three axes.</summary>
    public static byte[][] Arrays =>
    [
        Npy<byte>([.. Enumerable.Range(0, 24).Select(i => (byte)i)], 2, 3, 4),
        Npy<float>([1f, -2f, 0.5f, 3e38f, 0f, -0f], 3, 2),
        Npy<double>([1, 2, 3], 3, 1),
        Npy<int>([1, -1], 1, 2),
        NumpyFiles.Build("<i2", "2, 3", [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0], fortran: true),
        NumpyFiles.Build("|b1", "2, 2", [1, 0, 0, 1]),
        NumpyFiles.Build("|u1", "1, 4, 2, 2", [.. Enumerable.Range(90, 16).Select(i => (byte)i)]),
    ];

    /// <summary>Codes with and without σ and a label.</summary>
    public static byte[][] CodeTables =>
        ["z0,z1\n0.5,-1\n2,3e-3\n"u8.ToArray(), "z0,z1,sigma0,sigma1,label\n0.5,-1,1,1,7\n"u8.ToArray()];

    /// <summary>Codes with and without σ.</summary>
    public static byte[][] CodeArrays => [Npy<float>([1f, -2f, 0.5f, 3f], 2, 2), Npy<float>([1f, -2f, 0.5f, 3f], 1, 4)];

    /// <summary>An archive of the four arrays of a set, one deflated, and one of a single array.</summary>
    public static byte[][] Archives =>
    [
        Zip(("x_train.npy", Arrays[0]), ("y_train.npy", Npy<byte>([1, 0], 2)), ("x_test.npy", Arrays[0])),
        Zip(("arr_0.npy", Arrays[1])),
        Zip(("X.npy", Arrays[1]), ("y.npy", NumpyFiles.Build("<U2", "3,", Encoding.UTF32.GetBytes("a\0bcd\0")))),
        Zip(("X.npy", Arrays[1]), ("y.npy", NumpyFiles.Build("|b1", "3, 2", [1, 0, 0, 1, 1, 0]))),
    ];

    /// <summary>PNG pictures: grey, with an alpha channel, of 16 bits, and with a note of how the camera was held.</summary>
    public static byte[][] Pngs =>
    [
        Picture(SKColorType.Gray8, SKEncodedImageFormat.Png, 9, 7),
        Picture(SKColorType.Rgba8888, SKEncodedImageFormat.Png, 5, 5),
        PngFiles.Deep(3, 2, 0, 1, 256, 40_000, 65_535, 7),
        PngFiles.WithChunk(Picture(SKColorType.Gray8, SKEncodedImageFormat.Png, 4, 6), "eXIf", ExifNotes.Orientation(6)),
    ];

    /// <summary>Netpbm pictures, as text and bytes, with a comment, and of two bytes a value.</summary>
    public static byte[][] Netpbm =>
    [
        "P2\n# grey\n3 2\n15\n0 1 2\n13 14 15\n"u8.ToArray(),
        "P3 2 1 255 255 0 0 0 0 255"u8.ToArray(),
        [.. "P5\n3 2\n255\n"u8, 0, 50, 100, 150, 200, 250],
        [.. "P6\n2 1\n4095\n"u8, 15, 255, 0, 0, 0, 1, 7, 255, 8, 0, 2, 2],
    ];

    /// <summary>Pictures of each kind.</summary>
    public static byte[][] Pictures =>
    [
        .. Pngs,
        Picture(SKColorType.Rgba8888, SKEncodedImageFormat.Jpeg, 17, 9),
        Picture(SKColorType.Gray8, SKEncodedImageFormat.Jpeg, 8, 8),
        JpegFiles.WithOrientation(Picture(SKColorType.Rgba8888, SKEncodedImageFormat.Jpeg, 7, 10), orientation: 6),
        Picture(SKColorType.Rgba8888, SKEncodedImageFormat.Webp, 6, 11),
        OtherPictures.WithExif(
            Picture(SKColorType.Rgba8888, SKEncodedImageFormat.Webp, 6, 11), 6, 11, ExifNotes.Orientation(8, littleEndian: false)),
        OtherPictures.Bmp(5, 3, 10, 200, 90),
        OtherPictures.Gif(7, 6, 40, 200),
        OtherPictures.Ico(5, 5, Pngs[1]),
    ];

    /// <summary>A model with metadata, empty tensors and a scalar; one of a single tensor; one of none.</summary>
    public static byte[][] Safetensors =>
    [
        Write(
            [
                new("encoder.0.weight", [2, 3], [1f, -2.5f, float.NaN, float.MaxValue, -0f, 3e-7f]),
                new("nothing", [0, 4], []), new("step", [], [7f]), new("größe", [1], [1f]),
            ],
            new() { ["epoch"] = "10", ["configuration"] = "{\"latent\":2}" }),
        Write([new("a", [1], [1f])], []),
        Write([], []),
    ];

    /// <summary>The network of <see cref="OtherWeights"/>, of two numbers.</summary>
    public static RunConfiguration OtherModel { get; } = new() { Hidden = [3], Latent = 2 };

    /// <summary>Weights that PyTorch saved, of 32 bits and of others.</summary>
    public static byte[][] OtherWeights =>
    [
        .. ((string[])["F32", "F16", "F64"]).Select(type => Written(path => new TorchState()
            .Linear("fc1", 2, 3).Linear("fc_mu", 3, 2).Linear("fc_var", 3, 2).Linear("fc3", 2, 3).Linear("fc4", 3, 2).Write(path, type))),
    ];

    /// <summary>Lines that say which weights are which.</summary>
    public static byte[][] WeightMaps =>
        ["encoder.0 = fc1\nencoder.1 = fc_mu + fc_var # two\n\n- = critic.*\r\n"u8.ToArray(), "decoder.0.bias = 0"u8.ToArray()];

    /// <summary>Configurations with every property.</summary>
    public static byte[][] Configurations =>
    [
        Json(new RunConfiguration()),
        Json(RunConfiguration.FromPreset("ae") with { Hidden = [3, 2], Latent = 2, Limit = 5, Data = "ein/Ordner" }),
        Json(new RunConfiguration
        {
            Categorical = ["auto"], Categories = [new(1, ["a", "b, c"]), new(3, [""])], Missing = "mean", MaskMissing = true,
            MaskedColumns = [0, 2], FillValues = [1, 0, 2, 0], ColumnNames = ["x", "y", "z", "w"],
        }),
    ];

    /// <summary>What a run on images of two pixels leaves.</summary>
    public static (byte[] Configuration, byte[] Checkpoint, byte[] Metrics) Run { get; } = Train();

    /// <summary>A checkpoint with checksums of what is in it now, where it is a safetensors file at all.</summary>
    public static byte[] MendChecksums(byte[] checkpoint)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("mended");
        File.WriteAllBytes(path, checkpoint);
        try
        {
            SafetensorsFile file = GpuVae.Files.Safetensors.Read(path);
            Dictionary<string, string> metadata = new(
                file.Metadata.Where(entry => !entry.Key.StartsWith("checksum", StringComparison.Ordinal)));
            Checksums.Add(file.Tensors, metadata);
            GpuVae.Files.Safetensors.Write(path, file.Tensors, metadata);
            return File.ReadAllBytes(path);
        }
        catch (UserException)
        {
            return checkpoint;
        }
    }

    private static (byte[] Configuration, byte[] Checkpoint, byte[] Metrics) Train()
    {
        var configuration = new RunConfiguration { Hidden = [3], Latent = 2, Epochs = 2, Batch = 2 };
        var images = new ImageSet([0, 200, 90, 255], null, height: 1, width: 2);
        using var folder = new TemporaryFolder();
        using IDevice device = Device.Open("cpu");
        RunFolder run = RunFolder.Create(folder.File("run"), "vae", "two", configuration.WriteJson);
        TrainingRun.Execute(
            configuration, new Dataset("two", images, images), device, run.FullPath, new RecordingObserver(),
            CancellationToken.None);
        return (
            File.ReadAllBytes(run.ConfigurationPath), File.ReadAllBytes(run.CheckpointPath),
            File.ReadAllBytes(run.MetricsPath));
    }

    private static byte[] Npy<T>(T[] values, params int[] shape)
        where T : unmanaged => Written(path => GpuVae.Data.Npy.Write<T>(path, values, shape));

    /// <summary>An archive with one array in it.</summary>
    public static byte[] Archive(byte[] array) => Zip(("x.npy", array));

    private static byte[] Zip(params (string Name, byte[] Bytes)[] entries)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create))
        {
            for (int i = 0; i < entries.Length; i++)
            {
                CompressionLevel level = i % 2 == 0 ? CompressionLevel.NoCompression : CompressionLevel.Optimal;
                using Stream entry = archive.CreateEntry(entries[i].Name, level).Open();
                entry.Write(entries[i].Bytes);
            }
        }
        return buffer.ToArray();
    }

    private static byte[] Picture(SKColorType type, SKEncodedImageFormat format, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, type, SKAlphaType.Unpremul));
        Span<byte> pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i * 37);
        using SKData data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private static byte[] Json(RunConfiguration configuration)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
            configuration.WriteJson(writer);
        return stream.ToArray();
    }

    private static byte[] Write(NamedTensor[] tensors, Dictionary<string, string> metadata) =>
        Written(path => GpuVae.Files.Safetensors.Write(path, tensors, metadata));

    private static byte[] Written(Action<string> write)
    {
        using var folder = new TemporaryFolder();
        write(folder.File("seed"));
        return File.ReadAllBytes(folder.File("seed"));
    }
}
