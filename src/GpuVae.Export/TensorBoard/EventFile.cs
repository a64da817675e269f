using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using GpuVae.Files;

namespace GpuVae.Export.TensorBoard;

/// <summary>
/// A file of events, which TensorBoard reads while it grows: records of a length (64 bits, little-endian), its checksum, the event and
/// its checksum. A checksum is a CRC-32C, turned by 15 bits and added to a constant, so that none of a checksum is itself
/// (tensorflow/core/lib/io/record_writer.cc).
/// </summary>
internal sealed class EventFile : IDisposable
{
    private readonly FileStream _stream;

    /// <summary>Makes a file of a name that no other has.</summary>
    /// <param name="folder">Where; it is there.</param>
    /// <param name="firstStep">Events of this and later steps in other files of the folder are taken back.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public EventFile(string folder, long firstStep)
    {
        // A reader takes files in the order of their names: the time comes first, in digits that sort.
        string name = string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0:0000000000.000}.gpuvae.{Environment.ProcessId}");
        FullPath = Path.Combine(folder, name);
        bool goesOn = Directory.EnumerateFiles(folder, "events.out.tfevents.*").Any();
        _stream = new FileStream(FullPath, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Append(new EventMessage(Seconds, step: 0) { FileVersion = "brain.Event:2" });
        if (goesOn)
            Append(new EventMessage(Seconds, firstStep) { Restarts = true });
    }

    /// <summary>Seconds since 1970.</summary>
    public static double Seconds => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>The file.</summary>
    public string FullPath { get; }

    /// <summary>Adds an event, which is with the system when this returns.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(EventMessage message)
    {
        const int Head = sizeof(long) + sizeof(uint);
        int length = message.Measure();
        var record = new byte[Head + length + sizeof(uint)];
        BinaryPrimitives.WriteInt64LittleEndian(record, length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(long)), Checksum(record.AsSpan(0, sizeof(long))));
        using (var content = new MemoryStream(record, Head, length))
            message.Write(content);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(Head + length), Checksum(record.AsSpan(Head, length)));
        Disk.Write(() => _stream.Write(record));
        _stream.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>The checksum of a record.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
