using System.Globalization;

namespace GpuVae.Models;

/// <summary>A model that has more numbers in one place than can be counted, whatever memory there is.</summary>
/// <param name="options">The options that may be at fault, separated by commas.</param>
/// <param name="what">What there is too much of.</param>
/// <param name="bytes">What that would take of memory.</param>
/// <param name="whose">What takes it, where that is not all of it.</param>
internal sealed class ModelTooLargeException(string options, string what, decimal bytes, string whose = "they")
    : UserException($"{options}: {what}; {whose} would take {Memory(bytes)} of memory; make it smaller")
{
    /// <summary>What there is too much of, with what it would take of memory.</summary>
    public string What { get; } = $"{what}; {whose} would take {Memory(bytes)} of memory";

    /// <summary>The same of a model whose layers were written with another option than the usual one.</summary>
    public ModelTooLargeException Blaming(string option) => new(options.Replace("--hidden", option, StringComparison.Ordinal), what, bytes, whose);

    /// <summary>Bytes as a person reads them.</summary>
    public static string Memory(decimal bytes) => bytes switch
    {
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):F0} MiB"),
        < 1L << 43 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 30):#,0.0} GiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 40):#,0.#} TiB"),
    };
}
