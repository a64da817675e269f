using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="DiscretizedLogistic"/>: −log P of bytes about μ, and its gradients. An item is a row. A number takes two exponentials;
/// of 1 + e⁻ᵃ and 1 + eᵇ, at most 4 together, a lane keeps the product, so that a block of vectors takes one logarithm. Blocks are
/// added in double precision and in order.
/// </summary>
internal unsafe struct DiscretizedLogisticKernel
{
    // Vectors of a block: their factors' product is at most 4³² = 2⁶⁴.
    private const int BlockVectors = 32;

    // Adding 1.5 · 2²³ to a small number leaves its nearest integer in the low bits of the sum.
    private const float RoundingShift = 12582912f;

    public float* Target;
    public float* Outputs;
    public float* Loss;
    public float* LogScaleGradient;
    public int Columns;
    public float GradientScale;

    /// <summary>δ.</summary>
    public float Width;

    /// <summary>−log(1 − e^−δ).</summary>
    public float WidthLoss;

    /// <summary>δ/(e^δ − 1).</summary>
    public float WidthGradient;

    public static void Run<S, V>(CpuDevice<S, V> device, in DiscretizedLogistic operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        double width = Math.Exp(-(double)*operation.LogScale.Pointer()) / 255, mass = 1 - Math.Exp(-width);
        var kernel = new DiscretizedLogisticKernel
        {
            Target = operation.Target.Pointer(),
            Outputs = operation.Outputs.Pointer(),
            Loss = operation.Loss.Pointer(),
            LogScaleGradient = operation.LogScaleGradient.Pointer(),
            Columns = operation.Outputs.Columns,
            GradientScale = operation.GradientScale,
            Width = (float)width,
            WidthLoss = (float)-Math.Log(mass),
            WidthGradient = (float)(width * Math.Exp(-width) / mass),
        };
        device.Pool.Run(&Rows<S, V>, &kernel, operation.Outputs.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly DiscretizedLogisticKernel kernel = ref *(DiscretizedLogisticKernel*)context;
        V one = S.Broadcast(1f);
        for (int row = first; row < first + count; row++)
        {
            float* target = kernel.Target + ((long)row * kernel.Columns);
            float* outputs = kernel.Outputs + ((long)row * kernel.Columns);
            double loss = 0, slope = 0;
            for (int begin = 0; begin < kernel.Columns; begin += BlockVectors * S.Lanes)
            {
                int end = Math.Min(kernel.Columns, begin + (BlockVectors * S.Lanes));
                V losses = S.Zero, slopes = S.Zero, factors = one;
                for (int i = begin; i < end; i += S.Lanes)
                {
                    V gradient = Evaluate<S, V>(
                        in kernel, S.Load(target + i), S.Load(outputs + i), out V part, out V factor, out V partSlope);
                    if (end - i < S.Lanes)
                    {
                        V present = S.FirstLanes(end - i);
                        part = S.Select(present, part, S.Zero);
                        factor = S.Select(present, factor, one);
                        partSlope = S.Select(present, partSlope, S.Zero);
                    }
                    losses = S.Add(losses, part);
                    factors = S.Multiply(factors, factor);
                    slopes = S.Add(slopes, partSlope);
                    VectorStore.Store<S, V>(gradient, end - i, outputs + i);
                }
                loss += S.Sum(S.Add(losses, VectorMath.Log<S, V>(factors)));
                slope += S.Sum(slopes);
            }
            kernel.Loss[row] = (float)loss;
            kernel.LogScaleGradient[row] = (float)slope;
        }
    }

    /// <summary>
    /// Of each lane scale · ∂/∂μ; −log P as a part to be added and a factor whose logarithm is the rest; and ∂/∂λ. What is no
    /// number is neither the first byte nor the last, and passes through.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Evaluate<S, V>(
        in DiscretizedLogisticKernel kernel, V target, V mean, out V loss, out V factor, out V slope)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f), zero = S.Zero, shift = S.Broadcast(RoundingShift);
        V k = S.Subtract(S.MultiplyAdd(target, S.Broadcast(255f), shift), shift);
        V isFirst = S.GreaterThan(S.Broadcast(0.5f), k), isLast = S.GreaterThan(k, S.Broadcast(254.5f));

        // k − 255 μ as (k − 256 μ) + μ, of which only the last is rounded where the two are close.
        V difference = S.Add(S.MultiplyAdd(mean, S.Broadcast(-256f), k), mean);
        V byteWidth = S.Broadcast(kernel.Width), half = S.Broadcast(0.5f * kernel.Width);
        V a = S.MultiplyAdd(difference, byteWidth, half), b = S.MultiplyAdd(difference, byteWidth, S.Negate(half));

        // log(1 + e⁻ᵃ) = max(−a, 0) + log(1 + e^−|a|), and σ(−a).
        V e = VectorMath.ExpBelow88<S, V>(S.NegativeAbs(a)), sum = S.Add(one, e);
        V above = S.Multiply(S.Select(S.GreaterThan(a, zero), e, one), S.Reciprocal(sum));
        above = S.Select(isLast, zero, above);
        factor = S.Select(isLast, one, sum);
        loss = S.Select(isLast, zero, S.Max(zero, S.Negate(a)));

        // log(1 + eᵇ) = max(b, 0) + log(1 + e^−|b|), and σ(b).
        e = VectorMath.ExpBelow88<S, V>(S.NegativeAbs(b));
        sum = S.Add(one, e);
        V below = S.Multiply(S.Select(S.GreaterThan(zero, b), e, one), S.Reciprocal(sum));
        below = S.Select(isFirst, zero, below);
        factor = S.Multiply(factor, S.Select(isFirst, one, sum));
        loss = S.Add(loss, S.Select(isFirst, zero, S.Max(zero, b)));

        V width = S.Select(isFirst, zero, S.Select(isLast, zero, S.Broadcast(kernel.WidthGradient)));
        slope = S.MultiplyAdd(a, above, S.MultiplyAdd(S.Negate(b), below, width));
        width = S.Select(isFirst, zero, S.Select(isLast, zero, S.Broadcast(kernel.WidthLoss)));
        loss = S.Add(loss, width);
        return S.Multiply(S.Broadcast(kernel.GradientScale * 255f * kernel.Width), S.Subtract(above, below));
    }
}
