using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// Options whose value is null when they were not typed, so that a preset can fill it in. What is typed is read as
/// <see cref="SettingFormat"/> says. A value that cannot be read is an error that names the option and the value.
/// </summary>
internal static class OptionValue
{
    /// <summary>Any text that is not the next option.</summary>
    /// <param name="name">The option.</param>
    /// <param name="placeholder">What stands for the value in help.</param>
    /// <param name="description">What help says.</param>
    public static Option<string?> Text(string name, string placeholder, string description)
    {
        var option = new Option<string?>(name)
        {
            HelpName = placeholder,
            Description = description,
            CustomParser = TextParser(name, placeholder),
        };
        // Words in small letters are what may be typed; others say what it is.
        option.CompletionSources.Add(_ => placeholder.Split('|')
            .Where(word => word.All(letter => char.IsAsciiLetterLower(letter) || letter == '-'))
            .Select(word => new CompletionItem(word)));
        return option;
    }

    /// <summary>Reads any text that is not the next option.</summary>
    /// <param name="name">The option.</param>
    /// <param name="placeholder">What stands for the value in help.</param>
    /// <param name="check">Throws a <see cref="UserException"/> where it refuses a text.</param>
    /// <param name="alone">What the option says without a value, or null where it needs one.</param>
    public static Func<ArgumentResult, string?> TextParser(
        string name, string placeholder, Action<string>? check = null, string? alone = null) => argument =>
        {
            string typed = argument.Tokens is [] && alone is not null ? alone : argument.Tokens[0].Value;
            if (typed.Length == 0 || typed.StartsWith("--", StringComparison.Ordinal))
            {
                argument.AddError($"{name}: a value is missing; write {name} {placeholder}");
                return null;
            }

            try
            {
                check?.Invoke(typed);
                return typed;
            }
            catch (UserException exception)
            {
                argument.AddError(exception.Message);
                return null;
            }
        };

    /// <summary>A whole number.</summary>
    public static Option<int?> Whole(string name, string description) => Formatted<int?>(name, description);

    /// <summary>A whole number of 64 bits without a sign.</summary>
    public static Option<ulong?> Seed(string name, string description) => Formatted<ulong?>(name, description);

    /// <summary>A number, with or without a fraction or an exponent.</summary>
    public static Option<double?> Real(string name, string description) => Formatted<double?>(name, description);

    /// <summary>Whole numbers between commas. Ask for the option's result first: an absent list reads as empty.</summary>
    public static Option<int[]?> List(string name, string description) => Formatted<int[]?>(name, description);

    /// <summary>A time such as 90s, 10m or 1.5h.</summary>
    public static Option<TimeSpan?> Time(string name, string description) =>
        new(name)
        {
            HelpName = "TIME",
            Description = description,
            CustomParser = argument =>
            {
                if (CheckpointInterval.TryParseTime(argument.Tokens[0].Value, out TimeSpan time))
                    return time;
                Refuse(argument, name, "not a time such as 90s, 10m or 1.5h");
                return null;
            },
        };

    /// <summary>A port to listen on; 0, which stands for none behind the option, takes a free one.</summary>
    /// <param name="name">The option.</param>
    /// <param name="placeholder">What stands for the port in help.</param>
    /// <param name="description">What help says.</param>
    public static Option<int?> Port(string name, string placeholder, string description) =>
        new(name)
        {
            HelpName = placeholder,
            Arity = ArgumentArity.ZeroOrOne,
            Description = description,
            CustomParser = argument =>
            {
                if (argument.Tokens is [])
                    return 0;
                if (int.TryParse(argument.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= IPEndPoint.MaxPort)
                    return port;
                Refuse(argument, name, "not a port; give a number from 1 to 65535, or 0 for a free one");
                return null;
            },
        };

    private static Option<T> Formatted<T>(string name, string description)
    {
        var format = SettingFormat.Of(typeof(T));
        return new(name)
        {
            HelpName = format.Placeholder,
            Description = description,
            CustomParser = argument =>
            {
                object? value = format.Parse(argument.Tokens[0].Value);
                if (value is null)
                    Refuse(argument, name, format.Refuse(argument.Tokens[0].Value));
                return (T?)value;
            },
        };
    }

    private static void Refuse(ArgumentResult argument, string name, string why) =>
        argument.AddError($"{name} {argument.Tokens[0].Value}: {why}");
}
