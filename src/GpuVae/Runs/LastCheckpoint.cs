namespace GpuVae.Runs;

/// <summary>The checkpoint from which a run is resumed.</summary>
/// <param name="File">What it holds.</param>
/// <param name="Note">Why it is not the last one, or null.</param>
internal sealed record LastCheckpoint(CheckpointFile File, string? Note)
{
    /// <summary>The last one, or the one before it where the last is damaged or missing.</summary>
    /// <returns>Null where the run was stopped before its first.</returns>
    /// <exception cref="UserException">All are damaged; the message is about the last.</exception>
    public static LastCheckpoint? Find(RunFolder folder)
    {
        bool hasPrevious = System.IO.File.Exists(folder.PreviousCheckpointPath);
        if (!System.IO.File.Exists(folder.CheckpointPath) && !hasPrevious)
            return null;
        try
        {
            return new LastCheckpoint(CheckpointFile.Read(folder.CheckpointPath), null);
        }
        catch (UserException fault) when (hasPrevious)
        {
            try
            {
                return new LastCheckpoint(
                    CheckpointFile.Read(folder.PreviousCheckpointPath), $"the checkpoint before; {fault.Message}");
            }
            catch (UserException)
            {
                throw fault;
            }
        }
    }

    /// <summary>
    /// Puts the checkpoint in the place of a damaged last one; else the next would be written over the good one, and the
    /// damaged one be kept beside it.
    /// </summary>
    public void ReplaceDamaged(RunFolder folder)
    {
        if (Note is null)
            return;
        try
        {
            System.IO.File.Move(folder.PreviousCheckpointPath, folder.CheckpointPath, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder.CheckpointPath}: cannot be written: {exception.Message}", exception);
        }
    }
}
