using GpuVae.Distributed;
using GpuVae.Kernels;

namespace GpuVae.CommandLine;

/// <summary>A value that the command line may not have; the message names the option and the value.</summary>
internal sealed class UsageException(string message, Exception? innerException = null)
    : Exception(message, innerException);

/// <summary>Turns an exception into one line on stderr and an exit code.</summary>
internal static class Failure
{
    /// <summary>
    /// Whether another process says what all see that mpirun started together, such as a mistake in what was typed: the first does. It has the
    /// exit code too: at another's mpirun would end it before it has spoken.
    /// </summary>
    public static bool IsSaidByAnother => MpiLauncher.Current is { Rank: > 0 };

    /// <summary>Runs <paramref name="action"/>.</summary>
    /// <param name="action">Gives the exit code.</param>
    /// <param name="verbose">Whether a stack trace follows the line.</param>
    public static int Guard(Func<int> action, bool verbose)
    {
        try
        {
            return action();
        }
        catch (UsageException) when (IsSaidByAnother)
        {
            return ExitCode.Done;
        }
        catch (UsageException exception)
        {
            return Report(exception, exception.Message, ExitCode.Usage, verbose);
        }
        catch (Exception exception) when (
            exception is UserException or DeviceException or IOException or UnauthorizedAccessException)
        {
            return Report(exception, exception.Message, ExitCode.Failed, verbose);
        }
        catch (OutOfMemoryException exception)
        {
            return Report(
                exception, "not enough memory; try a smaller --batch, --hidden, --latent, --samples or --count, or --limit", ExitCode.Failed, verbose);
        }
        catch (Exception exception) when (!verbose)
        {
            string message = $"an error in the program itself ({exception.GetType().Name}: {exception.Message}); " +
                "--verbose shows where";
            return Report(exception, message, ExitCode.Failed, verbose);
        }
    }

    /// <summary>Writes <c>gpuvae: message</c> on one line of stderr.</summary>
    public static void WriteLine(string message) =>
        WrappedText.WriteErrorLine($"gpuvae: {message.ReplaceLineEndings(" ")}");

    private static int Report(Exception exception, string message, int code, bool verbose)
    {
        WriteLine(message);
        if (verbose)
            Console.Error.WriteLine(exception);

        return code;
    }
}
