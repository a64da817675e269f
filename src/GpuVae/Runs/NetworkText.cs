using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>
/// A network as a person writes it: layers between commas, each a word with its numbers and what follows it, as in
/// <c>conv 32 3/2 norm batch relu, dense 16</c>. The words are those of <see cref="Registry.NetworkLayers"/>; <c>7x7x64</c> is a map.
/// </summary>
public static partial class NetworkText
{
    /// <summary>What layers are called in other programs, and what is written for them here.</summary>
    private static readonly Dictionary<string, string> _elsewhere = new(StringComparer.OrdinalIgnoreCase)
    {
        ["linear"] = "dense N",
        ["fc"] = "dense N",
        ["conv2d"] = "conv N K",
        ["deconv"] = "up N K",
        ["convtranspose"] = "up N K",
        ["convtranspose2d"] = "up N K",
        ["conv2dtranspose"] = "up N K",
        ["maxpool"] = "pool K",
        ["maxpool2d"] = "pool K",
        ["avgpool"] = "pool average K",
        ["avgpool2d"] = "pool average K",
        ["upsampling2d"] = "upsample N",
        ["bn"] = "norm batch behind its layer",
        ["batchnorm"] = "norm batch behind its layer",
        ["batchnorm2d"] = "norm batch behind its layer",
        ["groupnorm"] = "norm group behind its layer",
        ["layernorm"] = "norm layer behind its layer",
        ["norm"] = "norm behind its layer, as in conv 32 3/2 norm batch",
        ["flatten"] = "nothing: dense sees all numbers of a map",
    };

    /// <summary>The layers that a text describes.</summary>
    /// <param name="text">Layers between commas.</param>
    /// <param name="option">Whose value it is, for messages.</param>
    /// <exception cref="UserException">It is none; the message names the layer, the word and what may stand there.</exception>
    public static IReadOnlyList<NetworkLayer> Parse(string text, string option = "--network")
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] layers = text.Split(',');
        return [.. layers.Select((layer, i) => ParseLayer(new LayerWords(layer, i + 1, layers.Length, option)))];
    }

    private static NetworkLayer ParseLayer(LayerWords words)
    {
        string word = words.Next() ?? throw words.Refuse(
            "", $"a layer is missing between commas; write {string.Join(", ", Registry.NetworkLayers.Names)} or HxWxC");
        NetworkLayer layer;
        if (MapShape().Match(word) is { Success: true } map)
        {
            layer = new MapLayer(
                words.Whole(map.Groups[1].Value), words.Whole(map.Groups[2].Value),
                map.Groups[3].Value == LayerWords.ImageChannels ? null : words.Whole(map.Groups[3].Value));
        }
        else
        {
            if (!Registry.NetworkLayers.Contains(word))
                throw NoLayer(words, word);
            NetworkWord known = Registry.NetworkLayers.Find(word);
            words.Usage = known.Usage;
            layer = known.Read(words);
        }
        string following = words.Rest;
        while (words.Next() is string follows)
            layer = Follow(layer, follows, words);
        return layer with { FollowingText = following };
    }

    private static UserException NoLayer(LayerWords words, string word)
    {
        string? instead = _elsewhere.GetValueOrDefault(word);
        if (Registry.Layers.Contains(word))
            instead = $"{word} behind its layer, as in dense 16 {word}";
        else if (word.All(char.IsAsciiDigit))
            instead = $"dense {word}";
        return instead is null
            ? words.Unknown(word, [.. Registry.NetworkLayers.Names, "HxWxC"])
            : words.Refuse(word, $"no layer begins so; write {instead}");
    }

    private static NetworkLayer Follow(NetworkLayer layer, string word, LayerWords words)
    {
        if (word == "norm")
        {
            string norm = words.Next() ?? throw words.Refuse(word, $"a name follows it: {string.Join(" or ", Registry.Norms.Names)}");
            if (layer.Norm is not null)
                throw words.Refuse($"norm {norm}", "a layer has one norm; leave one out");
            return Registry.Norms.Contains(norm)
                ? layer with { Norm = Registry.Norms.Find(norm) }
                : throw words.Unknown(norm, Registry.Norms.Names);
        }
        if ((word == "linear" || Registry.Layers.Contains(word)) && (layer.IsLinear || layer.Activation is not null))
            throw words.Refuse(word, "a layer has one activation; leave one out");
        if (word == "linear")
            return layer with { IsLinear = true };
        return Registry.Layers.Contains(word)
            ? layer with { Activation = Registry.Layers.Find(word) }
            : throw words.Unknown(word, ["norm", "linear", .. words.Options, .. Registry.Layers.Names]);
    }

    [GeneratedRegex("^([0-9]+)x([0-9]+)x([0-9]+|C)$", RegexOptions.CultureInvariant)]
    private static partial Regex MapShape();
}

/// <summary>What a word of <see cref="NetworkText"/> makes.</summary>
/// <param name="Usage">How it is written: <c>conv N K[/S]</c>.</param>
/// <param name="Read">Reads what stands behind the word.</param>
public sealed record NetworkWord(string Usage, Func<LayerWords, NetworkLayer> Read);

/// <summary>The words of one layer, one after the other.</summary>
public sealed partial class LayerWords
{
    /// <summary>What stands for the channels of an image.</summary>
    internal const string ImageChannels = "C";

    /// <summary>A side, stride or width that nobody means is refused before it becomes memory.</summary>
    private const int Most = 1 << 24;

    private readonly string _text;
    private readonly int _layer;
    private readonly int _layers;
    private readonly string _option;
    private readonly List<string> _words;
    private readonly List<string> _options = [];
    private int _next;

    internal LayerWords(string text, int layer, int layers, string option)
    {
        _words = [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
        (_text, _layer, _layers, _option) = (string.Join(' ', _words), layer, layers, option);
    }

    /// <summary>How the layer is written.</summary>
    internal string? Usage { get; set; }

    /// <summary>Words that <see cref="IsNext"/> was asked for and did not find.</summary>
    internal IReadOnlyList<string> Options => _options;

    /// <summary>The next word; null behind the last.</summary>
    public string? Next() => _next < _words.Count ? _words[_next++] : null;

    /// <summary>The words that are left.</summary>
    internal string Rest => string.Join(' ', _words.Skip(_next));

    /// <summary>How many channels come out: a number from 1, or null for <c>C</c>, those of an image.</summary>
    /// <exception cref="UserException">It is neither.</exception>
    public int? Channels() => Required() is var word && word == ImageChannels ? null : Whole(word);

    /// <summary>A whole number from 1.</summary>
    /// <exception cref="UserException">It is none.</exception>
    public int Number() => Whole(Required());

    /// <summary>A number between 0 and 1, neither included.</summary>
    /// <exception cref="UserException">It is none.</exception>
    public double Fraction()
    {
        string word = Required();
        return double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && (float)value is > 0 and < 1 ? value : throw Refuse(word, "a number between 0 and 1 stands here");
    }

    /// <summary>A kernel and its stride: <c>3</c> or <c>3/2</c>.</summary>
    /// <param name="sign">What stands between them: <c>/</c> where maps shrink, <c>*</c> where they grow.</param>
    /// <param name="stride">The stride where none stands there; null for that of the kernel.</param>
    /// <exception cref="UserException">It is none.</exception>
    public (int Kernel, int Stride) Window(char sign, int? stride = 1)
    {
        string word = Required();
        string[] parts = word.Split(sign);
        if (parts.Length > 2 || !parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit)))
            throw Refuse(word, $"a kernel and a stride stand here, as in 3{sign}2");
        int kernel = Whole(parts[0]);
        return (kernel, parts.Length == 2 ? Whole(parts[1]) : stride ?? kernel);
    }

    /// <summary>
    /// Padding as PyTorch counts it, <c>pad 1</c>, with output padding where that is asked for, <c>pad 1+1</c>; null where none
    /// stands there, or <c>same</c>.
    /// </summary>
    /// <param name="hasOutput">Whether output padding may stand there.</param>
    /// <exception cref="UserException">The word has no number behind it.</exception>
    public (int? Padding, int Output) Padding(bool hasOutput = false)
    {
        if (IsNext("same"))
            return (null, 0);
        if (!IsNext("pad"))
            return (null, 0);
        _options.Remove("same"); // either the one or the other
        string word = Required();
        string[] parts = word.Split('+');
        if (parts.Length > (hasOutput ? 2 : 1) || !parts.All(part => part.Length is > 0 and < 9 && part.All(char.IsAsciiDigit)))
            throw Refuse(word, $"pixels of padding stand here, as in pad 1{(hasOutput ? " or pad 1+1" : "")}");
        int[] pixels = Array.ConvertAll(parts, part => int.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture));
        return (pixels[0], pixels.Length == 2 ? pixels[1] : 0);
    }

    /// <summary>Height and width that come out, <c>to 13x13</c>; null where nothing is said of them.</summary>
    /// <exception cref="UserException">The word has no size behind it.</exception>
    public (int Height, int Width)? Size()
    {
        if (!IsNext("to"))
            return null;
        string word = Required();
        string[] sides = word.Split('x');
        return sides.Length == 2 && sides.All(side => side.Length > 0 && side.All(char.IsAsciiDigit))
            ? (Whole(sides[0]), Whole(sides[1]))
            : throw Refuse(word, "a height and a width stand here, as in to 13x13");
    }

    /// <summary>Whether a word comes next, which is passed over then.</summary>
    public bool IsNext(string word)
    {
        if (_next < _words.Count && _words[_next] == word)
        {
            _next++;
            return true;
        }
        _options.Add(word);
        return false;
    }

    /// <summary>Whether the layer is the last of an encoder.</summary>
    internal bool EndsEncoder => _layer == _layers && _option == "--network";

    /// <summary>Whether a number comes next.</summary>
    public bool IsNumberNext => _next < _words.Count && char.IsAsciiDigit(_words[_next][0]);

    /// <summary>Says that a word may not stand where it does.</summary>
    /// <param name="word">The word.</param>
    /// <param name="reason">What may.</param>
    public UserException Refuse(string word, string reason) => new(
        $"{_option}: layer {_layer}{(_layers > 1 ? $" of {_layers}" : "")}, {QuotedText.Quote(_text)}: "
        + (word.Length == 0 || word == _text ? "" : $"{QuotedText.Excerpt(word)}: ")
        + reason + (Usage is null ? "" : $" ({Usage})"));

    internal UserException Unknown(string word, IReadOnlyList<string> known) => Refuse(
        word, "unknown; "
        + (word.Length <= 40 && ClosestName.Of(word, known) is string near ? $"did you mean {near}? " : "")
        + $"choose from {string.Join(", ", known)}");

    internal int Whole(string word) =>
        int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is >= 1 and <= Most
            ? value
            : throw Refuse(word, $"a whole number from 1 to {Most} stands here");

    private string Required() =>
        Next() ?? throw Refuse("", "a number is missing; a comma stands between layers alone, as in conv 32 3/2, dense 16");
}
