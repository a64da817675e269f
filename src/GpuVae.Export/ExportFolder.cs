namespace GpuVae.Export;

/// <summary>Where an export goes.</summary>
internal static class ExportFolder
{
    /// <summary>Makes the folder if it is not there.</summary>
    /// <exception cref="UserException">It cannot be made.</exception>
    public static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder}: cannot be made: {exception.Message.TrimEnd('.')}; choose another folder", exception);
        }
    }
}
