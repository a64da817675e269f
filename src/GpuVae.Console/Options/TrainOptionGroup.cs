using System.CommandLine;
using System.Globalization;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>Options of <c>train</c> that belong together, and what they change in a configuration.</summary>
internal abstract class TrainOptionGroup
{
    /// <summary>What holds where nothing is typed and the preset says nothing.</summary>
    protected static RunConfiguration Defaults { get; } = new();

    /// <summary>The options under their heading, in the order in which help shows them.</summary>
    public abstract OptionGroup Group { get; }

    /// <summary>The configuration with what was typed; what was not typed stays as it is.</summary>
    public abstract RunConfiguration Apply(ParseResult line, RunConfiguration configuration);

    /// <summary>Names to choose from, as help shows them.</summary>
    protected static string Names(IEnumerable<string> names) => string.Join('|', names);

    /// <summary>A number as help shows it.</summary>
    protected static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
