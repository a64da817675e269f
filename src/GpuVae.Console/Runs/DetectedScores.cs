namespace GpuVae.CommandLine;

/// <summary>What examples score.</summary>
/// <param name="Scores">(N).</param>
/// <param name="Threshold">Above it an example is an anomaly.</param>
/// <param name="Rule">Where that comes from.</param>
/// <param name="Unit">Of a score, with a space before it; empty for a number without one.</param>
internal sealed record DetectedScores(double[] Scores, double Threshold, string Rule, string Unit)
{
    /// <summary>The share of normal rows that score lower, for each example; none where nobody knows.</summary>
    public double[] Probabilities { get; init; } = [];

    /// <summary>What the columns are called of which each has a part of the score; none where there are no parts.</summary>
    public string[] Columns { get; init; } = [];

    /// <summary>(N, columns), their parts.</summary>
    public double[,] Contributions { get; init; } = new double[0, 0];

    /// <summary>What <see cref="Others"/> are called.</summary>
    public IEnumerable<string> Headings =>
        [.. Probabilities.Length == 0 ? (string[])[] : ["probability"], .. Columns.Select(name => $"part of {name}")];

    /// <summary>What is known of an example beside its score.</summary>
    /// <param name="example">From 0.</param>
    public IEnumerable<double> Others(int example) =>
    [
        .. Probabilities.Length == 0 ? (double[])[] : [Probabilities[example]],
        .. Enumerable.Range(0, Columns.Length).Select(column => Contributions[example, column]),
    ];
}
