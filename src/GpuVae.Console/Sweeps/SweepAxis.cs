using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>A setting and the values that a sweep gives it, as they are typed behind its option.</summary>
/// <param name="Setting">What is set.</param>
/// <param name="Values">Each once, in the order in which they were typed.</param>
internal sealed partial record SweepAxis(Setting Setting, IReadOnlyList<string> Values)
{
    /// <summary>More values than anybody means.</summary>
    private const int MostValues = 10_000;

    /// <summary>
    /// Reads what was typed: values between commas and ranges 1..5 of whole numbers. Where a value has commas itself, or may
    /// be any text, each stands behind the option once more.
    /// </summary>
    /// <exception cref="UsageException">A text is no value of the setting.</exception>
    public static SweepAxis Parse(Setting setting, IEnumerable<string> typed)
    {
        bool isSplit = setting.Choices is not null || setting.Type.IsValueType;
        string[] values = [.. typed.SelectMany(text => isSplit ? text.Split(',').SelectMany(part => Range(setting, part)) : [text]).Distinct()];
        foreach (string value in values)
        {
            try
            {
                setting.Validate(setting.WithText(new RunConfiguration(), value));
            }
            catch (UserException exception)
            {
                throw new UsageException(exception.Message, exception);
            }
        }

        // 1 and 01 are one value, and two runs of it would count as two seeds.
        return new SweepAxis(setting, [.. values.DistinctBy(value => setting.Text(setting.WithText(new RunConfiguration(), value)))]);
    }

    /// <summary>Writes one of the values as <c>config.json</c> has it.</summary>
    public void WriteJson(Utf8JsonWriter json, string value) => Setting.WriteJson(json, Setting.WithText(new RunConfiguration(), value));

    private static IEnumerable<string> Range(Setting setting, string text)
    {
        Match range = RangeText().Match(text);
        if (!range.Success || setting.Type == typeof(double))
        {
            return [text.Trim()];
        }

        var ends = (First: ulong.Parse(range.Groups[1].Value, CultureInfo.InvariantCulture), Last: ulong.Parse(range.Groups[2].Value, CultureInfo.InvariantCulture));
        if (ends.Last < ends.First || ends.Last - ends.First >= MostValues)
        {
            throw new UsageException(
                $"{setting.Option} {text}: a range goes from the lower to the higher number, as 1..5, and has at most {MostValues} numbers");
        }

        return Enumerable.Range(0, (int)(ends.Last - ends.First) + 1)
            .Select(i => (ends.First + (ulong)i).ToString(CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^\s*([0-9]{1,18})\.\.([0-9]{1,18})\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex RangeText();
}
