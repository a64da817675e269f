namespace GpuVae.Runs;

/// <summary>What the numbers of a setting may be: finite, and within the limits of its attribute.</summary>
/// <param name="declared">The limits; NaN where there is none.</param>
/// <param name="isWhole">Whether they are whole numbers.</param>
internal sealed class SettingLimits(SettingAttribute declared, bool isWhole)
{
    private bool HasLower => !double.IsNaN(declared.AtLeast) || !double.IsNaN(declared.Above);

    private bool HasUpper => !double.IsNaN(declared.AtMost) || !double.IsNaN(declared.Below);

    /// <summary>Whether a number is within them.</summary>
    public bool Allow(double number) =>
        double.IsFinite(number) && IsWithin(number) && (!declared.InFloat32 || IsWithin((float)number));

    /// <summary>What a message says that a number must be.</summary>
    /// <param name="example">A number that is allowed, or null.</param>
    public string Describe(string? example)
    {
        string kind = isWhole ? "a whole number" : HasUpper ? "a number" : "a finite number";
        string unit = declared.Unit is null ? "" : $" of {declared.Unit}";
        string range = (HasLower, HasUpper) switch
        {
            (true, true) when declared is { AtLeast: not double.NaN, AtMost: not double.NaN } =>
                $" from {Text(declared.AtLeast)} to {Text(declared.AtMost)}",
            (true, true) when double.IsNaN(declared.AtLeast) && double.IsNaN(declared.AtMost) =>
                $" between {Text(declared.Above)} and {Text(declared.Below)}",
            _ => string.Join(" and", Sides()),
        };
        string such = example is null || isWhole || double.IsNaN(declared.Above) && !HasUpper ? "" : $", such as {example}";
        return $"must be {kind}{unit}{range}{such}{(declared.Note is null ? "" : $"; {declared.Note}")}";
    }

    private static string Text(double number) => SettingFormat.Format(number);

    // A comparison with NaN, which stands for no limit, is false.
    private bool IsWithin(double number) =>
        !(number < declared.AtLeast) && !(number <= declared.Above)
        && !(number > declared.AtMost) && !(number >= declared.Below);

    private IEnumerable<string> Sides()
    {
        if (!double.IsNaN(declared.AtLeast))
            yield return $", {Text(declared.AtLeast)} or above";
        if (!double.IsNaN(declared.Above))
            yield return $" above {Text(declared.Above)}";
        if (!double.IsNaN(declared.AtMost))
            yield return $" up to {Text(declared.AtMost)}";
        if (!double.IsNaN(declared.Below))
            yield return $" below {Text(declared.Below)}";
    }
}
