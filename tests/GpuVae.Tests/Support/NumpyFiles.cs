using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace GpuVae.Tests.Support;

/// <summary>Builds small .npy and .npz files, whole and damaged.</summary>
internal static class NumpyFiles
{
    /// <summary>A .npy file: the version, the dictionary as given, true or not, and the bytes behind it.</summary>
    public static byte[] Build(string dictionary, byte[] data, byte version = 1)
    {
        byte[] text = Encoding.UTF8.GetBytes(dictionary + "\n");
        byte[] length = new byte[version == 1 ? 2 : 4];
        if (version == 1)
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    /// <summary>A .npy file of a type and a shape such as <c>2, 3</c>.</summary>
    public static byte[] Build(string type, string shape, byte[] data, byte version = 1, bool fortran = false) => Build(
        $"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': ({shape}), }}", data, version);

    /// <summary>float32, little end first.</summary>
    public static byte[] Floats(params float[] numbers) => [.. numbers.SelectMany(BitConverter.GetBytes)];

    /// <summary>An archive of such files.</summary>
    public static byte[] Archive(params (string Name, byte[] Content)[] entries)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return buffer.ToArray();
    }
}
