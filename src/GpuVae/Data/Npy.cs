using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using GpuVae.Files;

namespace GpuVae.Data;

/// <summary>
/// Writes NumPy's <c>.npy</c> files, format version 1.0 (numpy.lib.format): the magic, a header that says type and
/// shape, then the numbers in C order, little-endian.
/// </summary>
public static class Npy
{
    // The numbers start at a multiple of this, so that a reader can map the file.
    private const int Alignment = 64;
    private const int PrefixLength = 10;

    /// <summary>Writes an array; a file of that name is replaced whole or not at all.</summary>
    /// <typeparam name="T">byte, int, ulong, float or double.</typeparam>
    /// <param name="path">The file to write.</param>
    /// <param name="values">The numbers, the last axis fastest.</param>
    /// <param name="shape">Lengths of the axes; their product is the number of values.</param>
    /// <exception cref="ArgumentException">The shape does not fit, or the type has no name here.</exception>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write<T>(string path, ReadOnlyMemory<T> values, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        long count = 1;
        foreach (int length in shape)
            count *= length;
        if (count != values.Length)
            throw new ArgumentException($"{values.Length} values for {count} places.", nameof(values));
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("The numbers are written as they lie in memory, little-endian.");
        byte[] header = Header<T>(shape);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            // A span of bytes is at most 2 GiB.
            const int Part = 1 << 24;
            for (int first = 0; first < values.Length; first += Part)
                stream.Write(MemoryMarshal.AsBytes(values.Span.Slice(first, Math.Min(Part, values.Length - first))));
        });
    }

    /// <summary>What stands before the numbers of an array.</summary>
    internal static byte[] Header<T>(params ReadOnlySpan<int> shape) => Header(TypeName<T>(), shape);

    private static byte[] Header(string type, ReadOnlySpan<int> shape)
    {
        var lengths = new StringBuilder();
        foreach (int length in shape)
            lengths.Append(CultureInfo.InvariantCulture, $"{length}, ");
        // A tuple of one keeps its comma, a longer one ends without.
        string tuple = shape.Length == 1 ? $"{shape[0]}," : lengths.ToString().TrimEnd(',', ' ');
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({tuple}), }}";
        int padding = (Alignment - ((PrefixLength + text.Length + 1) % Alignment)) % Alignment;
        text += new string(' ', padding) + "\n";
        ushort length16 = checked((ushort)text.Length);
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)length16, (byte)(length16 >> 8), .. Encoding.ASCII.GetBytes(text)];
    }

    private static string TypeName<T>() =>
        typeof(T) == typeof(float) ? "<f4"
        : typeof(T) == typeof(double) ? "<f8"
        : typeof(T) == typeof(int) ? "<i4"
        : typeof(T) == typeof(ulong) ? "<u8"
        : typeof(T) == typeof(byte) ? "|u1"
        : throw new ArgumentException($"{typeof(T).Name} has no name in a .npy file here.");
}
