using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GpuVae.Compression;

/// <summary>
/// y[o] = b[o] + Σ x[i] · w[i, o] over a list of inputs, in the order of the list: the one sum that every layer with weights is made
/// of. An output has a lane of its own, so that its bits do not depend on the width of a vector.
/// </summary>
/// <remarks>
/// A sum begins with +0, and its bias comes last. An input of 0 may be left out: weights are finite, and +0 with a zero of either sign
/// added is +0.
/// </remarks>
internal sealed class WeightedSum
{
    // Rows of weights are a multiple of the longest vector.
    private const int Padding = 16;

    private readonly float[] _weights; // (inputs, padded outputs)
    private readonly float[] _bias;
    private readonly int _stride;

    /// <summary>Takes weights over.</summary>
    /// <param name="inputs">Rows.</param>
    /// <param name="bias">(outputs).</param>
    /// <param name="weight">Of an input and an output.</param>
    public WeightedSum(int inputs, float[] bias, Func<int, int, float> weight)
    {
        Outputs = bias.Length;
        _stride = (Outputs + Padding - 1) / Padding * Padding;
        _weights = new float[checked((inputs * _stride) + Padding)];
        _bias = bias;
        for (int i = 0; i < inputs; i++)
        {
            for (int o = 0; o < Outputs; o++)
                _weights[(i * _stride) + o] = weight(i, o);
        }
    }

    /// <summary>Outputs.</summary>
    public int Outputs { get; }

    /// <summary>Adds the inputs of a row that are not 0 to a list.</summary>
    /// <param name="inputs">x.</param>
    /// <param name="firstRow">The row of weights of the first.</param>
    /// <param name="terms">The list.</param>
    public void Add(ReadOnlySpan<float> inputs, int firstRow, WeightedTerms terms)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] != 0)
                terms.Add(inputs[i], (firstRow + i) * _stride);
        }
    }

    /// <summary>The sums of a list.</summary>
    /// <param name="terms">Of <see cref="Add"/>.</param>
    /// <param name="outputs">y.</param>
    public void Run(WeightedTerms terms, Span<float> outputs)
    {
        Span<float> sums = terms.Sums(_stride);
        if (Vector512.IsHardwareAccelerated)
            Run<Lanes512, Vector512<float>>(terms, sums);
        else if (Vector256.IsHardwareAccelerated)
            Run<Lanes256, Vector256<float>>(terms, sums);
        else if (Vector128.IsHardwareAccelerated)
            Run<Lanes128, Vector128<float>>(terms, sums);
        else
            Run<SingleLane, float>(terms, sums);
        for (int o = 0; o < outputs.Length; o++)
            outputs[o] = sums[o] + _bias[o];
    }

    /// <summary>The same with vectors of a width of one's choice.</summary>
    internal void Run<L, V>(WeightedTerms terms, Span<float> sums)
        where L : ICanonicalLanes<V>
    {
        int o = 0;
        for (; o + (8 * L.Count) <= _stride; o += 8 * L.Count)
            RunEight<L, V>(terms, o, ref sums[o]);
        for (; o < _stride; o += L.Count)
            RunOne<L, V>(terms, o, ref sums[o]);
    }

    private void RunEight<L, V>(WeightedTerms terms, int first, ref float sums)
        where L : ICanonicalLanes<V>
    {
        V s0 = L.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
        ref float weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_weights), first);
        ReadOnlySpan<float> values = terms.Values;
        ReadOnlySpan<int> offsets = terms.Offsets;
        for (int i = 0; i < values.Length; i++)
        {
            V x = L.Broadcast(values[i]);
            ref float w = ref Unsafe.Add(ref weights, offsets[i]);
            s0 = L.AddProduct(s0, x, L.Load(ref w));
            s1 = L.AddProduct(s1, x, L.Load(ref Unsafe.Add(ref w, L.Count)));
            s2 = L.AddProduct(s2, x, L.Load(ref Unsafe.Add(ref w, 2 * L.Count)));
            s3 = L.AddProduct(s3, x, L.Load(ref Unsafe.Add(ref w, 3 * L.Count)));
            s4 = L.AddProduct(s4, x, L.Load(ref Unsafe.Add(ref w, 4 * L.Count)));
            s5 = L.AddProduct(s5, x, L.Load(ref Unsafe.Add(ref w, 5 * L.Count)));
            s6 = L.AddProduct(s6, x, L.Load(ref Unsafe.Add(ref w, 6 * L.Count)));
            s7 = L.AddProduct(s7, x, L.Load(ref Unsafe.Add(ref w, 7 * L.Count)));
        }
        L.Store(s0, ref sums);
        L.Store(s1, ref Unsafe.Add(ref sums, L.Count));
        L.Store(s2, ref Unsafe.Add(ref sums, 2 * L.Count));
        L.Store(s3, ref Unsafe.Add(ref sums, 3 * L.Count));
        L.Store(s4, ref Unsafe.Add(ref sums, 4 * L.Count));
        L.Store(s5, ref Unsafe.Add(ref sums, 5 * L.Count));
        L.Store(s6, ref Unsafe.Add(ref sums, 6 * L.Count));
        L.Store(s7, ref Unsafe.Add(ref sums, 7 * L.Count));
    }

    private void RunOne<L, V>(WeightedTerms terms, int first, ref float sums)
        where L : ICanonicalLanes<V>
    {
        V sum = L.Broadcast(0);
        ref float weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_weights), first);
        ReadOnlySpan<float> values = terms.Values;
        ReadOnlySpan<int> offsets = terms.Offsets;
        for (int i = 0; i < values.Length; i++)
            sum = L.AddProduct(sum, L.Broadcast(values[i]), L.Load(ref Unsafe.Add(ref weights, offsets[i])));
        L.Store(sum, ref sums);
    }
}

/// <summary>The inputs of sums, and memory for these and for what lies between layers; each thread has its own.</summary>
internal sealed class WeightedTerms
{
    private float[] _values = new float[64];
    private int[] _offsets = new int[64];
    private readonly Dictionary<int, Stack<float[]>> _free = [];
    private float[] _sums = [];
    private int _count;

    /// <summary>x that are not 0.</summary>
    public ReadOnlySpan<float> Values => _values.AsSpan(0, _count);

    /// <summary>Where the weights of each begin.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, _count);

    /// <summary>Takes every term away.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a term.</summary>
    public void Add(float value, int offset)
    {
        if (_count == _values.Length)
        {
            Array.Resize(ref _values, 2 * _count);
            Array.Resize(ref _offsets, 2 * _count);
        }
        _values[_count] = value;
        _offsets[_count++] = offset;
    }

    /// <summary>Memory that holds anything; <see cref="Return"/> takes it back.</summary>
    public float[] Take(int length) =>
        _free.TryGetValue(length, out Stack<float[]>? free) && free.TryPop(out float[]? memory) ? memory : new float[length];

    /// <summary>Takes memory back.</summary>
    public void Return(float[] memory)
    {
        if (!_free.TryGetValue(memory.Length, out Stack<float[]>? free))
            _free[memory.Length] = free = [];
        free.Push(memory);
    }

    /// <summary>Memory for sums.</summary>
    public Span<float> Sums(int length)
    {
        if (_sums.Length < length)
            _sums = new float[length];
        return _sums.AsSpan(0, length);
    }
}
