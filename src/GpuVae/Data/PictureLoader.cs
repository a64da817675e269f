using GpuVae.Imaging;

namespace GpuVae.Data;

/// <summary>Reads the files of pictures into sets of one size.</summary>
/// <param name="folder">Where they are, for messages.</param>
/// <param name="settings">How they are drawn, and who is told what.</param>
internal sealed partial class PictureLoader(string folder, DataSettings settings)
{
    private const int MostNamed = 10;

    private readonly IImageBackend _backend = ImageBackend.Current;
    private readonly PictureBackground _background = PictureBackground.Parse(settings.Background);
    private int _transparent;
    private int _reduced;
    private int _coloured;
    private int _stretched;

    /// <summary>Reads every picture of both parts.</summary>
    /// <exception cref="DataException">
    /// Pictures are damaged, and they are not to be skipped; or, without a size, they have different ones.
    /// </exception>
    public (ImageSet Train, ImageSet? Test) Read(PictureParts parts)
    {
        PictureEntry[] all = [.. parts.Train, .. parts.Test ?? []];
        var faults = new UserException?[all.Length];
        (ImageSet trained, ImageSet? tested) = Decoded(all, parts.Train.Count, faults);
        Require(all, faults);

        var size = new ImageSize(trained.Height, trained.Width);
        ImageSet train = Good(parts.Train, faults.AsSpan(0, parts.Train.Count), trained, parts.LabelNames);
        ImageSet? test = parts.Test is null || tested is null
            ? null
            : Good(parts.Test, faults.AsSpan(parts.Train.Count), tested, parts.LabelNames);
        if (_transparent > 0)
        {
            settings.Tell?.Invoke(
                $"{PictureTree.Counted(_transparent, "picture")} with transparent pixels, drawn on {settings.Background} "
                + "(--background says otherwise)");
        }
        if (_coloured > 0)
            settings.Tell?.Invoke($"{PictureTree.Counted(_coloured, "picture")} with colours, read as grey (--color rgb keeps colours)");
        if (_stretched > 0)
        {
            settings.Tell?.Invoke(
                $"{PictureTree.Counted(_stretched, "picture")} of other proportions, stretched to {Text(size)} (--image-size HxW takes others; "
                + "pictures that are cut to it beforehand keep theirs)");
        }
        PixelReport.Tell(settings.Tell, train, test, _reduced, _transparent > 0);
        return (train, test);
    }

    /// <summary>Reads what can be read; a fault is kept for its picture, which is then passed over.</summary>
    private static void ForEach(UserException?[] faults, int first, int count, Action<int> read) =>
        Parallel.For(first, first + count, index =>
        {
            if (faults[index] is not null)
                return;
            try
            {
                read(index);
            }
            catch (UserException exception)
            {
                faults[index] = exception;
            }
        });

    private void Decode(string path, ImageSize size, Span<byte> pixels)
    {
        using IImageFile file = _backend.Open(path);
        file.Decode(settings.Coloured, (size.Height, size.Width), _background).Pixels.CopyTo(pixels);
        if (file.IsTransparent)
            Interlocked.Increment(ref _transparent);
        if (file.IsReduced)
            Interlocked.Increment(ref _reduced);
        if (file.LosesColours)
            Interlocked.Increment(ref _coloured);
        if (file.IsStretchedTo(size.Height, size.Width))
            Interlocked.Increment(ref _stretched);
    }

    /// <summary>The size that all have that can be read.</summary>
    private ImageSize CommonSize(PictureEntry[] pictures, UserException?[] faults)
    {
        var sizes = new ImageSize[pictures.Length];
        ForEach(faults, 0, pictures.Length, index =>
        {
            using IImageFile file = _backend.Open(pictures[index].Path);
            sizes[index] = new ImageSize(file.Height, file.Width);
        });
        // The first of those that occur most often.
        int[] known = [.. Enumerable.Range(0, pictures.Length).Where(index => faults[index] is null)];
        if (known.Length == 0)
            throw Damaged(pictures, faults);
        IGrouping<ImageSize, int>[] groups =
            [.. known.GroupBy(index => sizes[index]).OrderByDescending(group => group.Count())];
        ImageSize common = groups[0].Key;
        if (groups.Length == 1)
            return common;
        int other = known.First(index => sizes[index] != common), commonest = groups[0].Count();
        // Photographs of a camera have one size, those of the world each their own.
        string advice = 2 * commonest >= known.Length && groups[1].Count() < commonest
            ? $"give --image-size {common} to draw all at the commonest of the {groups.Length} sizes ({commonest} of {known.Length} pictures "
                + "have it), or another one"
            : $"give --image-size HxW, as 64x64, to draw all {known.Length} pictures at one size (they have {groups.Length})";
        throw new DataException(
            $"{pictures[other].Path}: {Text(sizes[other])} pixels, and {pictures[groups[0].First()].Path} has {Text(common)}; {advice}");
    }

    private void Require(PictureEntry[] pictures, UserException?[] faults)
    {
        int damaged = faults.Count(fault => fault is not null);
        if (damaged == 0)
            return;
        if (!settings.SkipDamaged || damaged == pictures.Length)
            throw Damaged(pictures, faults);
        settings.Tell?.Invoke(
            $"left out: {PictureTree.Counted(damaged, "picture")} of {pictures.Length} that cannot be read: "
            + Named(pictures, faults));
    }

    private DataException Damaged(PictureEntry[] pictures, UserException?[] faults)
    {
        int damaged = faults.Count(fault => fault is not null);
        UserException first = faults.First(fault => fault is not null)!;
        if (damaged == 1)
        {
            string skip = pictures.Length == 1 ? "" : ", or --skip-damaged leaves it out";
            return new DataException($"{first.Message}{skip}", first);
        }
        string advice = damaged == pictures.Length ? "replace them" : "replace them, or --skip-damaged leaves them out";
        return new DataException(
            $"{folder}: {damaged} of {pictures.Length} pictures cannot be read: {Named(pictures, faults)}; {advice}; the first: "
            + first.Message,
            first);
    }

    private static string Named(PictureEntry[] pictures, UserException?[] faults) => PictureTree.First(
        pictures.Where((_, index) => faults[index] is not null).Select(picture => picture.Name), MostNamed);

    private static string Text(ImageSize size) => $"{size.Height}×{size.Width}";

    /// <summary>Those of the pictures that could be read, with their labels and names.</summary>
    private static ImageSet Good(
        IReadOnlyList<PictureEntry> pictures, ReadOnlySpan<UserException?> faults, ImageSet pixels, IReadOnlyList<string>? names)
    {
        var good = new List<int>();
        for (int i = 0; i < faults.Length; i++)
        {
            if (faults[i] is null)
                good.Add(i);
        }
        if (good.Count == 0)
            throw new DataException($"{pictures[0].Path}: cannot be read, nor can any other picture of that part; replace them");
        var classes = (names ?? []).Select((name, index) => (name, index))
            .ToDictionary(entry => entry.name, entry => entry.index, StringComparer.Ordinal);
        int[]? labels = pictures[0].Label is null ? null : [.. pictures.Select(picture => classes[picture.Label!])];
        ImageSet all = pixels.WithLabels(labels, names).WithNames([.. pictures.Select(picture => picture.Name)]);
        return good.Count == pictures.Count ? all : all.Take([.. good]);
    }
}
