namespace GpuVae.Compression;

/// <summary>Codes and what is rebuilt from them, of which the steps of quantisers are found.</summary>
/// <param name="codes">(n, k), finite.</param>
/// <param name="units">k.</param>
/// <param name="x">(n, D), what is to be rebuilt.</param>
/// <param name="dimensions">D.</param>
/// <param name="numbers">How many of a row of <paramref name="x"/> count in the error, from the first on.</param>
/// <param name="rebuild">Fills (m, D) from (m, k) codes, any m.</param>
/// <param name="ratios">What <see cref="Ratios"/> are; null where they have to be measured.</param>
internal sealed class QuantizationSearch(
    float[] codes, int units, float[] x, int dimensions, int numbers, Action<float[], float[]> rebuild, double[]? ratios = null)
{
    // What a search looks at, and what is rebuilt at a time.
    private const int MostForCost = 20_000;
    private const int MostForError = 2000;
    private const int Batch = 500;

    // Examples that say how much a unit matters, and how far it is moved for that, in its deviations.
    private const int MostForGram = 64;
    private const long MostGramNumbers = 1 << 25;
    private const float Moved = 0.5f;

    private const int Halvings = 60;
    private const int Bisections = 16;

    private readonly int _count = codes.Length / units;
    private readonly UnitRange[] _ranges = UnitRange.Of(codes, units);
    private double[,]? _gram;

    /// <summary>n.</summary>
    public int Count => _count;

    /// <summary>From the numbers that are quantised to units of a code; null where they are these units.</summary>
    public CodeTransform? Transform { get; private init; }

    /// <summary>Whether bits are those of a file, in which steps and directions stand too.</summary>
    public bool CountsSteps { get; init; }

    /// <summary>
    /// The step of each unit for a scale of 1. Where steps are small the error is Σ gⱼ Δⱼ²/12 with gⱼ = E|∂x/∂zⱼ|², and the bits fall by
    /// Σ log Δⱼ, so that at the least error all gⱼ Δⱼ² are one number: Δⱼ = 1/√gⱼ. Infinity for a unit that nothing depends on.
    /// </summary>
    public double[] Ratios => ratios ??= [.. Enumerable.Range(0, units).Select(unit => 1 / Math.Sqrt(Gram[unit, unit]))];

    /// <summary>G = E[JᵀJ] (k, k) with J = ∂x/∂z, measured by moving units; its diagonal alone of long codes.</summary>
    private double[,] Gram => _gram ??= MeasureGram();

    /// <summary>The same with directions in the place of units; null where codes are too long for that.</summary>
    public QuantizationSearch? Turned()
    {
        if (units > CodeTransform.MostUnits || Array.Exists(Ratios, double.IsNaN) || !Array.Exists(Ratios, double.IsFinite))
            return null;
        var transform = CodeTransform.Of(codes, Gram, out float[] turned, out double[] steps);
        return new QuantizationSearch(turned, units, x, dimensions, numbers, Rebuild, steps) { Transform = transform, CountsSteps = CountsSteps };

        void Rebuild(float[] some, float[] rebuilt)
        {
            var z = new float[some.Length];
            for (int at = 0; at < z.Length; at += units)
                transform.Apply(some.AsSpan(at, units), z.AsSpan(at, units));
            rebuild(z, rebuilt);
        }
    }

    /// <summary>The quantisers of a scale; null where one would have too many symbols.</summary>
    public UnitQuantizer[]? Fit(double scale)
    {
        var quantizers = new UnitQuantizer[units];
        for (int unit = 0; unit < units; unit++)
        {
            if (UnitQuantizer.Of(_ranges[unit], Ratios[unit] * scale) is not { } quantizer)
                return null;
            quantizers[unit] = quantizer;
        }
        return quantizers;
    }

    /// <summary>What a file says of quantisers, and the symbols of all codes, (n, quantisers of it).</summary>
    public (CodeSteps Steps, int[] Symbols) Quantize(UnitQuantizer[] quantizers)
    {
        // Without a symbol a direction is left out, and a unit is its mean.
        int[] used = [.. Enumerable.Range(0, units).Where(unit => Transform is null || quantizers[unit].Levels > 1)];
        var symbols = new int[_count * used.Length];
        for (int i = 0; i < symbols.Length; i++)
        {
            int unit = used[i % used.Length];
            symbols[i] = quantizers[unit].SymbolOf(codes[(i / used.Length * units) + unit]);
        }
        return (new CodeSteps(units, [.. used.Select(unit => quantizers[unit])], Transform?.Take(used)), symbols);
    }

    /// <summary>The largest scale, in bisections, at which the error is at most so much; null where there is none.</summary>
    public double? ScaleOfError(double most) => Scale(quantizers => Error(quantizers) <= most, isLargest: true);

    /// <summary>The smallest scale, in bisections, at which all codes take at most so many bits; null where they take more at any.</summary>
    /// <param name="most">Bits, at least 0.</param>
    /// <param name="blockSize">Codes of a block.</param>
    public double? ScaleOfBits(double most, int blockSize)
    {
        double scale = Scale(quantizers => Bits(quantizers, blockSize) > most, isLargest: false)!.Value;
        return Bits(Fit(scale)!, blockSize) <= most ? scale : null;
    }

    /// <summary>Bits that all codes take, from some of them.</summary>
    /// <param name="quantizers">Of the units.</param>
    /// <param name="blockSize">Codes of a block.</param>
    public double Bits(UnitQuantizer[] quantizers, int blockSize)
    {
        int[] rows = Rows(MostForCost);
        var symbols = new int[rows.Length * units];
        for (int i = 0; i < symbols.Length; i++)
            symbols[i] = quantizers[i % units].SymbolOf(codes[(rows[i / units] * units) + (i % units)]);
        int used = Transform is null ? units : quantizers.Count(unit => unit.Levels > 1);
        int steps = !CountsSteps ? 0 : (used * UnitQuantizer.Length) + (Transform is null ? 0 : CodeTransform.LengthOf(units, used));
        return (QuantizedCoder.Cost(quantizers, symbols, blockSize) * _count / rows.Length) + (8.0 * steps);
    }

    /// <summary>The mean squared error of some examples.</summary>
    /// <param name="quantizers">Of the units.</param>
    public double Error(UnitQuantizer[] quantizers) => Error(quantizers, Rows(MostForError));

    /// <summary>That of all examples with codes as they are.</summary>
    public double CodeError() => Error(null, Rows(_count));

    /// <summary>Σ (aᵢ − bᵢ)².</summary>
    public static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }

    /// <summary>The largest scale of steps that are fine enough, or the smallest of those that are coarse enough.</summary>
    /// <param name="isFine">Whether quantisers are on the fine side; those finer are too.</param>
    /// <param name="isLargest">Whether the largest fine scale is asked for; else the smallest that is not fine.</param>
    private double? Scale(Func<UnitQuantizer[], bool> isFine, bool isLargest)
    {
        // From steps that leave one symbol to a unit.
        double coarse = 1;
        while (Fit(coarse) is not { } all || Array.Exists(all, unit => unit.Levels > 1))
            coarse *= 2;
        double fine = coarse;
        for (int halving = 0; ; halving++)
        {
            if (Fit(fine) is not { } quantizers || halving == Halvings)
                return isLargest ? null : coarse;
            if (isFine(quantizers))
                break;
            (coarse, fine) = (fine, fine / 2);
        }
        // The coarsest may be fine enough.
        for (int i = 0; i < Bisections && fine < coarse; i++)
        {
            double middle = Math.Sqrt(fine * coarse);
            if (Fit(middle) is { } quantizers && !isFine(quantizers))
                coarse = middle;
            else
                fine = middle;
        }
        return isLargest ? fine : coarse;
    }

    private double Error(UnitQuantizer[]? quantizers, int[] rows)
    {
        double sum = 0;
        for (int first = 0; first < rows.Length; first += Batch)
        {
            ReadOnlySpan<int> some = rows.AsSpan(first, Math.Min(Batch, rows.Length - first));
            float[] z = CodesOf(some);
            for (int i = 0; quantizers is not null && i < z.Length; i++)
                z[i] = quantizers[i % units].Value(quantizers[i % units].SymbolOf(z[i]));
            var rebuilt = new float[some.Length * dimensions];
            rebuild(z, rebuilt);
            for (int i = 0; i < some.Length; i++)
                sum += SquaredDistance(x.AsSpan(some[i] * dimensions, numbers), rebuilt.AsSpan(i * dimensions, numbers));
        }
        return numbers == 0 ? 0 : sum / ((double)rows.Length * numbers);
    }

    private double[,] MeasureGram()
    {
        bool isWhole = units <= CodeTransform.MostUnits;
        int[] rows = Rows((int)Math.Clamp(isWhole ? MostGramNumbers / ((long)units * dimensions) : MostForGram, 2, MostForGram));
        float[] z = CodesOf(rows);
        float[] before = new float[rows.Length * dimensions], zero = new float[before.Length];
        rebuild(z, before);
        var slopes = new float[units][];
        var gram = new double[units, units];
        for (int unit = 0; unit < units; unit++)
        {
            float moved = (float)_ranges[unit].Deviation * Moved;
            var other = (float[])z.Clone();
            for (int row = 0; row < rows.Length; row++)
                other[(row * units) + unit] += moved;
            var slope = new float[before.Length];
            rebuild(other, slope);
            for (int i = 0; i < slope.Length; i++)
                slope[i] = moved > 0 ? (slope[i] - before[i]) / moved : 0;
            slopes[unit] = isWhole ? slope : [];
            gram[unit, unit] = SquaredDistance(slope, zero) / rows.Length;
            for (int earlier = 0; isWhole && earlier < unit; earlier++)
                gram[unit, earlier] = gram[earlier, unit] = Dot(slope, slopes[earlier]) / rows.Length;
        }
        return gram;
    }

    private int[] Rows(int most) => [.. EvenSelection.Of([.. Enumerable.Range(0, _count)], most)];

    private float[] CodesOf(ReadOnlySpan<int> rows)
    {
        var some = new float[rows.Length * units];
        for (int i = 0; i < rows.Length; i++)
            codes.AsSpan(rows[i] * units, units).CopyTo(some.AsSpan(i * units));
        return some;
    }

    private static double Dot(float[] a, float[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
