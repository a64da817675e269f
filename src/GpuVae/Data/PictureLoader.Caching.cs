using GpuVae.Imaging;
using GpuVae.Kernels;

namespace GpuVae.Data;

/// <content>Where decoded pixels are kept: in memory, in a <see cref="PictureCache"/>, or read from one into memory.</content>
internal sealed partial class PictureLoader
{
    private int _decoded;

    /// <summary>The pixels of both parts.</summary>
    private (ImageSet Train, ImageSet? Test) Decoded(PictureEntry[] all, int trained, UserException?[] faults)
    {
        PictureCache? cache = settings.Cache is string path ? Kept(all, path) : null;
        ImageSize size = cache?.Size ?? settings.ImageSize ?? CommonSize(all, faults);
        var image = new Shape(size.Height, size.Width, settings.Coloured ? 3 : 1);
        if (cache is null)
            settings.BeforeDecoding?.Invoke(image, trained);
        long? memory = MemoryLimit.OfStream(settings.DataMemory, (decimal)all.Length * image.Size);
        if (memory is not null && settings.Cache is null)
            cache = Kept(all, PictureCache.UsualPath(folder, settings));
        Func<int, int, ImageSet> part = settings.Cache is null && memory is null
            ? (first, count) => InMemory(all, first, count, faults, image)
            : PartsOf(cache, all, faults, image, memory);
        return (part(0, trained), trained == all.Length ? null : part(trained, all.Length - trained));
    }

    private ImageSet InMemory(PictureEntry[] all, int first, int count, UserException?[] faults, Shape image)
    {
        var pixels = new byte[count * image.Size];
        Decode(all, first, pixels, faults, image);
        return new ImageSet(pixels, null, image.Height, image.Width, image.Channels);
    }

    /// <summary>The cache, if it has these pictures as they are today.</summary>
    private PictureCache? Kept(PictureEntry[] all, string path)
    {
        if (PictureCache.Find(path, PictureCache.KeyOf(all, settings), all.Length, settings.Tell) is not PictureCache cache)
            return null;
        if (cache.Findings.Faults.Keys.Any(place => place >= 0 && place < all.Length && CanBeRead(all[place].Path)))
        {
            settings.Tell?.Invoke($"{path} lacks pictures that could not be read and can be now, and is made again");
            return null;
        }
        settings.Tell?.Invoke($"{folder}: {PictureTree.Counted(all.Length, "decoded picture")} taken from {path}{CacheHint}");
        return cache;
    }

    /// <summary>Decodes the pictures into a cache.</summary>
    private PictureCache Keep(PictureEntry[] all, UserException?[] faults, Shape image)
    {
        string path = settings.Cache ?? PictureCache.UsualPath(folder, settings);
        settings.Tell?.Invoke($"{folder}: {PictureTree.Counted(all.Length, "picture")} are decoded into {path}{CacheHint}");
        return PictureCache.Write(
            path, PictureCache.KeyOf(all, settings), all.Length, image, (first, pixels) => Decode(all, first, pixels, faults, image),
            () => Findings(faults));
    }

    private string CacheHint => settings.Cache is null ? " (--cache FILE, or XDG_CACHE_HOME, says otherwise)" : "";

    /// <summary>Parts of what a cache has, which are left there or read, with what was found when it was made.</summary>
    private Func<int, int, ImageSet> PartsOf(
        PictureCache? cache, PictureEntry[] all, UserException?[] faults, Shape image, long? memory)
    {
        FileBytes? file = cache is null ? null : Open(cache);
        if (cache is not null && Convert.ToHexStringLower(file!.Summary.Hash) != cache.Findings.PixelHash)
        {
            settings.Tell?.Invoke($"{cache.Path} is damaged, and is made again");
            cache = null;
        }
        if (cache is null)
        {
            cache = Keep(all, faults, image);
            file = Open(cache);
        }
        Take(cache.Findings, faults);
        if (memory is long limit)
            MemoryLimit.TellStream(settings.Tell, cache.Path, (decimal)all.Length * image.Size, settings.DataMemory, limit);
        return (first, length) =>
        {
            if (memory is not null)
                return new ImageSet(new SelectedBytes(file!, [.. Enumerable.Range(first, length)]), image.Height, image.Width, image.Channels);
            var pixels = new byte[length * image.Size];
            file!.Read(first, pixels);
            return new ImageSet(pixels, null, image.Height, image.Width, image.Channels);
        };

        FileBytes Open(PictureCache made) => new(made.Path, made.Start, all.Length, image.Size, memory ?? long.MaxValue);
    }

    /// <summary>Fills the bytes of pictures from a first one on.</summary>
    private void Decode(PictureEntry[] all, int first, Memory<byte> pixels, UserException?[] faults, Shape image) =>
        ForEach(faults, first, pixels.Length / image.Size, index =>
        {
            Span<byte> own = pixels.Span.Slice((index - first) * image.Size, image.Size);
            Decode(all[index].Path, new ImageSize(image.Height, image.Width), own);
            settings.Decoding?.Report(new DecodingProgress(Interlocked.Increment(ref _decoded), all.Length));
        });

    private PictureFindings Findings(UserException?[] faults) => new(
        _transparent, _reduced, _coloured, _stretched,
        Enumerable.Range(0, faults.Length).Where(index => faults[index] is not null)
            .ToDictionary(index => index, index => faults[index]!.Message));

    private void Take(PictureFindings found, UserException?[] faults)
    {
        (_transparent, _reduced, _coloured, _stretched) = (found.Transparent, found.Reduced, found.Coloured, found.Stretched);
        foreach ((int place, string reason) in found.Faults)
        {
            if (place >= 0 && place < faults.Length)
                faults[place] = new DataException(reason);
        }
    }

    private bool CanBeRead(string path)
    {
        try
        {
            using IImageFile file = _backend.Open(path);
            file.Decode(settings.Coloured, (1, 1), _background);
            return true;
        }
        catch (UserException)
        {
            return false;
        }
    }
}
