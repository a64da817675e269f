using GpuVae.Files;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Files;

/// <summary>What holds for any tensors: random ones are written, and read back here and by a reader of the tests.</summary>
public sealed class SafetensorsPropertyTests : IDisposable
{
    private const int Files = 300;

    private static readonly string[] _alphabet =
        ["a", "Z", "0", ".", "_", " ", "\"", "\\", "/", "\n", "\t", "\u0001", "\u007f", "ß", "文", "😀", "\u2028", "<", "{"];

    private static readonly uint[] _bits =
    [
        0, 0x8000_0000, 1, 0x007f_ffff, 0x7f7f_ffff, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_1234, 0x7f80_0001,
        0xffff_ffff, 0x3f80_0000,
    ];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Whatever_is_written_is_read_back_bit_for_bit_and_keeps_to_the_published_format()
    {
        string path = _folder.File("random.safetensors");
        for (int number = 0; number < Files; number++)
        {
            var random = new Random(number);
            NamedTensor[] tensors = Tensors(random);
            Dictionary<string, string> metadata = Metadata(random);
            Safetensors.Write(path, tensors, metadata);

            PlainSafetensors plain = PlainSafetensors.Parse(File.ReadAllBytes(path));
            Assert.True(plain.IsPaddedWithSpaces);
            Assert.Equal(0, plain.DataStart % 8);
            Assert.Equal(metadata, plain.Metadata);
            Assert.Equal(tensors.Select(tensor => tensor.Name), plain.Tensors.Select(tensor => tensor.Name));

            SafetensorsFile file = Safetensors.Read(path);
            Assert.Equal(metadata, file.Metadata);
            Assert.Equal(tensors.Select(tensor => tensor.Name), file.Tensors.Select(tensor => tensor.Name));
            for (int i = 0; i < tensors.Length; i++)
            {
                uint[] bits = Array.ConvertAll(tensors[i].Values, BitConverter.SingleToUInt32Bits);
                Assert.Equal(bits, plain.Tensors[i].Bits);
                Assert.Equal(bits, Array.ConvertAll(file.Tensors[i].Values, BitConverter.SingleToUInt32Bits));
                Assert.Equal(tensors[i].Shape, plain.Tensors[i].Shape.Select(size => (int)size));
                Assert.Equal(tensors[i].Shape, file.Tensors[i].Shape);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static NamedTensor[] Tensors(Random random)
    {
        var names = new HashSet<string>();
        for (int count = random.Next(40); count > 0; count--)
            names.Add(Text(random));
        return [.. names.Select(name =>
        {
            int[] shape = new int[random.Next(5)];
            for (int i = 0; i < shape.Length; i++)
                shape[i] = random.Next(random.Next(3) == 0 ? 2 : 7);
            var values = new float[shape.Aggregate(1, (product, size) => product * size)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = BitConverter.UInt32BitsToSingle(
                    random.Next(3) == 0 ? _bits[random.Next(_bits.Length)] : (uint)random.NextInt64(1L << 32));
            }
            return new NamedTensor(name, shape, values);
        })];
    }

    private static Dictionary<string, string> Metadata(Random random)
    {
        var metadata = new Dictionary<string, string>();
        for (int count = random.Next(5); count > 0; count--)
            metadata[Text(random)] = Text(random);
        return metadata;
    }

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => _alphabet[random.Next(_alphabet.Length)]));
}
