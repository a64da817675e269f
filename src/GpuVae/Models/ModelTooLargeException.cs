using GpuVae.Data;

namespace GpuVae.Models;

/// <summary>A model that has more numbers in one place than can be counted, whatever memory there is.</summary>
/// <param name="options">The options that may be at fault, separated by commas.</param>
/// <param name="what">What there is too much of.</param>
/// <param name="bytes">What that would take of memory.</param>
/// <param name="whose">What takes it, where that is not all of it.</param>
internal sealed class ModelTooLargeException(string options, string what, decimal bytes, string whose = "they")
    : UserException($"{options}: {what}; {whose} would take {ByteSize.Rounded(bytes)} of memory; make it smaller")
{
    /// <summary>What there is too much of, with what it would take of memory.</summary>
    public string What { get; } = $"{what}; {whose} would take {ByteSize.Rounded(bytes)} of memory";

    /// <summary>The same of a model whose layers were written with another option than the usual one.</summary>
    public ModelTooLargeException Blaming(string option) => new(options.Replace("--hidden", option, StringComparison.Ordinal), what, bytes, whose);
}
