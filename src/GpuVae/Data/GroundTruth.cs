using GpuVae.Imaging;

namespace GpuVae.Data;

/// <summary>
/// Where the defects of a folder of pictures are, as MVTec's sets say it: the mask of <c>test/scratch/003.png</c> is
/// <c>ground_truth/scratch/003_mask.png</c> (or <c>003.png</c>), white on black. A picture of a class without a folder of masks has no
/// defect.
/// </summary>
public sealed class GroundTruth
{
    private const string FolderName = "ground_truth";
    private const byte White = 128;

    private readonly string _folder;
    private readonly string _data;
    private readonly Dictionary<string, Dictionary<string, string>> _masks = []; // by class, then by the stem of a mask's name

    private GroundTruth(string data, string folder)
    {
        (_data, _folder) = (data, folder);
        foreach (string of in Directory.EnumerateDirectories(folder))
        {
            _masks[Path.GetFileName(of)] = Directory.EnumerateFiles(of).Where(ImageReader.IsPicture).Order(StringComparer.Ordinal)
                .GroupBy(Path.GetFileNameWithoutExtension)
                .ToDictionary(files => files.Key!, files => files.First(), StringComparer.Ordinal);
        }
    }

    /// <summary>Looks for the masks of a set.</summary>
    /// <param name="data">The folder with the parts <c>train</c> and <c>test</c>, or its <c>test</c>.</param>
    /// <returns>Null where there are none.</returns>
    public static GroundTruth? Find(string data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!Directory.Exists(data))
            return null;
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(data));
        string? folder = ((string?[])[full, Path.GetDirectoryName(full)]).OfType<string>().Select(path => Path.Combine(path, FolderName))
            .FirstOrDefault(Directory.Exists);
        return folder is null ? null : new GroundTruth(full, folder);
    }

    /// <summary>The defects of a picture, at the size that it was read at: each place is what is nearest to it in the mask.</summary>
    /// <param name="name">The picture's name below the folder, with <c>/</c>.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <returns>(height·width), true for a defect.</returns>
    /// <exception cref="DataException">Its class has masks and it has none, or that has another form than the picture.</exception>
    /// <exception cref="UserException">The mask cannot be read.</exception>
    public bool[] MaskOf(string name, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(name);
        var mask = new bool[height * width];
        string[] parts = name.Split('/');
        if (parts.Length < 2 || !_masks.TryGetValue(parts[^2], out Dictionary<string, string>? ofClass))
            return mask;
        string stem = Path.GetFileNameWithoutExtension(parts[^1]);
        if (!ofClass.TryGetValue($"{stem}_mask", out string? path) && !ofClass.TryGetValue(stem, out path))
        {
            throw new DataException(
                $"{Path.Combine(_folder, parts[^2])}: has no mask {stem}_mask.png for the picture {name}; put it there, or take the picture away");
        }
        using IImageFile file = ImageBackend.Current.Open(path);
        using (IImageFile picture = ImageBackend.Current.Open(Path.Combine(_data, name)))
        {
            if ((file.Height, file.Width) != (picture.Height, picture.Width))
            {
                throw new DataException(
                    $"{path}: {file.Height}×{file.Width} pixels, and its picture {name} has {picture.Height}×{picture.Width}");
            }
        }
        byte[] pixels = file.Decode(coloured: false, size: null, PictureBackground.White).Pixels;
        for (int y = 0; y < height; y++)
        {
            int row = (int)(((2L * y) + 1) * file.Height / (2L * height));
            for (int x = 0; x < width; x++)
                mask[(y * width) + x] = pixels[(row * file.Width) + (int)(((2L * x) + 1) * file.Width / (2L * width))] >= White;
        }
        return mask;
    }
}
