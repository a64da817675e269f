using System.Globalization;
using GpuVae.Models;

namespace GpuVae.CommandLine;

/// <summary>A figure of several runs as text: losses as everywhere, others with decimals in common, differences with as many.</summary>
/// <param name="name">As in <c>metrics.jsonl</c>.</param>
/// <param name="values">Of each run, or null.</param>
internal sealed class ComparedFigure(string name, double?[] values)
{
    /// <summary>Digits that count of the figures that are no losses.</summary>
    private const int Digits = 4;

    private const int MostDecimals = 9;
    private const double LongestFixed = 1e8;

    /// <summary>Of bits and similarities, as <c>train</c> has them.</summary>
    private const int DecimalsOfBits = 4;

    private const string Missing = "–";

    /// <summary>Figures whose unit is none, or is in their name.</summary>
    private static readonly string[] _withoutUnit =
        ["bits_per_dimension", "sigma", "learning_rate", "effective_beta", "active_units", "gradient_norm"];

    private readonly Func<double, string> _format = FormatOf(name, [.. values.OfType<double>()]);

    /// <summary>Whether a figure is in nats per example.</summary>
    public static bool IsNats(string name) => !_withoutUnit.Contains(name) && SimilarityTerm.LabelOf(name) is null;

    /// <summary>The figures.</summary>
    public IEnumerable<string> Values => values.Select(value => value is double number ? _format(number) : Missing);

    /// <summary>How far they are from the first, but for that.</summary>
    public IEnumerable<string> Differences =>
        values.Skip(1).Select(value => value - values[0] is double difference ? Signed(difference) : Missing);

    private static Func<double, string> FormatOf(string name, double[] numbers)
    {
        if (IsNats(name))
        {
            return ReportText.Loss;
        }

        if (numbers.Any(number => Math.Abs(number) >= LongestFixed))
        {
            return number => ReportText.Text($"{number:G4}");
        }

        bool isPart = name == "bits_per_dimension" || SimilarityTerm.LabelOf(name) is not null;
        int decimals = isPart ? DecimalsOfBits : numbers.Select(Decimals).DefaultIfEmpty(0).Max();
        string format = string.Create(CultureInfo.InvariantCulture, $"F{decimals}");
        return number => number.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Decimals that a number needs for four digits that count, without zeros at its end.</summary>
    private static int Decimals(double number)
    {
        if (number == 0 || !double.IsFinite(number))
        {
            return 0;
        }

        int most = Math.Clamp(Digits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(number))), 0, MostDecimals);
        string text = Math.Abs(number).ToString(string.Create(CultureInfo.InvariantCulture, $"F{most}"), CultureInfo.InvariantCulture);
        return most == 0 ? 0 : text.TrimEnd('0').Length - text.IndexOf('.', StringComparison.Ordinal) - 1;
    }

    private string Signed(double difference)
    {
        string size = _format(Math.Abs(difference));
        return !size.Any(letter => letter is >= '1' and <= '9') ? size : (difference > 0 ? "+" : "−") + size;
    }
}
