using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Detection;

/// <summary>The transform of one row against <see cref="Pipeline.Apply"/>.</summary>
public sealed class RowTransformTests
{
    private const int Columns = 5;
    private const int Rows = 40;

    public static TheoryData<string, MissingRule, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, MissingRule, bool, bool>();
            foreach (string scale in Scaling.Methods.Names)
            {
                foreach (bool hasWords in (bool[])[false, true])
                {
                    cases.Add(scale, MissingRule.Refuse, false, hasWords);
                    cases.Add(scale, MissingRule.Mean, true, hasWords);
                    cases.Add(scale, MissingRule.Median, false, hasWords);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_has_the_bits_that_the_pipeline_gives_the_table(
        string scale, MissingRule missing, bool masks, bool hasWords)
    {
        var random = new Random(5);
        double[] exact = [.. Enumerable.Range(0, Rows * Columns).Select(i => hasWords && i % Columns == 2
            ? random.Next(3)
            : 1e3 + (random.NextDouble() * Math.Pow(10, i % Columns)))];
        // Other rows may hold what training has not.
        for (int row = 0; row < Rows; row += 4)
            exact[(row * Columns) + (row / 4 % Columns)] = double.NaN;
        double[] strange = [.. exact];
        strange[1] = -1;
        strange[Columns + 1] = double.PositiveInfinity;
        strange[(2 * Columns) + 3] = 1e300;
        ImageSet Of(double[] numbers) => new(numbers, null, 1, Columns)
        {
            ColumnNames = ["a", "b", "c", "d", "e"],
            Levels = hasWords ? [null, null, ["x", "y", "z"], null, null] : null,
        };
        ImageSet train = missing == MissingRule.Refuse
            ? Of([.. exact.Chunk(Columns).Where(row => !row.Any(double.IsNaN)).SelectMany(row => row)])
            : Of(exact);
        Pipeline pipeline = (Pipeline.Scaled(scale) with { Missing = missing, MasksMissing = masks }).Fit(train);
        foreach (ImageSet table in (ImageSet[])[Of(exact), Of(strange)])
        {
            ImageSet expected = pipeline.Apply("table", table, keepsImpossible: true);
            var transform = new RowTransform(pipeline, expected.Dimensions, PixelEncoding.Scaled, 1, isOfBytes: false);
            Assert.Equal(Columns, transform.TableColumns);
            var x = new float[expected.Dimensions];
            for (int row = 0; row < Rows; row++)
            {
                double[] cells = table.Exact!.AsSpan(row * Columns, Columns).ToArray();
                if (hasWords)
                    cells[2] = transform.PlaceOf(2, double.IsNaN(cells[2]) ? null : table.Levels![2]![(int)cells[2]]);
                int impossible = transform.Apply(cells, x);
                float[] row0 = expected.Values!.AsSpan(row * x.Length, x.Length).ToArray();
                Assert.Equal(row0.Select(Bits), x.Select(Bits));
                Assert.Equal(row0.All(float.IsFinite), impossible < 0);
            }
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("pixels")]
    [InlineData("min-max")]
    [InlineData("standard")]
    public void A_picture_of_bytes_has_the_bits_that_the_pipeline_gives_it(string scale)
    {
        byte[] pixels = [.. Enumerable.Range(0, 12 * 6).Select(i => (byte)(i * 47))];
        var images = new ImageSet(pixels, null, 2, 3);
        Pipeline pipeline = Pipeline.Scaled(scale).Fit(images);
        var transform = new RowTransform(pipeline, 6, PixelEncoding.Scaled, 1, isOfBytes: false);
        ImageSet applied = pipeline.Apply("pictures", images);
        float[] expected = new float[6], x = new float[6];
        for (int i = 0; i < images.Count; i++)
        {
            applied.CopyTo(i, expected);
            transform.Apply(pixels.AsSpan(i * 6, 6), new double[6], x);
            Assert.Equal(expected.Select(Bits), x.Select(Bits));
        }
    }

    // NaN is NaN, whatever its bits.
    private static int Bits(float number) => float.IsNaN(number) ? int.MinValue : BitConverter.SingleToInt32Bits(number);
}
