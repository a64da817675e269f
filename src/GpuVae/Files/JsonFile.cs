using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GpuVae.Files;

/// <summary>Figures for programs: one JSON value, indented, with letters of all languages as they are.</summary>
public static class JsonFile
{
    private static readonly JsonWriterOptions _form = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // no web page
        Indented = true,
        NewLine = "\n",
    };

    /// <summary>Writes or replaces a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes one value.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public static void Write(string path, Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(path);
        byte[] bytes = Bytes(write);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    /// <summary>The same as text; it ends with a line break.</summary>
    /// <param name="write">Writes one value.</param>
    public static string Text(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(Bytes(write));

    internal static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, _form))
            write(json);
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
