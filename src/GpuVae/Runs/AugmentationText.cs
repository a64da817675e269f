using System.Globalization;
using GpuVae.Data;
using GpuVae.Kernels;

namespace GpuVae.Runs;

/// <summary>
/// Augmentation as a person writes it: words between commas, <c>flip</c>, <c>flip-vertical</c> and <c>shiftN</c>, each once and in
/// any order, as in <c>flip,shift2</c>.
/// </summary>
public static class AugmentationText
{
    private const string Option = "--augment";
    private const string Flip = "flip";
    private const string FlipVertical = "flip-vertical";
    private const string Shift = "shift";
    private const int LongestTypo = 40;

    private static readonly char[] _digits = [.. "0123456789"];

    /// <summary>What others call it, and what is written for it here.</summary>
    private static readonly Dictionary<string, string> _elsewhere = new(StringComparer.OrdinalIgnoreCase)
    {
        ["none"] = "leave --augment out",
        ["off"] = "leave --augment out",
        ["crop"] = "write shiftN, a random crop of the picture with N pixels of its edge around it",
        ["random-crop"] = "write shiftN, a random crop of the picture with N pixels of its edge around it",
        ["translate"] = "write shiftN, up to N pixels each way",
        ["hflip"] = "write flip",
        ["horizontal-flip"] = "write flip",
        ["flip-horizontal"] = "write flip",
        ["mirror"] = "write flip",
        ["vflip"] = "write flip-vertical",
        ["vertical-flip"] = "write flip-vertical",
    };

    /// <summary>The words with their meanings, for help.</summary>
    internal static IReadOnlyList<string> Words { get; } =
    [
        $"{Flip} = left and right change places in every other picture, by chance",
        $"{FlipVertical} = top and bottom do",
        $"{Shift}N = moves of up to N pixels each way, where the edge is repeated for what comes in: the random crop of a picture "
            + "padded by N",
    ];

    /// <summary>What a text says.</summary>
    /// <exception cref="UserException">A word is unknown, there twice or without its number; the message names it.</exception>
    public static Augmentation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var augmentation = default(Augmentation);
        foreach (string part in text.Split(','))
        {
            string word = part.Trim();
            Augmentation before = augmentation;
            if (word == Flip)
                augmentation = augmentation with { Flips = true };
            else if (word == FlipVertical)
                augmentation = augmentation with { FlipsVertically = true };
            else if (word.StartsWith(Shift, StringComparison.Ordinal) && !word[Shift.Length..].Any(char.IsLetter))
                augmentation = augmentation with { Shift = augmentation.Shift > 0 ? augmentation.Shift : Pixels(text, word) };
            else
                throw Unknown(text, word);
            if (augmentation == before)
                throw Refuse(text, "", $"{word.TrimEnd(_digits)} stands there twice; leave one out");
        }
        return augmentation;
    }

    /// <summary>What is done, for a person: <c>flip, shift up to 2 pixels</c>.</summary>
    /// <param name="augmentation">What is done.</param>
    /// <param name="isSeries">Whether it is done to rows of numbers.</param>
    internal static string Describe(Augmentation augmentation, bool isSeries)
    {
        string unit = $"{(isSeries ? "number" : "pixel")}{(augmentation.Shift == 1 ? "" : "s")}";
        string?[] parts =
        [
            augmentation.Flips ? Flip : null,
            augmentation.FlipsVertically ? "flip vertically" : null,
            augmentation.Shift > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Shift} up to {augmentation.Shift} {unit}") : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    /// <summary>Refuses what cannot be done to examples, or would make other things of them.</summary>
    /// <param name="text">What <see cref="Parse"/> reads.</param>
    /// <param name="data">What the examples are called.</param>
    /// <param name="examples">Those that it would be done to, as the model takes them.</param>
    /// <param name="isShaped">Whether somebody has said what size they are.</param>
    /// <exception cref="UserException">
    /// They are rows of a table, whose columns have their places; a shift is as large as they are; or a row has no top and bottom.
    /// </exception>
    internal static void Require(string text, string data, ImageSet examples, bool isShaped)
    {
        Augmentation augmentation = Parse(text);
        string option = $"{data}: {Option} {QuotedText.Excerpt(text)}: ";
        bool isRow = examples.Height == 1, isPicture = examples.AreBytes;
        string numbers = isPicture ? "pixels" : "numbers";
        if (isRow && (examples.Groups.Count > 0 || (examples.ColumnNames is not null && !isShaped)))
        {
            throw new UserException(
                $"{option}the rows of a table, where each column means something of its own, stay as they are; leave it out"
                + (examples.Groups.Count > 0 ? "" : $", or say with --image-size 1x{examples.Width} that a row is a series"));
        }
        if (augmentation.Flips && examples.Width == 1 && examples.Height > 1)
            throw new UserException($"{option}an example is one pixel wide, without left and right; leave {Flip} out");
        if (isRow && augmentation.FlipsVertically)
            throw new UserException($"{option}an example is one row of {numbers}, without top and bottom; leave {FlipVertical} out");
        int[] sides = [.. ((int[])[examples.Height, examples.Width]).Where(side => side > 1)];
        if (sides.Length == 0)
        {
            throw new UserException($"{option}an example of one {(isPicture || examples.Dimensions > 1 ? "pixel" : "number")} has nowhere to go; leave {Option} out");
        }
        int most = sides.Min() - 1;
        if (augmentation.Shift <= most)
            return;
        string than = isRow
            ? $"{examples.Width} {numbers} may move by less than its length"
            : $"{examples.Height}×{examples.Width} pixels may move by less than its shorter side";
        string last = most switch { 1 => "", 2 => $" or {Shift}2", _ => $" to {Shift}{most}" };
        throw new UserException($"{option}an example of {than}; take {Shift}1{last}");
    }

    private static int Pixels(string text, string word) =>
        int.TryParse(word.AsSpan(Shift.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int pixels)
        && pixels is >= 1 and <= Augmentation.LargestShift
            ? pixels
            : throw Refuse(text, word, $"a whole number of pixels from 1 stands directly behind {Shift}, as in {Shift}2");

    private static UserException Unknown(string text, string word)
    {
        if (text.Length == 0)
            return Refuse("\"\"", word, $"no word stands there; write {Flip}, {FlipVertical} or {Shift}N, or leave it out");
        if (word.Length == 0)
            return Refuse(text, word, $"a word is missing between commas; write {Flip}, {FlipVertical} or {Shift}N");
        string letters = word.TrimEnd(_digits);
        if (_elsewhere.TryGetValue(letters, out string? instead))
            return Refuse(text, word, $"unknown; {instead}");
        if (word.Any(char.IsWhiteSpace))
            return Refuse(text, word, $"unknown; words stand between commas, as in {Flip},{Shift}2");
        string? near = letters.Length is > 0 and <= LongestTypo ? ClosestName.Of(letters, [Flip, FlipVertical, Shift]) : null;
        string number = near != Shift ? "" : letters.Length < word.Length ? word[letters.Length..] : "2";
        return Refuse(
            text, word, $"unknown; {(near is null ? "" : $"did you mean {near}{number}? ")}choose from {Flip}, {FlipVertical}, {Shift}N");
    }

    private static UserException Refuse(string text, string word, string reason) => new(
        $"{Option} {QuotedText.Excerpt(text)}: {(word.Length == 0 || word == text ? "" : $"{QuotedText.Excerpt(word)}: ")}{reason}");
}
