using System.Globalization;

namespace GpuVae.Files;

/// <summary>
/// Files that nobody has named: nothing that is there is overwritten, nor what another process writes at the same time.
/// </summary>
public static class NewFile
{
    /// <summary>
    /// Writes a file under a name that is free: <c>folder/name.ext</c>, with <c>-2</c>, <c>-3</c> … behind the name where that
    /// is taken. The folder is made if it is missing. The name is taken by the whole file, exclusively, so that of several who
    /// write at once each gets its own.
    /// </summary>
    /// <param name="folder">Where; no link.</param>
    /// <param name="name">The stem.</param>
    /// <param name="extension">With its point.</param>
    /// <param name="write">Writes the file at the path that it is given, which is a temporary one.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="UserException">The folder cannot be made, or the file not be written.</exception>
    public static string Write(string folder, string name, string extension, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(extension);
        ArgumentNullException.ThrowIfNull(write);
        Make(folder);
        Tidy(folder, name, extension);
        string first = Path.Combine(folder, name + extension), temporary = AtomicFile.TemporaryName(first);
        using var open = OpenFolder.ToWrite(folder);
        using var begun = AtomicFile.Begin(temporary);
        try
        {
            write(temporary);
            string path = MoveToFreeName(temporary, folder, name, extension);
            open.Flush();
            return path;
        }
        catch (Exception exception)
        {
            AtomicFile.TryDelete(temporary);
            // The reason names the temporary file, which nobody knows.
            string reason = InputFile.Reason(exception).Replace(temporary, first, StringComparison.Ordinal);
            if (exception is UserException)
                throw new UserException(reason, exception);
            if (exception is IOException or UnauthorizedAccessException)
                throw new UserException($"{first}: cannot be written: {reason}", exception);
            throw;
        }
    }

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException(
                $"{folder}: cannot be made: {InputFile.Reason(exception).TrimEnd('.')}; choose a file with --out", exception);
        }
    }

    /// <summary>Takes away what earlier calls left that were killed, where it is certain that nobody is writing.</summary>
    private static void Tidy(string folder, string name, string extension)
    {
        try
        {
            using var alone = OpenFolder.ToTidy(folder);
            if (alone is { IsLocked: true })
                AtomicFile.DeleteTemporary(folder, final => IsOf(final, name, extension));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then it stays: the file can be written all the same, or the attempt says why not.
        }
    }

    private static bool IsOf(string final, string name, string extension) =>
        final.StartsWith(name, StringComparison.Ordinal) && final.EndsWith(extension, StringComparison.Ordinal)
        && final.Length >= name.Length + extension.Length
        && final[name.Length..^extension.Length] is var number
        && (number.Length == 0 || (number[0] == '-' && number[1..].All(char.IsAsciiDigit)));

    private static string MoveToFreeName(string temporary, string folder, string name, string extension)
    {
        for (int number = 1; ; number++)
        {
            string suffix = number == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{number}");
            string path = Path.Combine(folder, name + suffix + extension);
            if (!ExclusiveName.IsTaken(path) && ExclusiveName.TryTake(temporary, path))
                return path;
        }
    }
}
