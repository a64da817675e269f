using System.Globalization;

namespace GpuVae.Runs;

/// <summary>When a run writes checkpoints besides the one at its end.</summary>
/// <param name="Steps">After each so many steps, or null.</param>
/// <param name="Time">After each so much time, or null.</param>
public readonly record struct CheckpointInterval(long? Steps, TimeSpan? Time)
{
    /// <summary>The text for a checkpoint after each measured epoch, with neither steps nor time.</summary>
    public const string Epoch = "epoch";

    /// <summary>Reads <c>epoch</c>, a number of steps such as <c>500</c>, or a time such as <c>1m</c>.</summary>
    /// <exception cref="UserException">It is none of these.</exception>
    public static CheckpointInterval Parse(string text)
    {
        if (text == Epoch)
            return default;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long steps) && steps > 0)
            return new CheckpointInterval(steps, null);
        return TryParseTime(text, out TimeSpan time)
            ? new CheckpointInterval(null, time)
            : throw new UserException(
                $"--checkpoint-every {QuotedText.Excerpt(text)}: write {Epoch}, a number of steps such as 500, or a time such as 30s, 1m or 2h");
    }

    /// <summary>Reads a time: a number above 0 with s, m or h behind it.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        time = default;
        double unit = text is [.., char letter] ? letter switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;
        if (unit == 0
            || !double.TryParse(
                text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out double number)
            || !(number > 0) || number * unit > TimeSpan.MaxValue.TotalSeconds / 2)
        {
            return false;
        }
        time = TimeSpan.FromSeconds(number * unit);
        return time > TimeSpan.Zero;
    }
}
