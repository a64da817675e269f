using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;

namespace GpuVae.Tests.Fuzzing;

/// <summary>Every reader of files: the one table that the tests take a sample of and the benchmark runs at length.</summary>
internal static class FuzzReaders
{
    private static readonly IDevice _device = Device.Open("cpu");

    private static readonly string[] _json =
        ["{", "}", "[", "]", ":", ",", "\"", "\\", "\\ud800", "null", "true", "1e999", "{\"a\":", "[[", "\n", "\u0000"];

    private static readonly string[] _tensors =
        ["\"dtype\":\"F16\"", "\"shape\":[]", "\"data_offsets\":[0,0]", "F32", "__metadata__", "[0,4]", "[0,0]", .. _json];

    private static readonly string[] _metrics =
        ["\"epoch\":1", "\"epoch\":2", "\"kl\":", "null", "{\"epoch\":3}\n", "1e999", "-1"];

    private static readonly string[] _table =
        [",", ";", "\t", "\"", "\"\"", "\n", "\r", "\r\n", "label", "NaN", "Infinity", "1e39", "-", "\0", "\uFEFF", " ", "1,2,3\n",
        "#", "%", "\n# 1,2\n", "sep=;\n", "1,5", "\"1,234\"", "'", "@relation r\n", "@attribute b {x, y}\n", "@data\n", "{0 1}"];

    private static readonly string[] _array =
        ["'descr'", "'<f8'", "'|u1'", "'|b1'", "'>i2'", "'|O'", "'shape'", "(", ")", ",", "(2,)", "'fortran_order'", "True", "11111111",
        "'<U2'", "'|S3'", "'<u2'", "(3, 2, 2)"];

    /// <summary>Every reader.</summary>
    public static IReadOnlyList<FuzzReader> All { get; } =
    [
        new("IDX images", "images", FuzzSeeds.IdxImages, Images),
        new("IDX images in gzip", "images.gz", FuzzSeeds.IdxImages, Images, Wrap: bytes => IdxFiles.Gzip(bytes)),
        new("gzip of IDX images", "images.gz", [.. FuzzSeeds.IdxImages.Select(seed => IdxFiles.Gzip(seed))], Images),
        new("IDX labels", "labels", FuzzSeeds.IdxLabels, path => Require(IdxReader.ReadLabels(path).Length > 0)),
        new("CSV", "table.csv", FuzzSeeds.Tables, path => Table(CsvReader.Read(path, null)), _table),
        new("other tables of text", "table.data", FuzzSeeds.TextTables, path => Table(CsvReader.Read(path, null)), _table),
        new(
            "CSV in gzip", "table.csv.gz", FuzzSeeds.Tables, path => Table(CsvReader.Read(path, "last")), _table,
            Wrap: bytes => IdxFiles.Gzip(bytes)),
        new("CSV of words", "table.csv", FuzzSeeds.WordTables, Words, _table),
        new("npy", "x.npy", FuzzSeeds.Arrays, Numpy, _array),
        new("npy in npz", "x.npz", FuzzSeeds.Arrays, Numpy, _array, Wrap: FuzzSeeds.Archive),
        new("npz", "x.npz", FuzzSeeds.Archives, Numpy),
        new("picture", "picture.png", FuzzSeeds.Pictures, Picture),
        new("PNG with right checksums", "picture.png", FuzzSeeds.Pngs, Picture, Wrap: PngFiles.MendChecksums),
        new(
            "Netpbm", "picture.ppm", FuzzSeeds.Netpbm, Picture,
            ["P5", "P3", "#", "\n", " ", "255", "65535", "65536", "4294967297"]),
        new("codes in CSV", "codes.csv", FuzzSeeds.CodeTables, Codes, _table),
        new("codes in npy", "codes.npy", FuzzSeeds.CodeArrays, Codes, _array),
        new("safetensors", "model.safetensors", FuzzSeeds.Safetensors, Tensors, _tensors),
        new(
            "weights of other programs", "model.safetensors", FuzzSeeds.OtherWeights,
            path => Require(WeightImport.Read(path, FuzzSeeds.OtherModel, new Shape(1, 2, 1)).Tensors.Count == 8),
            ["\"dtype\":\"BF16\"", "\"dtype\":\"I64\"", "F64", "BOOL", .. _tensors]),
        new(
            "map of weights", "map.txt", FuzzSeeds.WeightMaps, path => WeightMap.Read(path), [" = ", " + ", "-", "#", "\n", "\r", "\uFEFF", "\0"]),
        new(
            "checkpoint of a run", "checkpoint.safetensors", [FuzzSeeds.Run.Checkpoint], Run,
            ["\"image_height\":\"", "\"image_width\":\"", "encoder.0.weight", .. _tensors],
            new Dictionary<string, byte[]> { ["config.json"] = FuzzSeeds.Run.Configuration }),
        new(
            "checkpoint with right checksums", "checkpoint.safetensors", [FuzzSeeds.Run.Checkpoint], RunAndPlace,
            ["\"image_height\":\"", "\"step\":\"", "\"epoch\":\"", "training.losses", "encoder.0.weight", .. _tensors],
            new Dictionary<string, byte[]> { ["config.json"] = FuzzSeeds.Run.Configuration }, FuzzSeeds.MendChecksums),
        new(
            "configuration of a run", "config.json", [FuzzSeeds.Run.Configuration], Run, _json,
            new Dictionary<string, byte[]> { ["checkpoint.safetensors"] = FuzzSeeds.Run.Checkpoint }),
        new("metrics", "metrics.jsonl", [FuzzSeeds.Run.Metrics], path => MetricsFile.Read(path), [.. _metrics, .. _json]),
        new(
            "checkpoint to resume from", "checkpoint.safetensors", [FuzzSeeds.Run.Checkpoint],
            path => CheckpointFile.Read(path), _tensors),
        new("compressed images", "images.gvz", FuzzSeeds.Compressed, path => Compressed(path, isMended: false)),
        new(
            "compressed images with right checksums", "images.gvz", FuzzSeeds.Compressed, path => Compressed(path, isMended: true),
            Wrap: FuzzSeeds.MendCompressed),
        new("configuration", "config.json", FuzzSeeds.Configurations, Configuration, _json),
        new(
            "settings for a new run", "my.json", FuzzSeeds.Configurations,
            path => Require(ConfigurationFile.Read(path).Over(new RunConfiguration()).Latent > 0), _json),
        new(
            "run in a table", "metrics.jsonl", [FuzzSeeds.Run.Metrics], Record, [.. _metrics, .. _json],
            new Dictionary<string, byte[]> { ["config.json"] = FuzzSeeds.Run.Configuration }),
    ];

    /// <summary>A table tells what is wrong with a run, and goes on.</summary>
    private static void Record(string path)
    {
        // A table names the folder beside the fault.
        var record = RunRecord.Read(Path.GetDirectoryName(path)!);
        if (record.Fault is string fault)
            throw new UserException(Path.Combine(record.FullPath, fault));
        Require(record.Configuration is not null && record.Best is not null == record.Epochs.Any(epoch => !double.IsNaN(epoch.TestLoss)));
    }

    private static void Images(string path)
    {
        ImageSet images = IdxReader.ReadImages(path);
        Require(images.Count > 0 && images.Dimensions == images.Height * images.Width * images.Channels);
    }

    private static void Table(ImageSet images)
    {
        Require(images.Count > 0 && images.Exact!.Length == (long)images.Count * images.Dimensions);
        Require(!Array.Exists(images.Exact!, double.IsInfinity));
        Require(images.ExampleNames!.Count == images.Count);
        Require(images.ColumnNames is null || images.ColumnNames.Count == images.Dimensions);
        Require(images.Labels is null || images.Labels.Length == images.Count);
    }

    /// <summary>The way of a table into a model and back.</summary>
    private static void Words(string path)
    {
        Dataset data = Datasets.Open(new DataSettings
        {
            Data = path,
            Categorical = [DataSettings.Auto],
            Whole = true,
            Pipeline = Pipeline.None with { Missing = MissingRule.Median, MasksMissing = true },
        });
        int columns = data.Pipeline.TableColumns(data.Train.Dimensions);
        Require(!Array.Exists(data.Train.Values!, value => !float.IsFinite(value)));
        Require(data.Pipeline.Invert(data.Train.Values, data.Train.Dimensions).Length == data.Train.Count * columns);
    }

    private static void Numpy(string path)
    {
        (ImageSet train, ImageSet? test) = NumpyReader.Read(path);
        foreach (ImageSet images in test is null ? [train] : new[] { train, test })
        {
            int numbers = images.Pixels?.Length ?? images.Values?.Length ?? images.Exact!.Length;
            Require(images.Count > 0 && numbers == (long)images.Count * images.Dimensions);
        }
    }

    private static void Picture(string path)
    {
        using var file = new ImageFile(path);
        RasterImage grey = file.Decode(coloured: false, size: null, PictureBackground.White);
        Require((grey.Width, grey.Height) == (file.Width, file.Height));
        using var again = new ImageFile(path);
        Require(again.Decode(coloured: true, size: (5, 6), PictureBackground.White).Pixels.Length == 3 * 5 * 6);
    }

    private static void Codes(string path)
    {
        float[] codes = CodeFile.Read(path, FuzzSeeds.CodeUnits);
        Require(codes.Length > 0 && codes.Length % FuzzSeeds.CodeUnits == 0 && Array.TrueForAll(codes, float.IsFinite));
    }

    /// <summary>The reader of the tests has to read the same, and nothing where there is nothing to read.</summary>
    private static void Tensors(string path)
    {
        PlainSafetensors? plain = null;
        try
        {
            plain = PlainSafetensors.Parse(File.ReadAllBytes(path));
        }
        catch (FormatException)
        {
            // Then the library has to refuse it too.
        }
        SafetensorsFile file;
        try
        {
            file = Safetensors.Read(path);
        }
        catch (UserException) when (plain is not null && plain.Tensors.TrueForAll(tensor => tensor.Shape.Length <= 64))
        {
            throw new InvalidDataException("A whole file was refused.");
        }
        Require(plain is not null && plain.Tensors.Count == file.Tensors.Count);
        Require(plain!.Metadata.Count == file.Metadata.Count);
        foreach (NamedTensor tensor in file.Tensors)
        {
            uint[] bits = plain.Tensors.Find(other => other.Name == tensor.Name).Bits;
            Require(Array.ConvertAll(tensor.Values, BitConverter.SingleToUInt32Bits).AsSpan().SequenceEqual(bits));
        }
    }

    /// <summary>What is restored without an error has to be what was compressed, where no checksum was made anew.</summary>
    private static void Compressed(string path, bool isMended)
    {
        var file = CompressedFile.Open(path);
        RestoredImages restored = file.Restore();
        int length = file.ExampleBytes;
        Require(restored.Pixels.Length == (long)restored.Images.Length * length);
        for (int row = 0; row < restored.Images.Length && file.Table is not null; row++)
            Require(file.Table.Cells(restored, row).All(cell => cell is not null));
        foreach (CompressedFileException fault in restored.Damaged)
            Require(fault.Message.StartsWith(path, StringComparison.Ordinal));
        if (!isMended)
        {
            Require(FuzzSeeds.CompressedPixels.Any(pixels => restored.Images.Select((image, place) => (image, place)).All(one =>
                (one.image + 1) * length <= pixels.Length
                && pixels.AsSpan(one.image * length, length).SequenceEqual(restored.Pixels.AsSpan(one.place * length, length)))));
        }
        if (restored.Damaged.Count > 0)
            throw restored.Damaged[0];
    }

    private static void Run(string path)
    {
        using TrainedModel run = TrainedModel.Open(Path.GetDirectoryName(path)!, _device, capacity: 1);
        Require(run.Model.Dimensions == run.Height * run.Width * run.Channels);
    }

    private static void RunAndPlace(string path)
    {
        Run(path);
        TrainingPosition place = CheckpointFile.Read(path).Position;
        Require(place.Epoch > 0 && place.StepInEpoch > 0 && place.GlobalStep > 0);
    }

    private static void Configuration(string path)
    {
        RunConfiguration configuration = RunConfiguration.ReadJson(File.ReadAllBytes(path), path);
        Require(configuration.Latent > 0);
    }

    private static void Require(bool holds)
    {
        if (!holds)
            throw new InvalidDataException("What was read does not hold together.");
    }
}
