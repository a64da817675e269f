using GpuVae.Imaging;

namespace GpuVae.Data;

/// <summary>
/// Where the defects of a folder of pictures are, as MVTec's sets say it: the mask of <c>test/scratch/003.png</c> is
/// <c>ground_truth/scratch/003_mask.png</c> (or <c>003.png</c>), white on black; a mask without white that is not black all over has its
/// defects in whatever is not black. The pictures of <see cref="NormalNames"/> have no defects and no masks, nor have those of other
/// classes that are said to be normal.
/// </summary>
public sealed class GroundTruth
{
    private const string FolderName = "ground_truth";
    private const byte White = 128;

    private readonly string _folder;
    private readonly string _data;
    private readonly HashSet<string> _normal;
    private readonly Dictionary<string, Dictionary<string, string>> _masks = []; // by class, then by the stem of a mask's name

    private GroundTruth(string data, string folder, IEnumerable<string> normal)
    {
        (_data, _folder) = (data, folder);
        _normal = [.. NormalNames, .. normal];
        foreach (string of in Directory.EnumerateDirectories(folder))
        {
            _masks[Path.GetFileName(of)] = Directory.EnumerateFiles(of).Where(ImageReader.IsPicture).Order(StringComparer.Ordinal)
                .GroupBy(Path.GetFileNameWithoutExtension)
                .ToDictionary(files => files.Key!, files => files.First(), StringComparer.Ordinal);
        }
    }

    /// <summary>What classes without defects are called.</summary>
    public static IReadOnlyList<string> NormalNames { get; } = ["good", "ok", "normal"];

    /// <summary>Looks for the masks of a set.</summary>
    /// <param name="data">The folder with the parts <c>train</c> and <c>test</c>, or its <c>test</c>.</param>
    /// <param name="normal">Classes without defects beside <see cref="NormalNames"/>; null for no others.</param>
    /// <returns>Null where there are none.</returns>
    public static GroundTruth? Find(string data, IReadOnlyList<string>? normal = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!Directory.Exists(data))
            return null;
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(data));
        string? folder = ((string?[])[full, Path.GetDirectoryName(full)]).OfType<string>().Select(path => Path.Combine(path, FolderName))
            .FirstOrDefault(Directory.Exists);
        return folder is null ? null : new GroundTruth(full, folder, normal ?? []);
    }

    /// <summary>Looks whether every picture has a mask of its form that has to have one, without reading their pixels.</summary>
    /// <param name="names">The pictures' names below the folder, with <c>/</c>.</param>
    /// <exception cref="DataException">A mask is missing or has another form than its picture; the message names the first.</exception>
    /// <exception cref="UserException">A mask cannot be read.</exception>
    public void Require(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
            Open(name)?.Dispose();
    }

    /// <summary>The defects of a picture, at the size that it was read at: each place is what is nearest to it in the mask.</summary>
    /// <param name="name">The picture's name below the folder, with <c>/</c>.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <returns>(height·width), true for a defect.</returns>
    /// <exception cref="DataException">The mask is missing, or has another form than the picture.</exception>
    /// <exception cref="UserException">The mask cannot be read.</exception>
    public bool[] MaskOf(string name, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(name);
        var mask = new bool[height * width];
        using IImageFile? file = Open(name);
        if (file is null)
            return mask;
        byte[] pixels = file.Decode(coloured: false, size: null, PictureBackground.White).Pixels;
        // Some sets number their defects 1, 2, …, which is nearly black.
        byte least = pixels.AsSpan().ContainsAnyInRange(White, byte.MaxValue) ? White : (byte)1;
        for (int y = 0; y < height; y++)
        {
            int row = (int)(((2L * y) + 1) * file.Height / (2L * height));
            for (int x = 0; x < width; x++)
                mask[(y * width) + x] = pixels[(row * file.Width) + (int)(((2L * x) + 1) * file.Width / (2L * width))] >= least;
        }
        return mask;
    }

    /// <summary>The mask of a picture; null for one of a normal class.</summary>
    private IImageFile? Open(string name)
    {
        string[] parts = name.Split('/');
        string ofClass = parts.Length < 2 ? "" : parts[^2];
        if (_normal.Contains(ofClass))
            return null;
        string stem = Path.GetFileNameWithoutExtension(parts[^1]), path = Path.Combine(_folder, ofClass, $"{stem}_mask.png");
        if (!_masks.TryGetValue(ofClass, out Dictionary<string, string>? files)
            || (!files.TryGetValue($"{stem}_mask", out string? found) && !files.TryGetValue(stem, out found)))
        {
            throw new DataException(
                $"{path}: is missing, the mask of the picture {name}; put it there, or take {FolderName} away to judge without masks");
        }
        IImageFile file = ImageBackend.Current.Open(found);
        try
        {
            using IImageFile picture = ImageBackend.Current.Open(Path.Combine(_data, name));
            return (file.Height, file.Width) == (picture.Height, picture.Width) ? file : throw new DataException(
                $"{found}: {file.Height}×{file.Width} pixels, and its picture {name} has {picture.Height}×{picture.Width}; give it a mask of "
                + "its own size");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
