using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>Finds and loads data sets.</summary>
public static partial class Datasets
{
    /// <summary>The name of the data set that comes with the program.</summary>
    public const string MnistName = "mnist";

    /// <summary>The part that is kept for testing where a set has no test part and nothing else is asked for.</summary>
    public const double DefaultHoldOut = 0.1;

    /// <summary>The sets that have a name; all but MNIST are downloaded when they are first asked for.</summary>
    public static IReadOnlyList<string> Names { get; } = [MnistName, .. RemoteSet.All.Select(set => set.Name)];

    /// <summary>
    /// MNIST: 60,000 and 10,000 images of 28×28 handwritten digits with labels 0–9 (LeCun, Cortes and Burges), from
    /// the files beside the program.
    /// </summary>
    /// <exception cref="DataException">The files are missing or damaged.</exception>
    public static Dataset Mnist() => Load(MnistFolder(AppContext.BaseDirectory)) with { Name = MnistName };

    /// <summary>What <c>--data</c> alone means: MNIST for null, else see <see cref="Open(DataSettings, IProgress{DownloadProgress}?)"/>.</summary>
    /// <exception cref="UserException">The data set is missing or damaged.</exception>
    public static Dataset Open(string? data) => Open(new DataSettings { Data = data ?? MnistName });

    /// <summary>
    /// The examples that settings ask for. A folder that has the name of a set is reached as <c>./mnist</c>.
    /// </summary>
    /// <param name="settings">What and how.</param>
    /// <param name="progress">Is told how far a download is, or null.</param>
    /// <exception cref="UserException">The data set is missing or damaged, or cannot be had that way.</exception>
    public static Dataset Open(DataSettings settings, IProgress<DownloadProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (ImageSet train, ImageSet? test) = Read(settings, progress);
        TellHeld(settings, train);
        return Make(settings, train, test);
    }

    /// <summary>Where a file or folder lies, from the root; null for a set that has a name.</summary>
    public static string? AbsolutePath(string data) => Names.Contains(data) ? null : Path.GetFullPath(data);

    /// <summary>A folder of IDX files; see <see cref="IdxReader"/>.</summary>
    /// <exception cref="DataException">A file is missing, damaged or does not fit the others.</exception>
    public static Dataset Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (ImageSet train, ImageSet? test) = IdxFolder.Read(folder);
        return test is null
            ? throw new DataException(
                $"{folder}: no test images; looked for t10k-images-idx3-ubyte[.gz] or test-images-idx3-ubyte[.gz]")
            : new Dataset(NameOf(folder), train, test);
    }

    /// <summary>Where MNIST's files are beside a program.</summary>
    /// <param name="program">The folder of the program.</param>
    /// <exception cref="DataException">They are not there.</exception>
    internal static string MnistFolder(string program)
    {
        string folder = Path.Combine(program, MnistName);
        return Directory.Exists(folder)
            ? folder
            : throw new DataException(
                $"{MnistName}: {folder} is not there; the package GpuVae.Data.Mnist lays it beside a program that refers to it");
    }

    private static (ImageSet Train, ImageSet? Test) Read(DataSettings settings, IProgress<DownloadProgress>? progress)
    {
        string source = settings.Data;
        if (source == MnistName)
            return IdxFolder.Read(MnistFolder(AppContext.BaseDirectory), dataMemory: settings.DataMemory);
        if (RemoteSet.All.FirstOrDefault(set => set.Name == source) is RemoteSet remote)
            return IdxFolder.Read(remote.Fetch(progress), dataMemory: settings.DataMemory);
        if (!Directory.Exists(source) && !File.Exists(source))
        {
            throw new DataException(
                $"{source}: no such file or folder; "
                + (ClosestName.Of(source, Names) is string near ? $"did you mean {near}? " : "")
                + $"--data takes {string.Join(", ", Names)}, {WhatDataCanBe()}");
        }
        return DataFormats.Find(source) is IDataFormat format ? format.Read(source, settings) : throw Unknown(source);
    }

    /// <summary>Tells that examples are in memory as a whole, where less of it was allowed, and that there is nothing to decode.</summary>
    private static void TellHeld(DataSettings settings, ImageSet train)
    {
        if (settings.Cache is not null && (Names.Contains(settings.Data) || DataFormats.Find(settings.Data) is not ImageFolderFormat))
            settings.Tell?.Invoke($"{settings.Data}: no folder of pictures, so that --cache has nothing to keep");
        if (train.Bytes > settings.DataMemory)
        {
            settings.Tell?.Invoke(
                $"{settings.Data}: more than --data-memory {ByteSize.Text(settings.DataMemory.Value)}, and in memory as a whole all the same: only pictures of "
                + "plain IDX files, uint8 .npy files and folders are left on disk");
        }
    }

    private static DataException Unknown(string source)
    {
        if (!Directory.Exists(source))
        {
            return new DataException(OtherFormats.HowToConvert(source) is string command
                ? $"{source}: a file of a kind that is not read; {command}"
                : $"{source}: a file of a kind that is not read; --data takes {WhatDataCanBe()} (by its ending)");
        }
        bool empty;
        try
        {
            empty = !Directory.EnumerateFileSystemEntries(source).Any();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new DataException($"{source}: the folder cannot be read: {InputFile.Reason(exception)}", exception);
        }
        string others = string.Concat(DataFormats.Added.Select(format => $", and for {format.Summary}"));
        return new DataException(
            $"{source}: {(empty ? "the folder is empty" : "holds no data that is known")}; looked for IDX files "
            + "(train-images-idx3-ubyte[.gz] and t10k-images-idx3-ubyte[.gz]) and for pictures "
            + $"({Imaging.ImageFormats.Kinds}), also in subfolders, and for .npy files{others}");
    }

    /// <summary>The formats for a sentence: those that come with the library in one phrase, and those that were added.</summary>
    private static string WhatDataCanBe() => string.Join(
        ", ",
        DataFormats.Added.Select(format => format.Summary)
            .Prepend("a folder of IDX files, of pictures or of .npy files, a CSV file, or a .npy or .npz file"));

    /// <summary>The folder's name, or the file's up to its first point.</summary>
    private static string NameOf(string path)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return Directory.Exists(path) || name.IndexOf('.') <= 0 ? name : name[..name.IndexOf('.')];
    }
}
