using System.Security.Cryptography;
using System.Text;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>One run of a sweep.</summary>
/// <param name="Name">Its folder in the folder of the sweep; it follows from the values alone, so that a sweep may grow.</param>
/// <param name="Values">The value of each axis.</param>
/// <param name="Arguments">What <c>gpuvae train</c> is given for it, but for the folder.</param>
internal sealed record SweepPoint(string Name, IReadOnlyList<string> Values, IReadOnlyList<string> Arguments)
{
    private const int LongestName = 120;

    /// <summary>All combinations of the axes' values, those of the last axis next to each other.</summary>
    /// <param name="axes">Settings of several values, in the order of the table.</param>
    /// <param name="others">Settings that are the same in all runs.</param>
    /// <param name="common">Other arguments that are.</param>
    public static IReadOnlyList<SweepPoint> All(
        IReadOnlyList<SweepAxis> axes, IReadOnlyList<SweepAxis> others, IReadOnlyList<string> common)
    {
        IEnumerable<IReadOnlyList<string>> combinations = [[]];
        foreach (SweepAxis axis in axes)
        {
            combinations = combinations.SelectMany(start => axis.Values, (start, value) => (IReadOnlyList<string>)[.. start, value]);
        }

        string[] same = [.. common, .. others.Select(other => Argument(other.Setting, other.Values[0]))];
        return
        [
            .. combinations.Select(values => new SweepPoint(
                NameOf(axes, values), values, [.. same, .. axes.Zip(values).Select(pair => Argument(pair.First.Setting, pair.Second))])),
        ];
    }

    /// <summary>The option and its value in one word, so that a value may begin like an option.</summary>
    private static string Argument(Setting setting, string value) => $"{setting.Option}={value}";

    /// <summary>Values as they are typed, as far as every system allows them in names of files.</summary>
    private static string NameOf(IReadOnlyList<SweepAxis> axes, IReadOnlyList<string> values)
    {
        string typed = string.Join('_', axes.Zip(values).Select(pair => $"{pair.First.Setting.Option[2..]}-{pair.Second}"));
        string name = string.Concat(typed.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ',' or '+' ? c : '-'));
        if (name == typed && name.Length <= LongestName && !name.EndsWith('.'))
        {
            return name;
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(typed)))[..8];
        return $"{name[..Math.Min(name.Length, LongestName)]}-{digest}";
    }
}
