namespace GpuVae.Data;

/// <summary>
/// Orders names as a person does: digits within them count as numbers, so that 2 comes before 10 and a9 before a10. All
/// else goes by its code points.
/// </summary>
internal sealed class NaturalOrder : IComparer<string>
{
    /// <summary>The only one.</summary>
    public static NaturalOrder Instance { get; } = new();

    private NaturalOrder()
    {
    }

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        int i = 0, j = 0;
        while (i < x.Length && j < y.Length)
        {
            if (!char.IsAsciiDigit(x[i]) || !char.IsAsciiDigit(y[j]))
            {
                if (x[i] != y[j])
                    return x[i] - y[j];
                (i, j) = (i + 1, j + 1);
                continue;
            }
            ReadOnlySpan<char> one = Digits(x, i), other = Digits(y, j);
            (i, j) = (i + one.Length, j + other.Length);
            one = one.TrimStart('0');
            other = other.TrimStart('0');
            // Without leading zeros the longer number is the larger, however long.
            int order = one.Length != other.Length ? one.Length - other.Length : one.SequenceCompareTo(other);
            if (order != 0)
                return order;
        }
        int rest = (x.Length - i) - (y.Length - j);
        return rest != 0 ? rest : string.CompareOrdinal(x, y);
    }

    private static ReadOnlySpan<char> Digits(string text, int start)
    {
        int end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        return text.AsSpan(start, end - start);
    }
}
