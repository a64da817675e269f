using System.Collections;
using System.Globalization;
using GpuVae.Data;

namespace GpuVae.Runs;

/// <summary>
/// How values of a type are typed and shown. Numbers are written the same way everywhere (1e-3, 0.5), whatever the language
/// of the machine.
/// </summary>
/// <param name="Placeholder">What stands for a value in help.</param>
/// <param name="Complaint">What a text is not that cannot be read.</param>
/// <param name="Parse">The value of a text, or null.</param>
public sealed record SettingFormat(string Placeholder, string Complaint, Func<string, object?> Parse)
{
    private const string Nothing = "none";
    private const string Whole = "not a whole number";

    private static readonly Dictionary<Type, SettingFormat> _formats = new()
    {
        [typeof(int)] = new("N", $"{Whole} from 0 to 2147483647", text => ReadWhole(text)),
        [typeof(ulong)] = new(
            "N", $"{Whole} from 0 to 18446744073709551615",
            text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
                ? number
                : null),
        [typeof(double)] = new("X", "not a number such as 0.001 or 1e-3", text => ReadReal(text)),
        [typeof(bool)] = new("", "not true or false", text => bool.TryParse(text, out bool value) ? value : null),
        [typeof(string)] = new("TEXT", "no text", text => text),
        [typeof(int[])] = new(
            "N,N,…", "not a list of whole numbers such as 400 or 512,256",
            text => text == Nothing ? Array.Empty<int>() : ReadList(text, part => ReadWhole(part.Trim()))),
        [typeof(double[])] = new("X,X,…", "not a list of numbers such as 0.5,1e-3", text => ReadList(text, ReadReal)),
        [typeof(string[])] = new(
            "NAME,…", "no list of names; a name with a comma stands in double quotes", ReadNames),
        [typeof(RateStep[])] = new(
            "N:X,N:X,…", "not a list of EPOCH:RATE such as 5:5e-4,9:1e-4", text => ReadList(text, ReadRateStep)),
        // Found in the data; nobody types them.
        [typeof(Category[])] = new("", "no categories", _ => null),
    };

    /// <summary>The format of a type's values; a number that may be missing has that of the number.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static SettingFormat Of(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return _formats.TryGetValue(Nullable.GetUnderlyingType(type) ?? type, out SettingFormat? format)
            ? format
            : throw new ArgumentException($"{type}: a setting cannot have this type", nameof(type));
    }

    /// <summary>What a text is not: a range is told of a number alone.</summary>
    /// <param name="text">What <see cref="Parse"/> gave null for.</param>
    public string Refuse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isNumber = text.Any(char.IsAsciiDigit) && text.All(c => char.IsAsciiDigit(c) || c is '-' or '+');
        return Complaint.StartsWith($"{Whole} ", StringComparison.Ordinal) && !isNumber ? $"{Whole} such as 10" : Complaint;
    }

    /// <summary>A value as a person types it; lists have commas, and an empty text stands for nothing.</summary>
    public static string Format(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        double number => FormatReal(number),
        RateStep step => $"{Format(step.Epoch)}:{Format(step.Rate)}",
        Category category => category.ToString(),
        IEnumerable<string?> names => string.Join(
            ',', names.Select(name => name is not null && name.Contains(',', StringComparison.Ordinal) ? $"\"{name}\"" : name)),
        IEnumerable list => string.Join(',', list.Cast<object?>().Select(Format)),
        _ => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
    };

    /// <summary>Whether limits hold for whole numbers.</summary>
    internal static bool IsWhole(Type type) => type == typeof(int) || type == typeof(int?) || type == typeof(int[]);

    /// <summary>The numbers that limits hold for: those of a list, or the number itself.</summary>
    internal static IEnumerable<double> Numbers(object? value) => value switch
    {
        int number => [number],
        double number => [number],
        int[] list => list.Select(number => (double)number),
        double[] list => list,
        _ => [],
    };

    // 1e-8, as people write it, where .NET has 1E-08.
    private static string FormatReal(double number)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        if (text.Split('E') is not [string digits, string exponent])
            return text;
        return $"{digits}e{Format(int.Parse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))}";
    }

    private static int? ReadWhole(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static double? ReadReal(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    private static RateStep? ReadRateStep(string text)
    {
        string[] sides = text.Split(':');
        return sides.Length == 2
            && int.TryParse(sides[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int epoch)
            && ReadReal(sides[1]) is double rate
            ? new RateStep(epoch, rate)
            : null;
    }

    /// <summary>Names between commas; one that holds a comma stands in double quotes, as in a CSV file.</summary>
    private static string[]? ReadNames(string text)
    {
        List<string> names = [];
        bool isQuoted = false;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"')
                isQuoted = !isQuoted;
            if (i < text.Length && (text[i] != ',' || isQuoted))
                continue;
            string name = text[start..i].Trim();
            names.Add(name is ['"', .. string inner, '"'] ? inner.Replace("\"\"", "\"", StringComparison.Ordinal) : name);
            start = i + 1;
        }
        return isQuoted ? null : [.. names];
    }

    private static T[]? ReadList<T>(string text, Func<string, T?> read)
        where T : struct
    {
        T?[] items = Array.ConvertAll(text.Split(','), part => read(part));
        return Array.TrueForAll(items, item => item is not null) ? Array.ConvertAll(items, item => item!.Value) : null;
    }
}
