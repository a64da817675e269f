using System.CommandLine;
using System.Text.RegularExpressions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// Advice of the library, as it reads in a verb: readers of data name the option of <c>train</c> that helps, and a verb on a
/// trained run has not all of them, since the run keeps what it was trained with.
/// </summary>
internal static partial class TrainingOptions
{
    private static readonly Lazy<HashSet<string>> _all =
        new(() => [.. Settings.All.Where(setting => setting.IsOption).Select(setting => setting.Option)]);

    /// <summary>The sentence, and of the options in it that the verb lacks that they are those of <c>train</c>.</summary>
    /// <param name="sentence">A message or a note.</param>
    /// <param name="options">The options of the verb.</param>
    /// <returns>The same sentence where it names none that is lacking, or says itself that it speaks of training.</returns>
    public static string Explain(string sentence, IEnumerable<Option> options)
    {
        string[] named =
            [.. OptionName().Matches(sentence).Where(match => !match.Groups["train"].Success).Select(match => match.Groups["name"].Value).Distinct()];
        string[] lacking = [.. named.Where(_all.Value.Contains).Except(options.Select(option => option.Name))];
        return lacking.Length switch
        {
            0 => sentence,
            1 => $"{sentence}; {lacking[0]} is an option of gpuvae train, and a run keeps what it was trained with",
            _ => $"{sentence}; {string.Join(", ", lacking[..^1])} and {lacking[^1]} are options of gpuvae train, and a run keeps " +
                "what it was trained with",
        };
    }

    [GeneratedRegex("(?<train>train (with )?)?(?<![A-Za-z0-9-])(?<name>--[a-z][a-z-]*[a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex OptionName();
}
