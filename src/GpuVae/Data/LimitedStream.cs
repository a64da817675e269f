namespace GpuVae.Data;

/// <summary>Decompressed bytes, no more of them than <see cref="DecompressionLimit"/> allows.</summary>
/// <param name="path">The file, for the message.</param>
/// <param name="content">What decompresses; disposed of with this stream.</param>
/// <param name="compressedLength">Bytes of the compressed file.</param>
internal sealed class LimitedStream(string path, Stream content, long compressedLength) : Stream
{
    private long _length;

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
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="DataException">There are more than the limit.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = content.Read(buffer);
        _length += read;
        return _length <= DecompressionLimit.Of(compressedLength)
            ? read
            : throw new DataException($"{path}: {DecompressionLimit.Fault(_length, compressedLength)}");
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

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
            content.Dispose();
        base.Dispose(disposing);
    }
}
