using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace GpuVae.Files;

/// <summary>
/// Compressed content that is not taken for whole before its checksum says so: the runtime's readers end quietly where a file
/// does, and let a changed byte pass.
/// </summary>
internal sealed class CheckedContent : Stream
{
    private static readonly byte[] _gzipStart = [0x1f, 0x8b, 0x08];

    private readonly Stream _content;
    private readonly Crc32 _sum = new();
    private readonly Action<uint, long> _check; // of the checksum and the length of everything
    private long _length;
    private bool _isChecked;

    private CheckedContent(Stream content, Action<uint, long> check)
    {
        _content = content;
        _check = check;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>What a gzip file holds (RFC 1952); its last eight bytes are checksum and length of its last member.</summary>
    /// <param name="file">At its beginning; stays open.</param>
    public static CheckedContent Gzip(FileStream file)
    {
        Span<byte> trailer = stackalloc byte[8];
        trailer.Clear();
        file.Position = Math.Max(0, file.Length - trailer.Length);
        file.ReadAtLeast(trailer, trailer.Length, throwOnEndOfStream: false);
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(trailer), length = BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]);
        bool mayHaveMembers = HasAnotherMember(file);
        file.Position = 0;
        return new CheckedContent(
            new GZipStream(file, CompressionMode.Decompress, leaveOpen: true), (found, bytes) =>
            {
                // Of several members only the last one's length is known here.
                if (!mayHaveMembers && (found != sum || (uint)bytes != length))
                    throw new InvalidDataException("The file ends before its content does, or was changed.");
            });
    }

    /// <summary>An entry of a zip archive.</summary>
    public static CheckedContent Zip(ZipArchiveEntry entry) => new(entry.Open(), (found, bytes) =>
    {
        if (found != entry.Crc32 || bytes != entry.Length)
            throw new InvalidDataException($"The checksum of {entry.FullName} is another.");
    });

    /// <summary>Reads what is left, and checks it.</summary>
    /// <exception cref="InvalidDataException">The content is not what was written.</exception>
    public void Finish()
    {
        Span<byte> rest = stackalloc byte[4096];
        while (Read(rest) > 0)
        {
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">This is the end, and the content is not what was written.</exception>
    public override int Read(Span<byte> buffer)
    {
        int count = _content.Read(buffer);
        _sum.Append(buffer[..count]);
        _length += count;
        if (count == 0 && buffer.Length > 0 && !_isChecked)
        {
            _isChecked = true;
            _check(_sum.GetCurrentHashAsUInt32(), _length);
        }
        return count;
    }

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Whether the bytes that begin a member stand anywhere behind the first.</summary>
    private static bool HasAnotherMember(FileStream file)
    {
        file.Position = 1;
        var part = new byte[1 << 16];
        int kept = 0, count;
        while ((count = file.Read(part, kept, part.Length - kept)) > 0)
        {
            Span<byte> seen = part.AsSpan(0, kept + count);
            if (seen.IndexOf(_gzipStart) >= 0)
                return true;
            kept = Math.Min(2, seen.Length);
            seen[^kept..].CopyTo(part);
        }
        return false;
    }
}
