using System.Buffers.Binary;
using System.Text;

namespace GpuVae.Tests.Fuzzing;

/// <summary>
/// Makes hostile files from whole ones: flipped bits, cuts, splices, repeated and missing pieces, numbers at the edges
/// of what a field can hold, and for text other words. Input n is a function of the seeds and n, so that one that does
/// harm can be made again.
/// </summary>
internal sealed class Mutator(FuzzReader reader)
{
    private const int LongestInput = 1 << 16;
    private const int LongestPiece = 64;
    private const int MostRepetitions = 2000;

    // Numbers at which sizes, signs and products change their nature.
    private static readonly long[] _edges =
    [
        0, 1, -1, 2, 3, 4, 7, 8, 16, 64, 100, 127, 128, 255, 256, 1000, short.MaxValue, 1 << 15, ushort.MaxValue,
        1 << 16, 1 << 20, 1 << 24, 1 << 28, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, 1L << 53,
        1L << 62, long.MaxValue, long.MinValue,
    ];

    private static readonly string[] _numbers =
    [
        "0", "-1", "-0", "1e999", "-1e999", "1e-999", "NaN", "Infinity", "2147483647", "2147483648", "4294967296",
        "9223372036854775807", "99999999999999999999", "0x10", "1.5", "1e5", "", " ", "\"1\"", "null", "true", "[]", "{}",
        "٣", "1,000", "+7", "00012", "1_000",
    ];

    /// <summary>Hostile input number <paramref name="number"/>.</summary>
    public byte[] Make(int number)
    {
        var random = new Random(number);
        var bytes = new List<byte>(reader.Seeds[random.Next(reader.Seeds.Count)]);
        for (int left = 1 << random.Next(4); left > 0; left--)
            Mutate(random, bytes);
        if (bytes.Count > LongestInput)
            bytes.RemoveRange(LongestInput, bytes.Count - LongestInput);
        byte[] input = [.. bytes];
        return reader.Wrap is null ? input : reader.Wrap(input);
    }

    private void Mutate(Random random, List<byte> bytes)
    {
        if (bytes.Count == 0 || (reader.Words is { Count: > 0 } words && random.Next(2) == 0 && MutateText(random, bytes, words)))
            return;
        int at = Position(random, bytes.Count);
        int length = Math.Min(random.Next(1, LongestPiece), bytes.Count - at);
        switch (random.Next(10))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 or 3:
                OverwriteNumber(random, bytes, at);
                break;
            case 4:
                bytes.RemoveRange(at, random.Next(3) == 0 ? bytes.Count - at : length);
                break;
            case 5:
                bytes.InsertRange(Position(random, bytes.Count), [.. bytes[at..(at + length)]]);
                break;
            case 6:
                byte[] other = reader.Seeds[random.Next(reader.Seeds.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(Position(random, other.Length)));
                break;
            case 7:
                var noise = new byte[length];
                random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 8:
                (int first, int second) = (at, Position(random, bytes.Count));
                (bytes[first], bytes[second]) = (bytes[second], bytes[first]);
                break;
            default:
                Repeat(random, bytes, [.. bytes[at..(at + Math.Min(length, random.Next(1, 9)))]]);
                break;
        }
    }

    private static bool MutateText(Random random, List<byte> bytes, IReadOnlyList<string> words)
    {
        int at = Position(random, bytes.Count);
        byte[] word = Encoding.UTF8.GetBytes(words[random.Next(words.Count)]);
        switch (random.Next(4))
        {
            case 0:
                bytes.InsertRange(at, word);
                return true;
            case 1:
                int old = bytes.Skip(at).TakeWhile(c => char.IsAsciiLetterOrDigit((char)c) || c == '_').Count();
                bytes.RemoveRange(at, old);
                bytes.InsertRange(at, word);
                return true;
            case 2:
                int start = bytes.FindIndex(at, c => char.IsAsciiDigit((char)c));
                if (start < 0)
                    return false;
                int digits = bytes.Skip(start).TakeWhile(c => char.IsAsciiDigit((char)c)).Count();
                bytes.RemoveRange(start, digits);
                bytes.InsertRange(start, Encoding.UTF8.GetBytes(_numbers[random.Next(_numbers.Length)]));
                return true;
            default:
                Repeat(random, bytes, word);
                return true;
        }
    }

    private static void OverwriteNumber(Random random, List<byte> bytes, int at)
    {
        int width = 1 << random.Next(4);
        if (at + width > bytes.Count)
            return;
        Span<byte> number = stackalloc byte[sizeof(long)];
        bool bigEndian = random.Next(2) == 0;
        long value = _edges[random.Next(_edges.Length)];
        if (random.Next(2) == 0)
        {
            // Off by a little: a length that is nearly right.
            Span<byte> old = stackalloc byte[sizeof(long)];
            old.Clear();
            for (int i = 0; i < width; i++)
                old[bigEndian ? width - 1 - i : i] = bytes[at + i];
            value = BinaryPrimitives.ReadInt64LittleEndian(old) + random.Next(-8, 9);
        }
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        for (int i = 0; i < width; i++)
            bytes[at + i] = number[bigEndian ? width - 1 - i : i];
    }

    private static void Repeat(Random random, List<byte> bytes, byte[] piece)
    {
        int count = random.Next(8) == 0 ? random.Next(2, MostRepetitions) : random.Next(2, 6);
        if (piece.Length * count > LongestInput)
            return;
        bytes.InsertRange(Position(random, bytes.Count), Enumerable.Repeat(piece, count).SelectMany(p => p));
    }

    /// <summary>A place: anywhere, or near the start or the end, where formats have their headers and directories.</summary>
    private static int Position(Random random, int length) => length == 0 ? 0 : random.Next(4) switch
    {
        0 => random.Next(Math.Min(length, LongestPiece)),
        1 => length - 1 - random.Next(Math.Min(length, LongestPiece)),
        _ => random.Next(length),
    };
}
