namespace GpuVae.Tests.Support;

/// <summary>Adds to JPEG files what cameras write into them.</summary>
internal static class JpegFiles
{
    /// <summary>
    /// The picture with a note of how the camera was held. EXIF 2.3: a TIFF directory with the one entry 0x0112, in a
    /// segment behind the file's first two bytes.
    /// </summary>
    /// <param name="jpeg">A whole file.</param>
    /// <param name="orientation">1 to 8.</param>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
    [
        .. jpeg[..2],
        0xff, 0xe1, 0, 34,
        .. "Exif\0\0"u8, .. ExifNotes.Orientation(orientation),
        .. jpeg[2..],
    ];
}
