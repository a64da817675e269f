using System.Text;
using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class NpyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_bytes_are_those_that_the_format_prescribes()
    {
        string path = _folder.File("codes.npy");
        Npy.Write<ulong>(path, new ulong[] { 1, 2, 0x0102030405060708, 4, 5, 6 }, 3, 2);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0], bytes[..8]);
        int header = BitConverter.ToUInt16(bytes, 8);
        Assert.Equal(0, (10 + header) % 64);
        string text = Encoding.ASCII.GetString(bytes, 10, header);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.Equal("{'descr': '<u8', 'fortran_order': False, 'shape': (3, 2), }", text.TrimEnd());
        Assert.Equal(10 + header + 48, bytes.Length);
        Assert.Equal([8, 7, 6, 5, 4, 3, 2, 1], bytes[(10 + header + 16)..(10 + header + 24)]);
    }

    [Fact]
    public void A_single_axis_is_a_tuple_with_a_comma_and_floats_keep_their_bits()
    {
        string path = _folder.File("scores.npy");
        Npy.Write<float>(path, new[] { 1.5f, float.NaN }, 2);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Contains("'<f4', 'fortran_order': False, 'shape': (2,), }", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
        Assert.Equal(1.5f, BitConverter.ToSingle(bytes, bytes.Length - 8));
        Assert.True(float.IsNaN(BitConverter.ToSingle(bytes, bytes.Length - 4)));
    }

    [Fact]
    public void A_shape_of_another_size_and_a_type_without_a_name_are_refused()
    {
        string path = _folder.File("never.npy");
        Assert.Throws<ArgumentException>(() => Npy.Write<int>(path, new int[5], 2, 3));
        Assert.Throws<ArgumentException>(() => Npy.Write<Half>(path, new Half[2], 2));
        Assert.False(File.Exists(path));
    }

    public void Dispose() => _folder.Dispose();
}
