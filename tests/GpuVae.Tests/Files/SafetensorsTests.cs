using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Files;

public sealed class SafetensorsTests : IDisposable
{
    private const string TwoFloats = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    private readonly TemporaryFolder _folder = new();

    private static NamedTensor[] Tensors =>
    [
        new("encoder.0.weight", [2, 3], [1f, -2.5f, float.Epsilon, float.MaxValue, -0f, 3e-7f]),
        new("encoder.0.bias", [3], [float.NaN, float.PositiveInfinity, 0.1f]),
        new("step", [], [7f]),
        new("nothing", [0, 4], []),
        new("größe \"\n", [1], [1f]),
    ];

    private static Dictionary<string, string> Metadata => new() { ["epoch"] = "10", ["β"] = "\"1\"" };

    /// <summary>Header, number of data bytes behind it, fault.</summary>
    public static TheoryData<string, int, string> Damages => new()
    {
        { "not JSON", 0, "offset 8: header: it does not begin with {" },
        { "[1]", 0, "does not begin with {" },
        { """{"a":""", 0, "offset 13: the header is no valid JSON" },
        { """{"a":1}""", 0, "\"a\" lacks dtype, shape or data_offsets" },
        { """{"a":{"dtype":"F32","shape":[2]}}""", 8, "\"a\" lacks" },
        { TwoFloats.Replace("F32", "F16", StringComparison.Ordinal), 8, "\"a\" is of type \"F16\"" },
        { TwoFloats.Replace("[2]", "[3]", StringComparison.Ordinal), 8, "\"a\" has 8 bytes for 3 elements" },
        { TwoFloats.Replace("[2]", "[-2]", StringComparison.Ordinal), 8, "\"a\" has the size -2" },
        { TwoFloats.Replace("[2]", "[2.5]", StringComparison.Ordinal), 8, "\"a\" has the size 2.5" },
        { TwoFloats.Replace("[2]", "[70000,70000,0]", StringComparison.Ordinal), 8, "\"a\" has more than" },
        { TwoFloats.Replace("[2]", "[9223372036854775807]", StringComparison.Ordinal), 8, "\"a\" has the size" },
        { TwoFloats.Replace("[0,8]", "[8,0]", StringComparison.Ordinal), 8, "data_offsets that are no range" },
        { TwoFloats.Replace("[0,8]", "[0]", StringComparison.Ordinal), 8, "data_offsets that are no range" },
        { TwoFloats.Replace("[0,8]", "[4,12]", StringComparison.Ordinal), 12, "\"a\" begins at 4 of the data" },
        { TwoFloats.Replace("[2]", Repeat("1,", 64, "[", "2]"), StringComparison.Ordinal), 8, "more than 64 dimensions" },
        { TwoFloats.Replace("[0,8]", "[0,8,9]", StringComparison.Ordinal), 8, "data_offsets that are no range" },
        { TwoFloats.Replace("[0,8]", "[0,\"8\"]", StringComparison.Ordinal), 8, "data_offsets that are no range" },
        { TwoFloats.Replace("[2]", "[2],\"shape\":[2]", StringComparison.Ordinal), 8, "\"a\" has shape twice" },
        { TwoFloats.Replace("[2]", "{}", StringComparison.Ordinal), 8, "\"a\" lacks" },
        { TwoFloats.Replace("[2]", "[[2]]", StringComparison.Ordinal), 8, "\"a\" has the size [" },
        { TwoFloats + "{}", 8, "offset 62: the header is no valid JSON" },
        { Repeat("[", 100, """{"a":{"more":""", "}}"), 8, "the header is no valid JSON" },
        { """{"a":{"more\ud800":1}}""", 8, "offset 14: the header is no valid UTF-8" },
        { Repeat("name", 10_000, "{\"", "\":1}"), 8, Repeat("name", 15, "\"", "…\" lacks") },
        { TwoFloats, 7, "offset 69: truncated: the header promises 8 bytes of data, and 7 are there" },
        { TwoFloats, 9, "offset 70: trailing bytes: 1 more" },
        { TwoFloats[..^1] + "," + TwoFloats[1..], 8, "\"a\" occurs twice" },
        {
            TwoFloats[..^1] + "," + TwoFloats[1..].Replace("\"a\"", "\"b\"", StringComparison.Ordinal), 8,
            "\"b\" begins at 0 of the data, where 8 comes next"
        },
        { """{"__metadata__":{"a":1}}""", 0, "__metadata__: \"a\" is no text" },
        { """{"__metadata__":{"a":"1","a":"2"}}""", 0, "__metadata__: \"a\" occurs twice" },
        { """{"two\nlines":1}""", 0, "\"two\\nlines\" lacks" },
    };

    [Fact]
    public void What_is_written_is_read_bit_for_bit()
    {
        string path = _folder.File("model.safetensors");
        Safetensors.Write(path, Tensors, Metadata);
        SafetensorsFile file = Safetensors.Read(path);
        Assert.Equal(Metadata, file.Metadata);
        Assert.Equal(Tensors.Select(tensor => tensor.Name), file.Tensors.Select(tensor => tensor.Name));
        foreach ((NamedTensor expected, NamedTensor actual) in Tensors.Zip(file.Tensors))
        {
            Assert.Equal(expected.Shape, actual.Shape);
            Assert.Equal(Bits(expected), Bits(actual));
        }
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void The_bytes_are_those_of_the_published_format()
    {
        string path = _folder.File("model.safetensors");
        Safetensors.Write(path, Tensors, Metadata);
        byte[] bytes = File.ReadAllBytes(path);
        int headerLength = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Assert.Equal(0, headerLength % 8);
        Assert.Equal((byte)'{', bytes[8]);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerLength));
        Assert.Equal("10", header.RootElement.GetProperty("__metadata__").GetProperty("epoch").GetString());
        byte[] data = bytes[(8 + headerLength)..];
        int next = 0;
        foreach (NamedTensor tensor in Tensors)
        {
            JsonElement entry = header.RootElement.GetProperty(tensor.Name);
            Assert.Equal("F32", entry.GetProperty("dtype").GetString());
            Assert.Equal(tensor.Shape, entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
            int[] place = [.. entry.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32())];
            Assert.Equal([next, next + (4 * tensor.Values.Length)], place);
            for (int i = 0; i < tensor.Values.Length; i++)
            {
                uint bits = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(next + (4 * i)));
                Assert.Equal(BitConverter.SingleToUInt32Bits(tensor.Values[i]), bits);
            }
            next = place[1];
        }
        Assert.Equal(next, data.Length);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_file_is_one_line_that_names_file_and_fault(string header, int dataLength, string fault)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(header);
        AssertFault(WithHeader((ulong)bytes.Length, bytes, dataLength), fault);
    }

    [Fact]
    public void A_header_length_that_cannot_be_takes_no_memory()
    {
        AssertFault([], "offset 0: truncated");
        AssertFault([1, 2, 3], "offset 0: truncated");
        AssertFault(WithHeader(15_999_999, "{}"u8, 0), "offset 0: truncated: a header of 15999999 bytes in");
        AssertFault(WithHeader(1 << 30, "{}"u8, 0), "offset 0: a header of 1073741824 bytes is over the limit");
        AssertFault(WithHeader(ulong.MaxValue, "{}"u8, 0), "offset 0: a header of 18446744073709551615 bytes is over");
        AssertFault(WithHeader(5, [(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)'}'], 0), "offset ");
    }

    [Fact]
    public void Tensors_out_of_order_in_the_header_are_read_in_the_order_of_their_data()
    {
        const string Header = """
            {"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}
            """;
        string path = _folder.File("model.safetensors");
        File.WriteAllBytes(path, WithHeader((ulong)Header.Length, Encoding.UTF8.GetBytes(Header), 8));
        Assert.Equal(["a", "b"], Safetensors.Read(path).Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Empty_tensors_at_one_place_stay_in_order_and_what_is_unknown_in_an_entry_is_passed_over()
    {
        string[] names = [.. Enumerable.Range(0, 40).Select(i => $"{i * 7 % 40}")];
        string path = _folder.File("model.safetensors");
        Safetensors.Write(path, [.. names.Select(name => new NamedTensor(name, [0], []))], Metadata);
        Assert.Equal(names, Safetensors.Read(path).Tensors.Select(tensor => tensor.Name));

        string header = TwoFloats.Replace("[2]", "[2],\"more\":{\"a\":[1]}", StringComparison.Ordinal);
        File.WriteAllBytes(path, WithHeader((ulong)header.Length, Encoding.UTF8.GetBytes(header), 8));
        Assert.Equal([0f, 0f], Assert.Single(Safetensors.Read(path).Tensors).Values);
    }

    [Fact]
    public void Tensors_that_no_file_can_hold_are_refused_and_the_old_file_stays()
    {
        string path = _folder.File("model.safetensors");
        Safetensors.Write(path, Tensors, Metadata);
        byte[] before = File.ReadAllBytes(path);
        Dictionary<string, string> none = [];
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [Tensors[0], Tensors[0]], none));
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [new("a", [2], [1f])], none));
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [new("__metadata__", [1], [1f])], none));
        Assert.Equal(before, File.ReadAllBytes(path));
        Safetensors.Write(path, [], none);
        Assert.Empty(Safetensors.Read(path).Tensors);
    }

    [Fact]
    public void A_place_that_cannot_be_written_or_read_is_named()
    {
        string path = _folder.File("nowhere/model.safetensors");
        var written = Assert.Throws<UserException>(() => Safetensors.Write(path, Tensors, Metadata));
        Assert.StartsWith($"{path}: cannot be written", written.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".tmp", written.Message, StringComparison.Ordinal);
        var read = Assert.Throws<UserException>(() => Safetensors.Read(path));
        Assert.StartsWith($"{path}: cannot be read", read.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Repeat(string text, int count, string before, string behind) =>
        before + string.Concat(Enumerable.Repeat(text, count)) + behind;

    private static uint[] Bits(NamedTensor tensor) => Array.ConvertAll(tensor.Values, BitConverter.SingleToUInt32Bits);

    private static byte[] WithHeader(ulong length, ReadOnlySpan<byte> header, int dataLength)
    {
        var bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        header.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    private void AssertFault(byte[] bytes, string fault)
    {
        string path = _folder.File("damaged.safetensors");
        File.WriteAllBytes(path, bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<UserException>(() => Safetensors.Read(path)).Message;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
