using System.Diagnostics;
using System.Text;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// What the driver's compiler says of a kernel that it refuses. ILGPU traces that, with the whole text of the kernel, and throws an
/// error code alone.
/// </summary>
internal sealed class BuildLog : TraceListener
{
    private const int MostCharacters = 1 << 20;

    private readonly StringBuilder _text = new();
    private readonly int _thread = Environment.CurrentManagedThreadId; // other threads build kernels of other devices

    private BuildLog()
    {
    }

    /// <summary>Builds a kernel, and says why where that fails.</summary>
    /// <param name="name">The kernel.</param>
    /// <param name="build">Has the driver compile it.</param>
    /// <exception cref="DeviceException">
    /// The driver refuses it; the message has what its compiler said first, and the inner exception all.
    /// </exception>
    public static T Explain<T>(string name, Func<T> build)
    {
        using var log = new BuildLog();
        Trace.Listeners.Add(log);
        try
        {
            return build();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && log._text.Length > 0)
        {
            string text = log._text.ToString();
            throw new DeviceException(
                $"the driver refuses the kernel {name}: {FirstFault(text) ?? exception.Message}",
                new InvalidOperationException(text, exception));
        }
        finally
        {
            Trace.Listeners.Remove(log);
        }
    }

    /// <inheritdoc/>
    public override void Write(string? message)
    {
        if (Environment.CurrentManagedThreadId == _thread && _text.Length < MostCharacters)
            _text.Append(message);
    }

    /// <inheritdoc/>
    public override void WriteLine(string? message) => Write(message + Environment.NewLine);

    /// <summary>The first line that speaks of an error: the text of a kernel itself has no such word.</summary>
    private static string? FirstFault(string text) => text.Split('\n').Select(line => line.Trim())
        .FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)
            || line.Contains("fatal", StringComparison.OrdinalIgnoreCase));
}
