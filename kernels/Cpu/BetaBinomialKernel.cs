using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="BetaBinomial"/>: −log P of bytes and its gradients by ℓ and s. An item is a row. The parameters of a block of numbers are
/// brought into rows of their own, evaluated a vector at a time, and brought back; blocks are added in double precision and in order.
/// </summary>
/// <remarks>
/// Differences of log Γ that are almost equal would lose what is small: a black pixel has a loss of 10⁻³ and log Γ(255 + eˢ) is above
/// 1160. So (x)ₖ is a product of its first eight factors, and what is left is a difference of Stirling's series at arguments of at
/// least 8, written with log(1 + h/y) (<see cref="Rise"/>); of a byte above 127 the distribution is turned around, so that n − k has
/// eight factors, and (eˢ)ₙ/(β)ₙ₋ₖ is made of two such differences that are small where α is.
/// </remarks>
internal unsafe struct BetaBinomialKernel
{
    // Numbers of a block.
    private const int Block = 256;

    private const int Factors = 8;

    public float* Target;
    public float* LogChoices;
    public float* Outputs;
    public float* Loss;
    public int Columns;
    public int Channels;
    public float GradientScale;

    public static void Run<S, V>(CpuDevice<S, V> device, in BetaBinomial operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new BetaBinomialKernel
        {
            Target = operation.Target.Pointer(),
            LogChoices = operation.LogChoices.Pointer(),
            Outputs = operation.Outputs.Pointer(),
            Loss = operation.Loss.Pointer(),
            Columns = operation.Target.Columns,
            Channels = operation.Channels,
            GradientScale = operation.GradientScale,
        };
        device.Pool.Run(&Rows<S, V>, &kernel, operation.Target.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly BetaBinomialKernel kernel = ref *(BetaBinomialKernel*)context;
        float* successes = stackalloc float[Block], choices = stackalloc float[Block];
        float* logits = stackalloc float[Block], concentrations = stackalloc float[Block];
        new Span<float>(successes, Block).Clear();
        new Span<float>(choices, Block).Clear();
        new Span<float>(logits, Block).Clear();
        new Span<float>(concentrations, Block).Clear();
        V scale = S.Broadcast(kernel.GradientScale);
        for (int row = first; row < first + count; row++)
        {
            float* target = kernel.Target + ((long)row * kernel.Columns);
            float* outputs = kernel.Outputs + (2L * row * kernel.Columns);
            double loss = 0;
            for (int begin = 0; begin < kernel.Columns; begin += Block)
            {
                int length = Math.Min(Block, kernel.Columns - begin);
                kernel.Take(target, outputs, begin, length, successes, choices, logits, concentrations);
                V losses = S.Zero;
                for (int i = 0; i < length; i += S.Lanes)
                {
                    V part = S.Subtract(
                        Evaluate<S, V>(S.Load(successes + i), S.Load(logits + i), S.Load(concentrations + i), out V byLogit, out V byConcentration),
                        S.Load(choices + i));
                    losses = S.Add(losses, length - i < S.Lanes ? S.Select(S.FirstLanes(length - i), part, S.Zero) : part);
                    S.Store(S.Multiply(scale, byLogit), logits + i);
                    S.Store(S.Multiply(scale, byConcentration), concentrations + i);
                }
                loss += S.Sum(losses);
                kernel.Give(logits, concentrations, begin, length, outputs);
            }
            kernel.Loss[row] = (float)loss;
        }
    }

    /// <summary>Brings k, log C(n, k), ℓ and s of numbers from <paramref name="begin"/> on into rows of their own.</summary>
    private readonly void Take(
        float* target, float* outputs, int begin, int length, float* successes, float* choices, float* logits, float* concentrations)
    {
        int channel = begin % Channels;
        float* pixel = outputs + (2L * (begin - channel));
        for (int i = 0; i < length; i++)
        {
            // What is no number counts as 0 here.
            int k = Math.Clamp((int)((BetaBinomial.Trials * target[begin + i]) + 0.5f), 0, BetaBinomial.Trials);
            successes[i] = k;
            choices[i] = LogChoices[k];
            logits[i] = pixel[channel];
            concentrations[i] = pixel[Channels + channel];
            if (++channel == Channels)
            {
                channel = 0;
                pixel += 2 * Channels;
            }
        }
    }

    private readonly void Give(float* logits, float* concentrations, int begin, int length, float* outputs)
    {
        int channel = begin % Channels;
        float* pixel = outputs + (2L * (begin - channel));
        for (int i = 0; i < length; i++)
        {
            pixel[channel] = logits[i];
            pixel[Channels + channel] = concentrations[i];
            if (++channel == Channels)
            {
                channel = 0;
                pixel += 2 * Channels;
            }
        }
    }

    /// <summary>−log P + log C(n, k) of each lane, ∂/∂ℓ and ∂/∂s.</summary>
    private static V Evaluate<S, V>(V k, V logit, V logConcentration, out V byLogit, out V byConcentration)
        where S : ISimd<V>
        where V : unmanaged
    {
        V zero = S.Zero, one = S.Broadcast(1f), eight = S.Broadcast(Factors);
        V mostLogit = S.Broadcast(BetaBinomial.MostLogit), mostConcentration = S.Broadcast(BetaBinomial.MostLogConcentration);
        V clamped = S.Max(S.Negate(mostLogit), S.Min(mostLogit, logit));
        V e = VectorMath.ExpBelow88<S, V>(S.NegativeAbs(clamped)), large = S.Reciprocal(S.Add(one, e)), small = S.Multiply(e, large);
        V concentration = VectorMath.ExpBelow88<S, V>(
            S.Max(S.Negate(mostConcentration), S.Min(mostConcentration, logConcentration)));

        // Of a byte above 127, what is counted are the other trials.
        V isTurned = S.GreaterThan(k, S.Broadcast(127.5f));
        k = S.Select(isTurned, S.Subtract(S.Broadcast(BetaBinomial.Trials), k), k);
        V rest = S.Subtract(S.Broadcast(BetaBinomial.Trials), k);
        V ofSuccess = S.Select(isTurned, S.Negate(clamped), clamped), isLikely = S.GreaterThan(ofSuccess, zero);
        V p = S.Select(isLikely, large, small), q = S.Select(isLikely, small, large);
        V alpha = S.Multiply(concentration, p), beta = S.Multiply(concentration, q);

        // The first eight factors of (α)ₖ, fewer where k is smaller, of (β)ₙ₋ₖ and of (eˢ)ₙ, with their derivatives by x.
        V ofAlpha = one, slopeOfAlpha = zero, ofBeta = beta, slopeOfBeta = one, ofSum = concentration, slopeOfSum = one;
        for (int i = 0; i < Factors; i++)
        {
            V step = S.Broadcast(i), isFactor = S.GreaterThan(k, step), factor = S.Add(alpha, step);
            slopeOfAlpha = S.Select(isFactor, S.MultiplyAdd(slopeOfAlpha, factor, ofAlpha), slopeOfAlpha);
            ofAlpha = S.Select(isFactor, S.Multiply(ofAlpha, factor), ofAlpha);
            if (i == 0)
                continue;
            factor = S.Add(beta, step);
            slopeOfBeta = S.MultiplyAdd(slopeOfBeta, factor, ofBeta);
            ofBeta = S.Multiply(ofBeta, factor);
            factor = S.Add(concentration, step);
            slopeOfSum = S.MultiplyAdd(slopeOfSum, factor, ofSum);
            ofSum = S.Multiply(ofSum, factor);
        }

        V ofAlphaAfter = Rise<S, V>(S.Add(alpha, eight), S.Max(zero, S.Subtract(k, eight)), out V slopeAfterAlpha, out _);
        V atEnd = Rise<S, V>(S.Add(beta, rest), S.Add(alpha, k), out V slopeAtEnd, out V logAtEnd);
        V atStart = Rise<S, V>(S.Add(beta, eight), alpha, out V slopeAtStart, out V logAtStart);
        V loss = S.Subtract(S.Subtract(atEnd, atStart), ofAlphaAfter);
        V inverseBeta = S.Reciprocal(ofBeta);
        loss = S.Add(loss, VectorMath.Log<S, V>(S.Multiply(S.Multiply(ofSum, inverseBeta), S.Reciprocal(ofAlpha))));

        // D(α, k), D(eˢ, n) and D(β, n − k): what is behind the eighth factor is a difference of ψ.
        V perAlpha = S.MultiplyAdd(slopeOfAlpha, S.Reciprocal(ofAlpha), slopeAfterAlpha);
        V sumBehind = S.Subtract(
            Digamma<S, V>(S.Add(concentration, S.Broadcast(BetaBinomial.Trials)), logAtEnd),
            Digamma<S, V>(S.Add(concentration, eight), logAtStart));
        V perSum = S.MultiplyAdd(slopeOfSum, S.Reciprocal(ofSum), sumBehind);
        V perBeta = S.MultiplyAdd(slopeOfBeta, inverseBeta, S.Add(sumBehind, S.Subtract(slopeAtStart, slopeAtEnd)));
        V ofSuccesses = S.Multiply(alpha, perAlpha), ofFailures = S.Multiply(beta, perBeta);
        byLogit = S.Subtract(S.Multiply(p, ofFailures), S.Multiply(q, ofSuccesses));
        byLogit = Inward<S, V>(S.Select(isTurned, S.Negate(byLogit), byLogit), logit, mostLogit);
        byConcentration = S.Subtract(S.MultiplyAdd(concentration, perSum, S.Negate(ofSuccesses)), ofFailures);
        byConcentration = Inward<S, V>(byConcentration, logConcentration, mostConcentration);
        return loss;
    }

    /// <summary>0 for a gradient that leads further away from a bound that is crossed already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Inward<S, V>(V gradient, V value, V most)
        where S : ISimd<V>
        where V : unmanaged
    {
        V above = S.Select(S.GreaterThan(value, most), S.Max(S.Zero, gradient), gradient);
        return S.Select(S.GreaterThan(S.Negate(most), value), S.Min(S.Zero, above), above);
    }

    /// <summary>log Γ(y + h) − log Γ(y) for y ≥ 8 and h ≥ 0, ψ(y + h) − ψ(y), and log(y + h).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Rise<S, V>(V y, V h, out V slope, out V logEnd)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f), half = S.Broadcast(0.5f), end = S.Add(y, h), inverse = S.Reciprocal(y), inverseEnd = S.Reciprocal(end);
        V ratio = S.Multiply(h, inverse);
        logEnd = VectorMath.Log<S, V>(end);

        // log(1 + h/y) = 2 artanh(h/(2y + h)), by its series where h is at most y.
        V isFar = S.GreaterThan(ratio, one);
        V t = S.Multiply(h, S.Reciprocal(S.Add(y, end))), square = S.Multiply(t, t);
        V series = S.MultiplyAdd(square, S.Broadcast(1f / 15f), S.Broadcast(1f / 13f));
        series = S.MultiplyAdd(series, square, S.Broadcast(1f / 11f));
        series = S.MultiplyAdd(series, square, S.Broadcast(1f / 9f));
        series = S.MultiplyAdd(series, square, S.Broadcast(1f / 7f));
        series = S.MultiplyAdd(series, square, S.Broadcast(1f / 5f));
        series = S.MultiplyAdd(series, square, S.Broadcast(1f / 3f));
        series = S.Multiply(S.Add(t, t), S.MultiplyAdd(series, square, one));
        V log = S.Select(isFar, VectorMath.Log<S, V>(S.Add(one, ratio)), series);

        // Stirling: (x − ½) log x − x + 1/12x − 1/360x³, and its derivative log x − 1/2x − 1/12x² + 1/120x⁴.
        V squareEnd = S.Multiply(inverseEnd, inverseEnd), squareStart = S.Multiply(inverse, inverse);
        V third = S.Broadcast(-1f / 360f), twelfth = S.Broadcast(1f / 12f);
        V correction = S.Subtract(
            S.Multiply(inverseEnd, S.MultiplyAdd(squareEnd, third, twelfth)), S.Multiply(inverse, S.MultiplyAdd(squareStart, third, twelfth)));
        V fourth = S.Broadcast(1f / 120f), minusTwelfth = S.Broadcast(-1f / 12f);
        V slopeCorrection = S.Subtract(
            S.MultiplyAdd(S.MultiplyAdd(squareEnd, fourth, minusTwelfth), squareEnd, S.Multiply(half, S.Subtract(inverse, inverseEnd))),
            S.Multiply(S.MultiplyAdd(squareStart, fourth, minusTwelfth), squareStart));
        slope = S.Add(log, slopeCorrection);
        return S.Add(S.MultiplyAdd(h, S.Subtract(logEnd, one), S.Multiply(S.Subtract(y, half), log)), correction);
    }

    /// <summary>ψ(x) for x ≥ 8, given log x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Digamma<S, V>(V x, V log)
        where S : ISimd<V>
        where V : unmanaged
    {
        V inverse = S.Reciprocal(x), square = S.Multiply(inverse, inverse);
        V series = S.MultiplyAdd(square, S.Broadcast(1f / 120f), S.Broadcast(-1f / 12f));
        return S.Add(log, S.MultiplyAdd(series, square, S.Multiply(S.Broadcast(-0.5f), inverse)));
    }
}
