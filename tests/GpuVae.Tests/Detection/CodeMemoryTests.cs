using GpuVae.Detection;
using Xunit;

namespace GpuVae.Tests.Detection;

public sealed class CodeMemoryTests
{
    /// <summary>Rows, units of a code and numbers of a row: below, at and above whole vectors.</summary>
    public static TheoryData<int, int, int, bool> Sizes =>
        new(from count in (int[])[2, 5, 16, 33, 150]
            from size in ((int, int)[])[(1, 1), (3, 7), (16, 16), (17, 35)]
            from areAllNormal in (bool[])[true, false]
            select (count, size.Item1, size.Item2, areAllNormal));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Parts_add_up_to_the_score_of_the_definition(int count, int units, int dimensions, bool areAllNormal)
    {
        (float[] rows, float[] codes, float[] reconstructions) = Draw(count, units, dimensions);
        var memory = CodeMemory.Of(rows, codes, reconstructions, units, areAllNormal);
        CodeMemory.Scratch scratch = memory.CreateScratch();
        (float[] others, float[] otherCodes, float[] own) = Draw(7, units, dimensions, seed: 2);
        var parts = new double[dimensions];
        for (int i = 0; i < 7; i++)
        {
            float[] x = Row(others, i, dimensions), z = Row(otherCodes, i, units), rebuilt = Row(own, i, dimensions);
            memory.Measure(x, z, rebuilt, remembered: -1, scratch, parts);
            double expected = Define(rows, codes, reconstructions, x, z, rebuilt, remembered: -1, areAllNormal);
            Assert.Equal(expected, parts.Sum(), 1e-5 * expected);
            Assert.All(parts, part => Assert.True(part >= 0));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_remembered_row_is_compared_with_the_others(bool areAllNormal)
    {
        (float[] rows, float[] codes, _) = Draw(40, 3, 5);
        float[] reconstructions = rows;
        var memory = CodeMemory.Of(rows, codes, reconstructions, 3, areAllNormal);
        var parts = new double[5];
        for (int i = 0; i < 40; i++)
        {
            float[] x = Row(rows, i, 5), z = Row(codes, i, 3), own = Row(reconstructions, i, 5);
            memory.Measure(x, z, own, remembered: i, memory.CreateScratch(), parts);
            double alone = parts.Sum(), expected = Define(rows, codes, reconstructions, x, z, own, i, areAllNormal);
            Assert.Equal(expected, alone, 1e-5 * expected);
            memory.Measure(x, z, own, remembered: -1, memory.CreateScratch(), parts);
            // Nothing is as near to a row as the row itself; what its neighbours are used to may be more or less.
            if (!areAllNormal)
                Assert.True(parts.Sum() < alone);
        }
    }

    [Fact]
    public void Of_equally_near_codes_the_first_are_taken()
    {
        // Ties among codes whose rows differ: the nearest are told by what is expected.
        float[] codes = [4, 4, 4, 4, 4, 4, 1, 4, 2, 4], reconstructions = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
        for (int neighbors = 1; neighbors <= 9; neighbors++)
        {
            var memory = new CodeMemory(codes, reconstructions, [], units: 1, neighbors);
            var mean = new float[1];
            memory.Expect([0f], memory.CreateScratch(), mean);
            float expected = codes.Zip(reconstructions).OrderBy(pair => pair.First).Take(neighbors).Sum(pair => pair.Second);
            Assert.Equal(expected / neighbors, mean[0], 1e-3);
        }
    }

    [Fact]
    public void What_overflows_is_infinite_and_nothing_is_not_a_number()
    {
        (float[] rows, float[] codes, float[] reconstructions) = Draw(20, 2, 3);
        var memory = CodeMemory.Of(rows, codes, reconstructions, 2, areAllNormal: true);
        var parts = new double[3];
        foreach (float far in (float[])[1e30f, float.PositiveInfinity, float.NaN])
        {
            memory.Measure(Row(rows, 0, 3), [far, far], Row(reconstructions, 0, 3), -1, memory.CreateScratch(), parts);
            Assert.All(parts, part => Assert.Equal(double.PositiveInfinity, part));
        }
        // Everything is where it was remembered: no distance to divide by.
        var same = CodeMemory.Of(new float[12], new float[8], new float[12], 2, areAllNormal: true);
        same.Measure(new float[3], new float[2], new float[3], -1, same.CreateScratch(), parts);
        Assert.All(parts, part => Assert.InRange(part, 0, 5e-3));
    }

    /// <summary>The remarks of <see cref="CodeMemory"/>, in double precision and without any of its ways.</summary>
    private static double Define(
        float[] rows, float[] codes, float[] reconstructions, float[] x, float[] z, float[] own, int remembered, bool areAllNormal)
    {
        int count = codes.Length / z.Length;
        int neighbors = Math.Min(areAllNormal ? 5 : Math.Max(5, count / 20), count - 1);
        double softening = 1e-3 * Math.Sqrt(x.Length);
        int[] Nearest(float[] code, int without) =>
        [
            .. Enumerable.Range(0, count).Where(i => i != without)
                .OrderBy(i => SquaredDistance(Row(codes, i, z.Length), code)).Take(neighbors),
        ];
        double Far(float[] row, int[] nearest) =>
            Math.Sqrt(nearest.Average(i => SquaredDistance(Row(reconstructions, i, x.Length), row)));
        int[] near = Nearest(z, remembered);
        double score = (Far(x, near) + softening) * Math.Pow(Math.Sqrt(SquaredDistance(x, own)) + softening, 0.2);
        return areAllNormal
            ? score / Math.Sqrt(near.Average(i => Far(Row(rows, i, x.Length), Nearest(Row(codes, i, z.Length), i))) + softening)
            : score;
    }

    private static double SquaredDistance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Pow((double)x - y, 2)).Sum();

    private static float[] Row(float[] matrix, int row, int columns) => matrix[(row * columns)..((row + 1) * columns)];

    private static (float[] Rows, float[] Codes, float[] Reconstructions) Draw(int count, int units, int dimensions, int seed = 1)
    {
        var random = new Random(seed);
        float[] Numbers(int length) => [.. Enumerable.Range(0, length).Select(_ => (float)((4 * random.NextDouble()) - 2))];
        return (Numbers(count * dimensions), Numbers(count * units), Numbers(count * dimensions));
    }
}
