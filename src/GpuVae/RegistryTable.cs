using System.Collections;

namespace GpuVae;

/// <summary>A name that can be chosen.</summary>
/// <param name="Name">What a person types and <c>config.json</c> holds.</param>
/// <param name="Summary">What a person reads about it: a few words without a full stop.</param>
public abstract record RegistryEntry(string Name, string Summary);

/// <summary>A name that can be chosen, and what it stands for.</summary>
/// <param name="Name">What a person types and <c>config.json</c> holds.</param>
/// <param name="Value">What it stands for.</param>
/// <param name="Summary">What a person reads about it: a few words without a full stop.</param>
public sealed record RegistryEntry<T>(string Name, T Value, string Summary) : RegistryEntry(Name, Summary);

/// <summary>Names that a person chooses from, without what they stand for; see <see cref="RegistryTable{T}"/>.</summary>
public abstract class RegistryTable
{
    // A name that long was not typed.
    private const int LongestTypo = 40;

    private readonly Lock _adding = new();
    private volatile RegistryEntry[] _entries = [];

    private protected RegistryTable(string option) => Option = option;

    /// <summary>The option whose values the names are, such as <c>--code</c>.</summary>
    public string Option { get; }

    /// <summary>Every name, in the order in which they were added.</summary>
    public IReadOnlyList<string> Names => Array.ConvertAll(_entries, entry => entry.Name);

    /// <summary>Every name with its summary, as help shows them: <c>point = the code itself</c>.</summary>
    public IReadOnlyList<string> Explanations => Array.ConvertAll(_entries, entry => $"{entry.Name} = {entry.Summary}");

    /// <summary>How many there are.</summary>
    public int Count => _entries.Length;

    private protected RegistryEntry[] Entries => _entries;

    /// <summary>Whether there is such a name.</summary>
    public bool Contains(string name) => FindEntry(name) is not null;

    /// <summary>Refuses a name that is not there.</summary>
    /// <exception cref="UserException">It names the option, the name and what there is.</exception>
    public void Require(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Contains(name))
            throw Unknown(name);
    }

    private static bool IsOfName(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '_';

    private protected UserException Unknown(string name) => new(
        $"{Option} {QuotedText.Excerpt(name)}: unknown; "
        + (name.Length <= LongestTypo && ClosestName.Of(name, Names) is string near ? $"did you mean {near}? " : "")
        + $"choose from {string.Join(", ", Names)}");

    private protected RegistryEntry? FindEntry(string name) => Array.Find(_entries, entry => entry.Name == name);

    private protected void Add(RegistryEntry added)
    {
        (string name, string summary) = (added.Name, added.Summary);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(summary);
        if (!char.IsAsciiLetterOrDigit(name[0]) || !Array.TrueForAll(name.ToCharArray(), IsOfName))
        {
            throw new ArgumentException(
                $"{QuotedText.Quote(name)}: a value of {Option} has ASCII letters, digits, dashes, points and "
                + "underscores, and begins with a letter or a digit", nameof(added));
        }
        if (Array.Exists(summary.ToCharArray(), char.IsControl))
            throw new ArgumentException($"{QuotedText.Quote(summary)}: a summary is one line", nameof(added));
        lock (_adding)
        {
            if (Array.Exists(_entries, entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
                throw new ArgumentException($"{Option} {name}: there already", nameof(added));
            _entries = [.. _entries, added];
        }
    }
}

/// <summary>
/// The names by which a person makes one choice, and what each stands for, in the order in which they were added. May be
/// read and added to from any thread: what is added is put into a copy, so that whoever reads has all of it or nothing.
/// </summary>
/// <param name="option">The option whose values the names are.</param>
public sealed class RegistryTable<T>(string option) : RegistryTable(option), IReadOnlyCollection<RegistryEntry<T>>
{
    /// <summary>Adds a name: the option, its help, completion and <c>config.json</c> take it from now on.</summary>
    /// <param name="name">ASCII letters, digits, dashes, points and underscores, the first a letter or a digit.</param>
    /// <param name="value">What it stands for.</param>
    /// <param name="summary">A few words about it, on one line.</param>
    /// <exception cref="ArgumentException">
    /// The name is there already, if in upper or lower case, or has other characters, or nothing is said.
    /// </exception>
    public void Add(string name, T value, string summary) => Add(new RegistryEntry<T>(name, value, summary));

    /// <summary>What a name stands for.</summary>
    /// <exception cref="UserException">There is no such name; the message says what there is.</exception>
    public T Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return FindEntry(name) is RegistryEntry<T> found ? found.Value : throw Unknown(name);
    }

    /// <inheritdoc/>
    public IEnumerator<RegistryEntry<T>> GetEnumerator() => Entries.Cast<RegistryEntry<T>>().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
