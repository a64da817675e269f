using GpuVae.Data;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class CodeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Codes_come_back_without_their_deviations()
    {
        string path = _folder.File("codes.npy");
        Write(path, [1f, 2f, 0.1f, 0.2f, 3f, 4f, 0.3f, 0.4f], columns: 4);
        Assert.Equal([1f, 2f, 3f, 4f], CodeFile.Read(path, units: 2));
    }

    [Fact]
    public void A_code_that_is_no_number_is_named()
    {
        string path = _folder.File("codes.npy");
        Write(path, [1f, 2f, 3f, float.NaN], columns: 2);
        var fault = Assert.ThrowsAny<UserException>(() => CodeFile.Read(path, units: 2));
        Assert.StartsWith($"{path}: example 1 (from 0), column 2: NaN is no finite number", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3,", "row 3, column 2 (z1): NaN is no finite number")]
    [InlineData("3,1e39", "row 3, column 2 (z1): 1E+39 is beyond the largest number")]
    public void Codes_of_a_table_are_floats(string row, string fault)
    {
        string path = _folder.File("codes.csv");
        File.WriteAllText(path, "z0,z1\n0.1,2e-3\n3,4\n");
        Assert.Equal([0.1f, 2e-3f, 3, 4], CodeFile.Read(path, units: 2));
        File.WriteAllText(path, "label,z1,z0\nx,2e-3,0.1\nx,4,3\n");
        Assert.Equal([0.1f, 2e-3f, 3, 4], CodeFile.Read(path, units: 2));
        File.WriteAllText(path, $"z0,z1\n0.1,2\n{row}\n");
        string message = Assert.ThrowsAny<UserException>(() => CodeFile.Read(path, units: 2)).Message;
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static void Write(string path, float[] values, int columns) =>
        Npy.Write<float>(path, values, values.Length / columns, columns);
}
