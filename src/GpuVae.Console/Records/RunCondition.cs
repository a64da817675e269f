using System.Text.RegularExpressions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>A condition on runs: <c>latent=20</c>, <c>test_loss&lt;105.5</c>.</summary>
internal sealed partial class RunCondition
{
    /// <summary>Values that are listed where nothing was found; of more of them the nearest is named.</summary>
    private const int MostListed = 6;

    private readonly string _operation;
    private readonly string _value;

    private RunCondition(RunKey key, string operation, string value) => (Key, _operation, _value) = (key, operation, value);

    /// <summary>What it is on.</summary>
    public RunKey Key { get; }

    /// <summary>Reads what was typed.</summary>
    /// <param name="option">Where it was typed.</param>
    /// <param name="typed">KEY, an operation and a value.</param>
    /// <param name="runs">Whose figures there are.</param>
    /// <exception cref="UsageException">It is no condition, or there is no such key.</exception>
    public static RunCondition Parse(string option, string typed, IReadOnlyList<RunRecord> runs)
    {
        Match match = Form().Match(typed);
        if (!match.Success || match.Groups["value"].Value[0] is '<' or '>' or '!')
        {
            throw new UsageException(
                $"{option} {typed}: not a condition such as latent=20, preset!=ae or 'test_loss<105.5' (in quotes, as a shell takes < for a file)");
        }

        (string operation, string value) = (match.Groups["operation"].Value, match.Groups["value"].Value.Trim());
        RunKey key = RunKey.Find(option, match.Groups["key"].Value.Trim(), runs);
        if (operation[0] is '<' or '>' && RunKey.Number(value) is null)
        {
            throw new UsageException($"{option} {typed}: {operation} compares numbers, and '{value}' is none");
        }

        return new RunCondition(key, operation, value);
    }

    /// <summary>Whether a run fulfils it; one that has no such value does not.</summary>
    public bool Holds(RunRecord run)
    {
        if (Key.Read(run) is not string text)
        {
            return false;
        }

        if (RunKey.Number(text) is double number && RunKey.Number(_value) is double other)
        {
            return _operation switch
            {
                "=" or "==" => number == other,
                "!=" => number != other,
                "<" => number < other,
                "<=" => number <= other,
                ">" => number > other,
                _ => number >= other,
            };
        }

        bool isSame = string.Equals(text, _value, StringComparison.OrdinalIgnoreCase);
        return _operation is "=" or "==" ? isSame : _operation == "!=" && !isSame;
    }

    /// <summary>Why none of some runs fulfils it; null where one does.</summary>
    /// <param name="runs">At least one.</param>
    public string? WhyNone(IReadOnlyList<RunRecord> runs)
    {
        if (runs.Any(Holds))
        {
            return null;
        }

        string[] values =
        [
            .. runs.Select(Key.Read).OfType<string>().GroupBy(value => value).OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key, Comparer<string>.Create(RunKey.Compare)).Select(group => group.Key),
        ];
        string asked = _operation is "=" or "==" ? $"{Key.Name} {_value}" : $"{Key.Name}{_operation}{_value}";
        return values.Length == 0 ? $"no run has a {Key.Name}"
            : _operation == "!=" ? $"no run has {asked}: it is {RunKey.Shown(values[0])} in each"
            : $"no run has {asked}; {Given(values)}";
    }

    /// <summary>The values that there are: all of a few, the nearest of many, or between which numbers they lie.</summary>
    private string Given(string[] values)
    {
        if (values.Length <= MostListed)
        {
            return $"there {(values.Length == 1 ? "is" : "are")} {string.Join(", ", values.Select(RunKey.Shown))}";
        }

        if (Array.TrueForAll(values, value => RunKey.Number(value) is not null))
        {
            string[] sorted = [.. values.Order(Comparer<string>.Create(RunKey.Compare))];
            return $"they have {RunKey.Shown(sorted[0])} … {RunKey.Shown(sorted[^1])}";
        }

        int others = values.Length - MostListed;
        return ClosestName.Of(_value, values) is string near
            ? $"did you mean {near}?"
            : ReportText.Text($"there are {string.Join(", ", values.Take(MostListed))} and {others:N0} other{(others == 1 ? "" : "s")}");
    }

    [GeneratedRegex("^(?<key>[^=!<>]+)(?<operation>==|!=|<=|>=|=|<|>)(?<value>.+)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Form();
}
