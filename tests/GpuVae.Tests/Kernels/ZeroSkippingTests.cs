using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Kernels.Cpu.Gemm;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>
/// The CPU skips the k of a product where an operand is zero. With finite operands no bit may show it: products with images
/// that are mostly zero are compared with the same images among others that have no zeros, where nothing is skipped. What is
/// not finite may be skipped with its k.
/// </summary>
public sealed class ZeroSkippingTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 21, 205, 784 },  // a batch smaller than a panel; ends of rows, panels and vectors
        { 64, 100, 500 },
        { 150, 65, 515 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Forward_products_have_the_same_bits_with_and_without_zeros_left_out(int images, int units, int pixels)
    {
        foreach (IDevice device in Widths())
        {
            using (device)
            {
                float[] digits = Digits(images, pixels), others = Noise(1000, pixels, seed: 2), weights = Noise(units, pixels, seed: 3);
                float[] alone = Multiply(device, Orientation.NT, digits, images, pixels, weights, units, pixels, images, units);
                float[] among = Multiply(
                    device, Orientation.NT, [.. digits, .. others], images + 1000, pixels, weights, units, pixels,
                    images + 1000, units);
                Assert.Equal(among[..alone.Length], alone);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Weight_gradients_have_the_same_bits_with_and_without_zeros_left_out(int units, int images, int pixels)
    {
        foreach (IDevice device in Widths())
        {
            using (device)
            {
                const int Others = 1000;
                float[] digits = Digits(images, pixels), gradients = Noise(images, units, seed: 2), others = Noise(images, Others, seed: 3);
                float[] wide = SideBySide(digits, pixels, others, Others, images);
                float[] alone = Multiply(device, Orientation.TN, gradients, images, units, digits, images, pixels, units, pixels);
                float[] among = Multiply(
                    device, Orientation.TN, gradients, images, units, wide, images, pixels + Others, units, pixels + Others);
                for (int unit = 0; unit < units; unit++)
                {
                    Assert.Equal(
                        among.AsSpan(unit * (pixels + Others), pixels), alone.AsSpan(unit * pixels, pixels));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Weight_gradients_have_the_same_bits_with_and_without_silent_units_left_out(int units, int images, int pixels)
    {
        foreach (IDevice device in Widths())
        {
            using (device)
            {
                // Among a thousand units that are not silent, a few that are do not pay to be looked for.
                const int Others = 1000;
                float[] gradients = Noise(images, units, seed: 2), others = Noise(images, Others, seed: 3);
                for (int i = 0; i < gradients.Length; i++)
                    gradients[i] = IsSilent(i % units) ? 0 : gradients[i];
                float[] wide = SideBySide(gradients, units, others, Others, images);
                foreach (float[] x in (float[][])[Digits(images, pixels), Noise(images, pixels, seed: 4)])
                {
                    float[] alone = Multiply(device, Orientation.TN, gradients, images, units, x, images, pixels, units, pixels);
                    float[] among = Multiply(
                        device, Orientation.TN, wide, images, units + Others, x, images, pixels, units + Others, pixels);
                    Assert.Equal(among[..alone.Length], alone);
                    Assert.All(Enumerable.Range(0, units), unit => Assert.Equal(
                        IsSilent(unit), alone.AsSpan(unit * pixels, pixels).IndexOfAnyExcept(0f) < 0));
                }
            }
        }

        // The first and the last, and runs of them within and across vectors.
        static bool IsSilent(int unit) => unit % 5 == 0 || unit % 20 is > 3 and < 9 or 19;
    }

    [Fact]
    public void A_gradient_of_silent_units_alone_is_zero()
    {
        foreach (IDevice device in Widths())
        {
            using (device)
            {
                float[] product = Multiply(
                    device, Orientation.TN, new float[128 * 90], 128, 90, Noise(128, 300, seed: 1), 128, 300, 90, 300);
                Assert.All(product, value => Assert.Equal(0f, value));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public unsafe void The_products_compared_here_leave_out_what_they_are_said_to(int rows, int images, int pixels)
    {
        float[] digits = Digits(rows, pixels), silent = new float[images * rows], x = Digits(images, pixels);
        silent.AsSpan().Fill(1);
        for (int i = 0; i < silent.Length; i += rows)
            silent.AsSpan(i, rows / 2).Clear();
        fixed (float* a = digits, gradient = silent, b = x)
        {
            Assert.NotEqual(
                SparseOperand.None,
                ProductPlan.Choose<Simd128, Vector128<float>>(Orientation.NT, a, null, rows, images, pixels).Sparse);
            ProductPlan plan = ProductPlan.Choose<Simd128, Vector128<float>>(Orientation.TN, gradient, b, rows, pixels, images);
            Assert.NotEqual(SparseOperand.None, plan.Sparse);
            Assert.True(plan.NonzeroColumnShare < 1);
        }
    }

    [Fact]
    public void Zeros_are_found_in_digits_and_not_in_noise()
    {
        Assert.NotEqual(SparseOperand.None, Plan(Digits(128, 784)).Sparse);
        Assert.Equal(SparseOperand.None, Plan(Noise(128, 784, seed: 1)).Sparse);
        Assert.NotEqual(SparseOperand.None, Plan(new float[128 * 784]).Sparse);

        static unsafe ProductPlan Plan(float[] images)
        {
            fixed (float* x = images)
                return ProductPlan.Choose<Simd128, Vector128<float>>(Orientation.NT, x, null, 128, 400, 784);
        }
    }

    [Fact]
    public void Number_that_is_none_reaches_no_output_where_its_factors_are_left_out()
    {
        // What IEEE 754 has be NaN, since 0 · NaN is: a weight behind a pixel that is black in every image.
        float[] images = Digits(128, 784), weights = Noise(100, 784, seed: 1);
        float[] finite = weights.ToArray();
        for (int unit = 0; unit < 100; unit++)
            weights[unit * 784] = float.NaN;
        foreach (IDevice device in Widths())
        {
            using (device)
            {
                Assert.Equal(
                    Multiply(device, Orientation.NT, images, 128, 784, finite, 100, 784, 128, 100),
                    Multiply(device, Orientation.NT, images, 128, 784, weights, 100, 784, 128, 100));
                // Noise has no zeros to leave out.
                Assert.All(
                    Multiply(device, Orientation.NT, Noise(128, 784, seed: 2), 128, 784, weights, 100, 784, 128, 100),
                    value => Assert.True(float.IsNaN(value)));
            }
        }
    }

    [Fact]
    public void Operands_of_zeros_give_zeros()
    {
        foreach (IDevice device in Widths())
        {
            using (device)
            {
                float[] product = Multiply(
                    device, Orientation.NT, new float[40 * 784], 40, 784, Noise(100, 784, seed: 1), 100, 784, 40, 100);
                Assert.All(product, value => Assert.Equal(0f, value));
            }
        }
    }

    [Fact]
    public void A_pixel_that_is_no_number_reaches_no_gradient_of_a_silent_unit()
    {
        const int Images = 128, Units = 400, Pixels = 784, Image = 5, Pixel = 300;
        float[] gradients = Noise(Images, Units, seed: 2), x = Noise(Images, Pixels, seed: 4);
        for (int i = 0; i < gradients.Length; i++)
            gradients[i] = i % Units % 2 == 0 ? 0 : gradients[i];
        x[(Image * Pixels) + Pixel] = float.NaN;
        foreach (IDevice device in Widths())
        {
            using (device)
            {
                float[] product = Multiply(
                    device, Orientation.TN, gradients, Images, Units, x, Images, Pixels, Units, Pixels);
                for (int unit = 0; unit < Units; unit++)
                {
                    float value = product[(unit * Pixels) + Pixel];
                    Assert.True(unit % 2 == 0 ? value == 0 : float.IsNaN(value), $"unit {unit}: {value}");
                }
            }
        }
    }

    /// <summary>The CPU at every vector width that it has.</summary>
    internal static IEnumerable<IDevice> Widths()
    {
        yield return CpuDevice.Create();
        if (Avx2.IsSupported)
            yield return new CpuDevice<Simd256, Vector256<float>>(threads: 2);
        yield return new CpuDevice<Simd128, Vector128<float>>(threads: 1);
    }

    private static float[] Multiply(
        IDevice device, Orientation orientation, float[] a, int aRows, int aColumns, float[] b, int bRows, int bColumns,
        int rows, int columns)
    {
        using DeviceBuffer<float> left = device.Allocate<float>(a.Length), right = device.Allocate<float>(b.Length);
        using DeviceBuffer<float> result = device.Allocate<float>((long)rows * columns);
        device.Upload<float>(a, left.AsVector());
        device.Upload<float>(b, right.AsVector());
        var values = new float[result.Length];
        Array.Fill(values, float.NaN);
        device.Upload<float>(values, result.AsVector());
        device.Run(new Multiply(
            orientation, left.AsMatrix(aRows, aColumns), right.AsMatrix(bRows, bColumns), Epilogue.Store,
            result.AsMatrix(rows, columns)));
        device.Download<float>(result.AsVector(), values);
        return values;
    }

    /// <summary>Images with a dark border and a bright middle part that differs a little from one to the next.</summary>
    private static float[] Digits(int images, int pixels)
    {
        float[] values = Noise(images, pixels, seed: 7);
        for (int image = 0; image < images; image++)
        {
            Span<float> row = values.AsSpan(image * pixels, pixels);
            int first = (pixels / 3) + (image % 5), end = (2 * pixels / 3) + (image % 7);
            row[..first].Clear();
            row[end..].Clear();
        }
        return values;
    }

    private static float[] SideBySide(float[] left, int leftColumns, float[] right, int rightColumns, int rows)
    {
        var both = new float[rows * (leftColumns + rightColumns)];
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = both.AsSpan(row * (leftColumns + rightColumns));
            left.AsSpan(row * leftColumns, leftColumns).CopyTo(target);
            right.AsSpan(row * rightColumns, rightColumns).CopyTo(target[leftColumns..]);
        }
        return both;
    }

    internal static float[] Noise(int rows, int columns, uint seed)
    {
        var values = new float[rows * columns];
        Philox.FillUniform(new RandomSource(seed, RandomPurpose.Initialization), 0, values);
        return values;
    }
}
