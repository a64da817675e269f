namespace GpuVae.Compression;

/// <summary>Restores blocks of a compressed file one after the other; a thread has its own.</summary>
internal interface IBlockRestorer
{
    /// <summary>Restores the examples of a block.</summary>
    /// <param name="payload">The block's bytes.</param>
    /// <param name="images">Its examples.</param>
    /// <param name="supplied">As of <see cref="CodedBlock.Supplied"/>.</param>
    /// <returns>(n, symbols of an example).</returns>
    /// <exception cref="AnsException">The payload is none of this model and so many examples.</exception>
    byte[] Restore(ReadOnlySpan<byte> payload, int images, int supplied);
}
