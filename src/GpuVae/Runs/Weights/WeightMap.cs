using System.Text;
using System.Text.Unicode;
using GpuVae.Files;

namespace GpuVae.Runs;

/// <summary>A line of a <see cref="WeightMap"/>.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Ours">A tensor or a layer of the model; <c>-</c> for nothing.</param>
/// <param name="Theirs">What it is made of, one or several that are put behind each other.</param>
internal sealed record WeightMapLine(int Number, string Ours, IReadOnlyList<string> Theirs);

/// <summary>
/// What a person writes of two programs' names, a line for each: <c>encoder.0.weight = conv1.weight</c> for a tensor,
/// <c>encoder.0 = conv1</c> for a layer, <c>encoder.2 = fc_mu + fc_var</c> where one has two there, <c>encoder.0.bias = 0</c> where
/// there is none, and <c>- = discriminator.*</c> for what is to be left out. What follows # is not read.
/// </summary>
internal static class WeightMap
{
    /// <summary>What is left out.</summary>
    public const string Nothing = "-";

    private const int LongestFile = 1 << 20;

    /// <summary>Reads a file of such lines.</summary>
    /// <exception cref="UserException">It cannot be read, or a line is none.</exception>
    public static IReadOnlyList<WeightMapLine> Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = InputFile.ReadSmall(path, LongestFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--map {path}: cannot be read: {exception.Message}", exception);
        }
        if (!Utf8.IsValid(bytes))
            throw new UserException($"--map {path}: no text in UTF-8; write lines as encoder.0.weight = conv1.weight");
        var lines = new List<WeightMapLine>();
        string[] texts = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Split('\n');
        for (int i = 0; i < texts.Length; i++)
        {
            string text = texts[i].Split('#')[0].Trim();
            if (text.Length > 0)
                lines.Add(Parse(path, i + 1, text));
        }
        return lines;
    }

    private static WeightMapLine Parse(string path, int number, string text)
    {
        string[] sides = text.Split('=', StringSplitOptions.TrimEntries);
        string[] theirs = sides.Length == 2 ? sides[1].Split('+', StringSplitOptions.TrimEntries) : [];
        return sides.Length == 2 && sides[0].Length > 0 && theirs.All(name => name.Length > 0)
            ? new WeightMapLine(number, sides[0], theirs)
            : throw new UserException(
                $"--map {path}: line {number}, {QuotedText.Quote(text)}: a name here, = and a name in the other file stand in a line, as in "
                + "encoder.0.weight = conv1.weight");
    }
}
