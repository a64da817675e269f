using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace GpuVae.Imaging;

/// <summary>
/// Turns pictures the right way up: cameras store what their sensor saw, and note in EXIF how the camera was held, as a
/// number from 1 to 8. In JPEG the codec finds the note; in PNG (the chunk eXIf) and in WebP (the chunk EXIF) it is looked
/// for here.
/// </summary>
/// <remarks>
/// Sizes and offsets in the file are believed only as far as there are bytes. A note that makes no sense is as none: it
/// never makes a picture unreadable.
/// </remarks>
internal static class ExifOrientation
{
    /// <summary>The picture is stored as it is to be seen.</summary>
    public const int Upright = 1;

    // A PNG file has a chunk for some kilobytes of pixels; a file of empty chunks would else be walked for long.
    private const int MostChunks = 1 << 14;

    // The directory with the orientation is the first thing of the note; thumbnails and the camera's own notes follow.
    private const int LongestStart = 1 << 16;

    private const int EntryLength = 12;
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;

    /// <summary>The orientation that a PNG or WebP file notes.</summary>
    /// <param name="file">Read from its start; its position is the start again.</param>
    /// <returns>1 to 8, or null where it notes none, or is of another kind.</returns>
    public static int? Find(Stream file)
    {
        int? found = FindNote(file);
        file.Position = 0;
        return found;
    }

    private static int? FindNote(Stream file)
    {
        Span<byte> start = stackalloc byte[12];
        if (ReadAt(file, start, 0) < start.Length)
            return null;
        if (start[0] == 0x89 && start[1..8].SequenceEqual("PNG\r\n\x1a\n"u8))
            return FindChunk(file, 8, "eXIf"u8, isPng: true);
        return start[..4].SequenceEqual("RIFF"u8) && start[8..].SequenceEqual("WEBP"u8)
            ? FindChunk(file, start.Length, "EXIF"u8, isPng: false)
            : null;
    }

    /// <summary>The orientation of a note: a TIFF directory, its byte order first, with an entry of the tag 0x0112.</summary>
    /// <param name="note">As it stands in the file; some programs put <c>Exif\0\0</c> before it, as JPEG has it.</param>
    /// <returns>1 to 8, or null.</returns>
    public static int? Parse(ReadOnlySpan<byte> note)
    {
        if (note.StartsWith("Exif\0\0"u8))
            note = note[6..];
        bool littleEndian = note.StartsWith("II*\0"u8);
        if (note.Length < 8 || !(littleEndian || note.StartsWith("MM\0*"u8)))
            return null;
        ushort Short(ReadOnlySpan<byte> bytes) => littleEndian
            ? BinaryPrimitives.ReadUInt16LittleEndian(bytes)
            : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        uint Long(ReadOnlySpan<byte> bytes) => littleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
            : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        uint directory = Long(note[4..]);
        if (directory > note.Length - 2)
            return null;
        ReadOnlySpan<byte> entries = note[((int)directory + 2)..];
        int count = Math.Min(Short(note[(int)directory..]), entries.Length / EntryLength);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = entries.Slice(i * EntryLength, EntryLength);
            if (Short(entry) == OrientationTag)
                return Short(entry[2..]) == ShortType && Short(entry[8..]) is ushort value and >= 1 and <= 8 ? value : null;
        }
        return null;
    }

    /// <summary>Whether the first row of the file is a column of the picture.</summary>
    public static bool IsTransposed(int orientation) => orientation >= 5;

    /// <summary>The picture as a person is meant to see it.</summary>
    /// <param name="pixels">(rows, columns), four bytes a pixel, as in the file.</param>
    /// <param name="rows">Rows in the file.</param>
    /// <param name="columns">Columns in the file.</param>
    /// <param name="orientation">
    /// Which sides of the picture the file's first row and first column are: 1 top and left, 2 top and right, 3 bottom and
    /// right, 4 bottom and left, 5 left and top, 6 right and top, 7 right and bottom, 8 left and bottom.
    /// </param>
    /// <returns>The same pixels, (columns, rows) where the picture is transposed.</returns>
    public static byte[] Turn(byte[] pixels, int rows, int columns, int orientation)
    {
        if (orientation == Upright)
            return pixels;
        bool rowsFlipped = orientation is 3 or 4 or 6 or 7;
        bool columnsFlipped = orientation is 2 or 3 or 7 or 8;
        byte[] upright = new byte[pixels.Length];
        ReadOnlySpan<uint> source = MemoryMarshal.Cast<byte, uint>(pixels);
        Span<uint> target = MemoryMarshal.Cast<byte, uint>(upright.AsSpan());
        for (int row = 0; row < rows; row++)
        {
            int y = rowsFlipped ? rows - 1 - row : row;
            for (int column = 0; column < columns; column++)
            {
                int x = columnsFlipped ? columns - 1 - column : column;
                target[IsTransposed(orientation) ? (x * rows) + y : (y * columns) + x] = source[(row * columns) + column];
            }
        }
        return upright;
    }

    /// <summary>
    /// Walks from chunk to chunk. One of PNG is length (big-endian), name, content, checksum; one of RIFF is name, length
    /// (little-endian), content, and a byte more where the length is odd.
    /// </summary>
    private static int? FindChunk(Stream file, long offset, ReadOnlySpan<byte> wanted, bool isPng)
    {
        Span<byte> head = stackalloc byte[8];
        for (int chunk = 0; chunk < MostChunks && ReadAt(file, head, offset) == head.Length; chunk++)
        {
            uint length = isPng
                ? BinaryPrimitives.ReadUInt32BigEndian(head)
                : BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            ReadOnlySpan<byte> name = isPng ? head[4..] : head[..4];
            if (name.SequenceEqual(wanted))
            {
                var note = new byte[Math.Min(length, LongestStart)];
                return Parse(note.AsSpan(0, ReadAt(file, note, offset + head.Length)));
            }
            offset += head.Length + length + (isPng ? sizeof(uint) : length % 2);
        }
        return null;
    }

    private static int ReadAt(Stream file, Span<byte> bytes, long offset)
    {
        file.Position = offset;
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
    }
}
