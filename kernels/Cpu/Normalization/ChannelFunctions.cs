using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>A function of a number x and another one g with coefficients of the channel, as a type.</summary>
internal unsafe interface IChannelFunction
{
    /// <summary>Coefficients of a channel.</summary>
    static abstract int Coefficients { get; }

    /// <summary>Whether g is read.</summary>
    static abstract bool HasOther { get; }

    /// <summary>The coefficients of an example's channels: coefficient k of channel c at k · stride + c.</summary>
    static abstract void Fill(in ChannelwiseKernel kernel, int example, float* coefficients, int stride);

    /// <summary>The function, with the coefficients of the lanes' channels at multiples of the stride.</summary>
    static abstract V Apply<S, V>(V x, V g, float* coefficients, nint stride)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>γ (x − μ) / √(σ² + ε) + β, by a factor of x − μ: where x is far from 0, x itself times a factor would lose digits.</summary>
internal unsafe struct NormalizeFunction : IChannelFunction
{
    public static int Coefficients => 3;

    public static bool HasOther => false;

    public static void Fill(in ChannelwiseKernel kernel, int example, float* coefficients, int stride)
    {
        int size = kernel.Layout.Channels / kernel.Groups;
        for (int group = 0, channel = 0; group < kernel.Groups; group++)
        {
            int moment = (example * kernel.Groups) + group;
            float mean = kernel.Mean[moment];
            float inverse = (float)(1 / Math.Sqrt(kernel.Variance[moment] + kernel.Epsilon));
            for (int end = channel + size; channel < end; channel++)
            {
                coefficients[channel] = mean;
                coefficients[stride + channel] = kernel.Weight[channel] * inverse;
                coefficients[(2 * stride) + channel] = kernel.Bias[channel];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x, V g, float* coefficients, nint stride)
        where S : ISimd<V>
        where V : unmanaged =>
        S.MultiplyAdd(
            S.Subtract(x, S.Load(coefficients)), S.Load(coefficients + stride), S.Load(coefficients + (2 * stride)));
}

/// <summary>
/// r (γ G − m − r (x − μ) m′) with r = 1 / √(σ² + ε), as a factor of G, one of x − μ and a number to add; where μ and σ² are
/// constants m and m′ are 0.
/// </summary>
internal unsafe struct NormalizeGradientFunction : IChannelFunction
{
    public static int Coefficients => 4;

    public static bool HasOther => true;

    public static void Fill(in ChannelwiseKernel kernel, int example, float* coefficients, int stride)
    {
        int channels = kernel.Layout.Channels, size = channels / kernel.Groups;
        double share = 1.0 / ((double)kernel.Layout.Pixels * size);
        nint row = (nint)example * channels;
        for (int group = 0; group < kernel.Groups; group++)
        {
            int moment = (example * kernel.Groups) + group, first = group * size;
            double inverse = 1 / Math.Sqrt(kernel.Variance[moment] + kernel.Epsilon), m = 0, product = 0;
            if (kernel.WeightGradient != null)
            {
                Vector256<double> plain = Vector256<double>.Zero, products = plain;
                for (int i = 0; i < size; i += Doubles.Count)
                {
                    Vector256<double> weight = Doubles.Load(kernel.Weight + first + i);
                    plain += Doubles.First(weight * Doubles.Load(kernel.BiasGradient + row + first + i), size - i);
                    products += Doubles.First(weight * Doubles.Load(kernel.WeightGradient + row + first + i), size - i);
                }
                (m, product) = (Vector256.Sum(plain), Vector256.Sum(products));
            }
            float mean = kernel.Mean[moment], ofInput = (float)(-inverse * inverse * product * share);
            float constant = (float)(-inverse * m * share), scale = (float)inverse;
            for (int channel = first; channel < first + size; channel++)
            {
                coefficients[channel] = mean;
                coefficients[stride + channel] = kernel.Weight[channel] * scale;
                coefficients[(2 * stride) + channel] = ofInput;
                coefficients[(3 * stride) + channel] = constant;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V x, V g, float* coefficients, nint stride)
        where S : ISimd<V>
        where V : unmanaged
    {
        V fromInput = S.MultiplyAdd(
            S.Subtract(x, S.Load(coefficients)), S.Load(coefficients + (2 * stride)), S.Load(coefficients + (3 * stride)));
        return S.MultiplyAdd(g, S.Load(coefficients + stride), fromInput);
    }
}
