using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>A picture that training has drawn.</summary>
/// <param name="Kind">What it shows: <c>reconstruction</c>, <c>samples</c> or <c>manifold</c>.</param>
/// <param name="Epoch">After which epoch.</param>
/// <param name="FullPath">Its file.</param>
public sealed record RunPicture(string Kind, int Epoch, string FullPath);

/// <content>The pictures that training has drawn.</content>
public sealed partial class RunFolder
{
    /// <summary>The kinds of pictures, in the order in which they are shown.</summary>
    internal static IReadOnlyList<string> PictureKinds { get; } = ["reconstruction", "samples", "manifold"];

    /// <summary>The newest picture of each kind; none where training has drawn nothing.</summary>
    /// <exception cref="UserException">The folder cannot be read, or a picture is a link.</exception>
    public IReadOnlyList<RunPicture> NewestPictures()
    {
        RequireOwnImages();
        try
        {
            RunPicture[] newest = [.. PictureKinds.Select(PicturesOf).Where(kind => kind.Count > 0).Select(kind => kind[^1])];
            foreach (RunPicture picture in newest)
                OwnFile.Require(picture.FullPath);
            return newest;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{ImagesPath}: cannot be read: {InputFile.Reason(exception)}", exception);
        }
    }

    private static RunPicture? Read(string path) =>
        OwnPictureName().Match(Path.GetFileName(path)) is { Success: true } name
        && int.TryParse(name.Groups["epoch"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            ? new RunPicture(name.Groups["kind"].Value, epoch, path)
            : null;

    /// <summary>Those of a kind, by epoch; a picture that a person asked for has another name, and is none of them.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    internal IReadOnlyList<RunPicture> PicturesOf(string kind) => !Directory.Exists(ImagesPath) ? [] :
    [
        .. Directory.EnumerateFiles(ImagesPath, $"{kind}-*.png").Select(Read).OfType<RunPicture>()
            .Where(picture => picture.FullPath == ImagePath(kind, picture.Epoch)).OrderBy(picture => picture.Epoch),
    ];

    /// <summary>The path of an animation of the pictures of a kind.</summary>
    internal string AnimationPath(string kind) => Path.Combine(ImagesPath, $"{kind}.webp");

    private static bool IsOwnPicture(string name) =>
        name == "loss.png" || PictureKinds.Any(kind => name == $"{kind}.webp") || OwnPictureName().IsMatch(name);

    [GeneratedRegex(@"^(?<kind>reconstruction|samples|manifold)-(?<epoch>[0-9]{4,})\.png$", RegexOptions.CultureInvariant)]
    private static partial Regex OwnPictureName();
}
