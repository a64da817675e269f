using System.Globalization;
using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Imaging;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary>Where restored images go: an array, a table, a file of IDX, or a folder of pictures.</summary>
internal static class RestoredOutput
{
    private const string IdxEnding = "-ubyte";

    /// <summary>Refuses a name that says no format, and a format that cannot hold the images, before the work begins.</summary>
    /// <exception cref="UserException">It is such a name.</exception>
    public static void Require(string path, CompressedFile file)
    {
        bool isFolder = IsFolder(path);
        if (!isFolder && !NumberFile.Takes(path) && !IsIdx(path))
        {
            throw new UsageException($"--out {path}: the name of a file has to end with .npy, .csv or {IdxEnding}; one without an ending is a folder of PNG files");
        }

        if (Path.GetFullPath(path) == Path.GetFullPath(file.FullPath))
        {
            throw new UserException($"{path}: is the file that is to be restored; give another name");
        }

        if (!isFolder)
        {
            RunVerb.RequirePlace(path);
        }

        if (file.Table is CompressedTable table)
        {
            RequireTable(path, table);
            return;
        }

        if (IsIdx(path) && (HasNumbers(file) || file.Configuration.CreatePipeline().Scaling.Offsets.Count > 0))
        {
            throw new UserException($"{path}: IDX files hold bytes, and these numbers are others; give a name that ends with .npy or .csv");
        }

        if (isFolder && File.Exists(path))
        {
            throw new UserException($"{path}: is a file, and a folder is needed for PNG files; give another name");
        }

        if (isFolder && (file.Image.Height == 1 || file.Image.Channels is not (1 or 3)))
        {
            throw new UserException($"{path}: rows of numbers are no pictures; give a name that ends with .npy or .csv");
        }

        if (IsIdx(path) && file.Image.Channels is not (1 or 3))
        {
            throw new UserException($"{path}: IDX files hold one or three numbers a pixel here, and these images have {file.Image.Channels}; give a .npy file");
        }
    }

    /// <summary>Writes them.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Write(string path, CompressedFile file, RestoredImages restored)
    {
        if (file.Table is CompressedTable table)
        {
            WriteTable(path, table, restored);
            return;
        }

        Shape image = file.Image;
        Pipeline pipeline = file.Configuration.CreatePipeline();
        bool isScaled = pipeline.Scaling.Offsets.Count > 0;
        int count = restored.Images.Length;
        if (IsFolder(path))
        {
            WritePictures(path, file, restored, pipeline);
        }
        else if (IsIdx(path))
        {
            IdxWriter.WriteImages(path, restored.Pixels, image.Height, image.Width, image.Channels);
        }
        else if (path.EndsWith(CodeFile.NpyExtension, StringComparison.OrdinalIgnoreCase) && !isScaled && !HasNumbers(file))
        {
            int[] shape = image is { Height: 1, Channels: 1 } ? [count, image.Width]
                : image.Channels == 1 ? [count, image.Height, image.Width]
                : [count, image.Height, image.Width, image.Channels];
            Npy.Write<byte>(path, restored.Pixels, shape);
        }
        else
        {
            ExampleFile.Write(path, Values(restored), (image.Height, image.Width, image.Channels), pipeline);
        }
    }

    private static void RequireTable(string path, CompressedTable table)
    {
        if (!NumberFile.Takes(path))
        {
            throw new UserException($"{path}: the file holds a table; give a name that ends with .csv or .npy");
        }

        if (!IsCsv(path) && table.HasWords)
        {
            throw new UserException($"{path}: the table has columns of words, which an array does not hold; give a name that ends with .csv");
        }
    }

    private static void WriteTable(string path, CompressedTable table, RestoredImages restored)
    {
        int rows = restored.Images.Length;
        if (IsCsv(path))
        {
            Csv.Write(path, table.ColumnNames, Enumerable.Range(0, rows).Select(row => table.Cells(restored, row)));
        }
        else
        {
            Npy.Write<double>(path, table.Numbers(restored), [rows, table.ColumnNames.Count]);
        }
    }

    private static void WritePictures(string folder, CompressedFile file, RestoredImages restored, Pipeline pipeline)
    {
        Shape image = file.Image;
        string digits = $"D{Math.Max(1, (file.Images - 1).ToString(CultureInfo.InvariantCulture).Length)}";
        float[] values = pipeline.ToPictures(Values(restored), image.Size);
        AtomicFile.WriteFolder(folder, place =>
        {
            for (int i = 0; i < restored.Images.Length; i++)
            {
                string name = restored.Images[i].ToString(digits, CultureInfo.InvariantCulture);
                Png.Write(
                    Path.Combine(place, $"{name}.png"), values.AsSpan(i * image.Size, image.Size), image.Height, image.Width, image.Channels);
            }
        });
    }

    /// <summary>Whether 0 and 1 are those of a table, and not black and white.</summary>
    public static bool HasNumbers(CompressedFile file) =>
        file is { IsBinary: true, Image.Height: 1, Configuration.Binarize: "none" };

    /// <summary>As the model has them.</summary>
    private static float[] Values(RestoredImages restored) => Array.ConvertAll(restored.Pixels, pixel => pixel / 255f);

    private static bool IsFolder(string path) =>
        Path.EndsInDirectorySeparator(path) || Directory.Exists(path) || (Path.GetExtension(path).Length == 0 && !IsIdx(path));

    private static bool IsCsv(string path) => path.EndsWith(CodeFile.CsvExtension, StringComparison.OrdinalIgnoreCase);

    private static bool IsIdx(string path) => path.EndsWith(IdxEnding, StringComparison.OrdinalIgnoreCase);
}
