namespace GpuVae;

/// <summary>What a person may have meant who typed a name that is not there.</summary>
public static class ClosestName
{
    /// <summary>Fewer letters abbreviate anything.</summary>
    private const int FewestLetters = 3;

    /// <summary>
    /// The known name that is fewest letters away, whatever their case: insertions, deletions and substitutions
    /// (Levenshtein 1966), and neighbours that changed places, up to half of what was typed. Where none is so near, the shortest
    /// that what was typed abbreviates: it begins with the same letter and has the others in their order, as <c>--count</c> those of
    /// <c>--cnt</c>.
    /// </summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="known">The names that there are.</param>
    /// <returns>Null where none is near.</returns>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(typed);
        ArgumentNullException.ThrowIfNull(known);
        int limit = Math.Max(1, typed.TrimStart('-').Length / 2);
        string[] names = [.. known];
        return names
            .Select(name => (Name: name, Distance: Distance(typed.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(candidate => candidate.Distance <= limit)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault()
            ?? names.Where(name => Abbreviates(typed, name)).MinBy(name => name.Length);
    }

    private static bool Abbreviates(string typed, string name)
    {
        string letters = typed.TrimStart('-').ToLowerInvariant();
        int dashes = typed.Length - letters.Length;
        if (letters.Length < FewestLetters || !name.StartsWith(typed[..(dashes + 1)], StringComparison.OrdinalIgnoreCase))
            return false;
        int found = 0;
        foreach (char letter in name.AsSpan(dashes))
        {
            if (found < letters.Length && char.ToLowerInvariant(letter) == letters[found])
                found++;
        }
        return found == letters.Length;
    }

    private static int Distance(string from, string to)
    {
        int[] beforeLast = [], previous = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int[] current = new int[to.Length + 1];
            current[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int substitution = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, 1 + Math.Min(previous[j], current[j - 1]));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, previous) = (previous, current);
        }
        return previous[^1];
    }
}
