using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// Options whose value is null when they were not typed, so that a preset can fill it in. Numbers are written the
/// same way everywhere (1e-3, 0.5), whatever the language of the machine. A value that cannot be read is an error
/// that names the option and the value.
/// </summary>
internal static class OptionValue
{
    /// <summary>Any text that is not the next option.</summary>
    public static Option<string?> Text(string name, string valueName, string description) =>
        new(name)
        {
            HelpName = valueName,
            Description = description,
            CustomParser = argument =>
            {
                string typed = argument.Tokens[0].Value;
                if (typed.Length > 0 && !typed.StartsWith("--", StringComparison.Ordinal))
                {
                    return typed;
                }

                argument.AddError($"{name}: a value is missing; write {name} {valueName}");
                return null;
            },
        };

    /// <summary>A whole number.</summary>
    public static Option<int?> Whole(string name, string description) =>
        new(name)
        {
            HelpName = "N",
            Description = description,
            CustomParser = argument => int.TryParse(
                argument.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number
                : Refuse(argument, name, "not a whole number from 0 to 2147483647"),
        };

    /// <summary>A whole number of 64 bits without a sign.</summary>
    public static Option<ulong?> Seed(string name, string description) =>
        Number<ulong>(name, "N", description, NumberStyles.None, "not a whole number from 0 to 18446744073709551615");

    /// <summary>A number, with or without a fraction or an exponent.</summary>
    public static Option<double?> Real(string name, string description) =>
        Number<double>(name, "X", description, NumberStyles.Float, "not a number such as 0.001 or 1e-3");

    /// <summary>Whole numbers between commas. Ask for the option's result first: an absent list reads as empty.</summary>
    public static Option<int[]?> List(string name, string description) =>
        new(name)
        {
            HelpName = "N,N,…",
            Description = description,
            CustomParser = argument =>
            {
                string[] parts = argument.Tokens[0].Value.Split(',');
                int[] numbers = new int[parts.Length];
                for (int i = 0; i < parts.Length; i++)
                {
                    if (!int.TryParse(
                        parts[i].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i]))
                    {
                        Refuse(argument, name, "not a list of whole numbers such as 400 or 512,256");
                        return null;
                    }
                }

                return numbers;
            },
        };

    /// <summary>A time such as 90s, 10m or 1.5h.</summary>
    public static Option<TimeSpan?> Time(string name, string description) =>
        new(name)
        {
            HelpName = "TIME",
            Description = description,
            CustomParser = argument =>
            {
                if (CheckpointInterval.TryParseTime(argument.Tokens[0].Value, out TimeSpan time))
                {
                    return time;
                }

                Refuse(argument, name, "not a time such as 90s, 10m or 1.5h");
                return null;
            },
        };

    private static int? Refuse(ArgumentResult argument, string name, string why)
    {
        argument.AddError($"{name} {argument.Tokens[0].Value}: {why}");
        return null;
    }

    private static Option<T?> Number<T>(
        string name, string helpName, string description, NumberStyles style, string complaint)
        where T : struct, INumberBase<T> =>
        new(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = argument =>
            {
                if (T.TryParse(argument.Tokens[0].Value, style, CultureInfo.InvariantCulture, out T number))
                    return number;
                Refuse(argument, name, complaint);
                return null;
            },
        };
}
