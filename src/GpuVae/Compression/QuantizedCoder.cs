namespace GpuVae.Compression;

/// <summary>Codes as whole numbers, each unit with frequencies of its own that are learned along a block.</summary>
internal sealed class QuantizedCoder : IBlockRestorer
{
    // A file may claim more images than it holds: memory is taken as they come.
    private const int FirstImages = 64;

    private readonly LossyModel _model;
    private readonly CodeSteps _steps;
    private readonly AdaptiveFrequencies[] _frequencies;
    private readonly WeightedTerms _terms = new();
    private readonly float[] _y;
    private readonly float[] _z;
    private readonly float[] _outputs;

    /// <summary>Takes memory; a thread has its own.</summary>
    public QuantizedCoder(LossyModel model)
    {
        _model = model;
        _steps = model.Steps ?? throw new ArgumentException("It does not say how codes are quantised.", nameof(model));
        _frequencies = [.. _steps.Units.Select(unit => new AdaptiveFrequencies(unit))];
        _y = new float[_steps.Units.Count];
        _z = _steps.Transform is null ? _y : new float[_steps.Width];
        _outputs = new float[model.Decoder.Outputs];
    }

    /// <summary>Bits that codes take in blocks.</summary>
    /// <param name="units">The quantisers.</param>
    /// <param name="codes">(n, k) symbols of them.</param>
    /// <param name="blockSize">Codes of a block.</param>
    public static double Cost(IReadOnlyList<UnitQuantizer> units, ReadOnlySpan<int> codes, int blockSize)
    {
        AdaptiveFrequencies[] frequencies = [.. units.Select(unit => new AdaptiveFrequencies(unit))];
        double bits = 0;
        int length = Math.Max(1, blockSize * frequencies.Length);
        for (int at = 0; at < codes.Length; at += length)
            bits += Intervals(frequencies, codes[at..Math.Min(codes.Length, at + length)], []);
        return bits;
    }

    /// <summary>Compresses the codes of a block.</summary>
    /// <param name="codes">(n, k) symbols of the model's quantisers.</param>
    public CodedBlock Compress(ReadOnlySpan<int> codes)
    {
        var intervals = new SymbolInterval[codes.Length];
        double bits = Intervals(_frequencies, codes, intervals);
        var stack = new AnsCoder();
        for (int i = intervals.Length - 1; i >= 0; i--)
            stack.Push(intervals[i], AdaptiveFrequencies.Bits);
        return new CodedBlock(stack.ToArray(), 0, bits);
    }

    /// <inheritdoc/>
    public byte[] Restore(ReadOnlySpan<byte> payload, int images, int supplied)
    {
        var stack = AnsCoder.Read(payload);
        int length = _model.ExampleBytes;
        var symbols = new byte[Math.Min(images, FirstImages) * length];
        foreach (AdaptiveFrequencies frequencies in _frequencies)
            frequencies.Reset();
        for (int image = 0; image < images; image++)
        {
            int at = image * length;
            if (at == symbols.Length)
                Array.Resize(ref symbols, (int)Math.Min(2L * symbols.Length, (long)images * length));
            for (int unit = 0; unit < _y.Length; unit++)
            {
                SymbolInterval interval = _frequencies[unit].Find(stack.Peek(AdaptiveFrequencies.Bits), out int symbol);
                stack.Pop(interval, AdaptiveFrequencies.Bits);
                _frequencies[unit].Count(symbol);
                _y[unit] = _steps.Units[unit].Value(symbol);
            }
            _steps.Transform?.Apply(_y, _z);
            _model.Decoder.Run(_z, _outputs, _terms);
            _model.Reconstruction.Reconstruct(_outputs, symbols.AsSpan(at, length));
        }
        return supplied == 0 && stack.HoldsOnly(0, () => 0)
            ? symbols
            : throw new AnsException("something is left behind the images");
    }

    /// <summary>The slots of a block's codes in their order, and the bits that they take.</summary>
    /// <param name="frequencies">Of each unit.</param>
    /// <param name="codes">(n, k).</param>
    /// <param name="intervals">(n, k); empty where they are not asked for.</param>
    private static double Intervals(AdaptiveFrequencies[] frequencies, ReadOnlySpan<int> codes, Span<SymbolInterval> intervals)
    {
        foreach (AdaptiveFrequencies unit in frequencies)
            unit.Reset();
        double bits = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            AdaptiveFrequencies unit = frequencies[i % frequencies.Length];
            SymbolInterval interval = unit.IntervalOf(codes[i]);
            unit.Count(codes[i]);
            bits += AdaptiveFrequencies.Bits - Math.Log2(interval.Frequency);
            if (!intervals.IsEmpty)
                intervals[i] = interval;
        }
        return bits;
    }
}
