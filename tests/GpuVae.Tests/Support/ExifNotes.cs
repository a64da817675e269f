namespace GpuVae.Tests.Support;

/// <summary>Notes of how a camera was held, as EXIF 2.3 has them: a TIFF directory with the one entry 0x0112.</summary>
internal static class ExifNotes
{
    /// <summary>The note.</summary>
    /// <param name="orientation">1 to 8.</param>
    /// <param name="littleEndian">The order of its bytes.</param>
    public static byte[] Orientation(byte orientation, bool littleEndian = true) => littleEndian
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
}
