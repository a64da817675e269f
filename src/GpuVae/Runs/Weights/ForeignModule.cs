using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>What the name of another program's layer says of the half of a code's posterior that it gives.</summary>
internal enum PosteriorName
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The means: <c>fc_mu</c>, <c>z_mean</c>.</summary>
    Mean,

    /// <summary>The logarithms of the variances: <c>fc_var</c>, <c>logvar</c>.</summary>
    LogVariance,

    /// <summary>Deviations, or their logarithms, which are not what the head here gives.</summary>
    Deviation,
}

/// <summary>A layer of another program: tensors whose names are alike but for the last word.</summary>
internal sealed partial class ForeignModule
{
    private readonly (string Stem, int? Number)[] _words;

    /// <summary>Makes one of its tensors.</summary>
    /// <param name="name">What their names begin with.</param>
    /// <param name="tensors">At least one.</param>
    public ForeignModule(string name, IEnumerable<NamedTensor> tensors)
    {
        Name = name;
        Members = tensors.ToDictionary(tensor => MemberOf(tensor.Name), StringComparer.Ordinal);
        string[] words = name.Split('.');
        _words = [.. words.Select(Parse)];
        Part = words.Select(word => EncoderName().IsMatch(word) ? "encoder" : DecoderName().IsMatch(word) ? "decoder" : null)
            .FirstOrDefault(part => part is not null);
        string last = words.LastOrDefault(word => !word.All(char.IsAsciiDigit)) ?? "";
        PosteriorName = DeviationName().IsMatch(last) ? PosteriorName.Deviation
            : VarianceName().IsMatch(last) ? PosteriorName.LogVariance
            : MeanName().IsMatch(last) ? PosteriorName.Mean
            : PosteriorName.None;
    }

    /// <summary>What its tensors' names begin with.</summary>
    public string Name { get; }

    /// <summary>Its tensors by their last names.</summary>
    public IReadOnlyDictionary<string, NamedTensor> Members { get; }

    /// <summary>encoder or decoder, where the name says so.</summary>
    public string? Part { get; }

    /// <summary>What the name says of a code's posterior.</summary>
    public PosteriorName PosteriorName { get; }

    /// <summary>Tensors in a row, as layers in the order of their numbers.</summary>
    public static IReadOnlyList<ForeignModule> Of(IEnumerable<NamedTensor> tensors) =>
        [.. tensors.GroupBy(tensor => ModelLayout.PrefixOf(tensor.Name)).Select(group => new ForeignModule(group.Key, group))];

    /// <summary>
    /// Whether the names say that another computes before this: they are the same up to a word, and there the other has the lower
    /// number, as <c>encoder.0.1</c> beside <c>encoder.1.0</c> or <c>conv1</c> beside <c>conv2</c>.
    /// </summary>
    public bool IsBehind(ForeignModule other)
    {
        int shared = Math.Min(_words.Length, other._words.Length);
        for (int i = 0; i < shared; i++)
        {
            if (_words[i] == other._words[i])
                continue;
            return _words[i].Stem == other._words[i].Stem && _words[i].Number > other._words[i].Number;
        }
        return false;
    }

    /// <summary>Whether the shapes of both are the same, so that one could be taken for the other.</summary>
    public bool IsLike(ForeignModule other) => Members.Count == other.Members.Count && Members.All(
        member => other.Members.TryGetValue(member.Key, out NamedTensor? same) && same.Shape.SequenceEqual(member.Value.Shape));

    private static string MemberOf(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static (string Stem, int? Number) Parse(string word)
    {
        int digits = word.Reverse().TakeWhile(char.IsAsciiDigit).Count();
        return int.TryParse(word.AsSpan(word.Length - digits), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? (word[..^digits], number)
            : (word, null);
    }

    [GeneratedRegex("^enc(oder)?([_0-9].*)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex EncoderName();

    [GeneratedRegex("^dec(oder)?([_0-9].*)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DecoderName();

    [GeneratedRegex("std|stddev|sigma|scale|deviation", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DeviationName();

    [GeneratedRegex("var(iance)?([_0-9]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex VarianceName();

    [GeneratedRegex("(^|[_0-9])(mu|mean|means|loc)([_0-9]|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex MeanName();
}
