using GpuVae.Data;
using GpuVae.Evaluation;

namespace GpuVae.CommandLine;

/// <summary>Where examples of a verb go as numbers instead of pictures.</summary>
internal static class NumberFile
{
    /// <summary>Whether the file asked for is one of numbers.</summary>
    public static bool Takes(string? path) => path is not null &&
        (path.EndsWith(CodeFile.CsvExtension, StringComparison.OrdinalIgnoreCase) ||
        path.EndsWith(CodeFile.NpyExtension, StringComparison.OrdinalIgnoreCase));

    /// <summary>Writes examples in the units of the run's data and says where.</summary>
    /// <param name="path">.csv or .npy.</param>
    /// <param name="trained">The run.</param>
    /// <param name="values">(N, D), numbers of the model.</param>
    /// <param name="examples">What they were made of, or null.</param>
    /// <param name="first">How many examples of the data stand before these.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, TrainedModel trained, float[] values, ImageSet? examples = null, int first = 0)
    {
        ExampleFile.Write(path, values, (trained.Height, trained.Width, trained.Channels), trained.Pipeline, examples, first);
        Console.Out.WriteLine($"written to {path}");
    }
}
