using System.Globalization;

namespace GpuVae.CommandLine;

/// <summary>Names for files that nobody has named: nothing that is there is overwritten.</summary>
internal static class NewFile
{
    /// <summary>
    /// The path of a file that does not exist: <c>folder/name.ext</c>, with <c>-2</c>, <c>-3</c> … behind the name
    /// where that is taken. The folder is made if it is missing.
    /// </summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">The stem.</param>
    /// <param name="extension">With its point.</param>
    /// <exception cref="UserException">The folder cannot be made.</exception>
    public static string In(string folder, string name, string extension)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException(
                $"{folder}: cannot be made: {exception.Message.TrimEnd('.')}; choose a file with --out", exception);
        }

        string path = Path.Combine(folder, name + extension);
        for (int number = 2; Path.Exists(path); number++)
        {
            path = Path.Combine(folder, name + string.Create(CultureInfo.InvariantCulture, $"-{number}") + extension);
        }

        return path;
    }
}
