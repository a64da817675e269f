namespace GpuVae.Runs;

/// <summary>
/// Calls what a program has put into <see cref="Registry"/>: a factory that fails, or makes nothing, is told of by the
/// option and the name that chose it.
/// </summary>
internal static class Making
{
    /// <summary>What a factory makes.</summary>
    /// <param name="option">The option of its table.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="make">Calls it.</param>
    /// <exception cref="UserException">It failed, or made null.</exception>
    public static T Of<T>(string option, string name, Func<T?> make)
        where T : class
    {
        T? made;
        try
        {
            made = make();
        }
        catch (Exception exception) when (exception is not (UserException or OutOfMemoryException))
        {
            throw new UserException(
                $"{option} {name}: what the registry makes of it failed with {exception.GetType().Name}: {exception.Message}; "
                + "mend its factory, or choose another", exception);
        }
        return made ?? throw new UserException(
            $"{option} {name}: what the registry makes of it is null; mend its factory, or choose another");
    }
}
