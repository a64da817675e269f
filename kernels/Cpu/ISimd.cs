namespace GpuVae.Kernels.Cpu;

/// <summary>
/// One vector width: the operations that the kernels of this folder are written in. The loops are generic over
/// the width, so each exists once, and the runtime compiles it for 512, 256 or 128 bits with every call inlined.
/// </summary>
/// <typeparam name="TVector">A vector of <see cref="Lanes"/> floats; a mask has all bits of a lane set or clear.</typeparam>
internal unsafe interface ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Rows of the product's micro-kernel: as many as leave its accumulators in registers.</summary>
    static abstract int MicroKernelRows { get; }

    /// <summary>
    /// Vectors of a panel where nonzero indices of each four rows are walked: as many as leave the accumulators in registers.
    /// </summary>
    static abstract int SparsePanelVectors { get; }

    /// <summary>All lanes 0.</summary>
    static abstract TVector Zero { get; }

    /// <summary>All lanes <paramref name="value"/>.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>Two neighbouring numbers, in turn in all lanes.</summary>
    static abstract TVector BroadcastPair(float* source);

    /// <summary>Reads <see cref="Lanes"/> floats.</summary>
    static abstract TVector Load(float* source);

    /// <summary>Reads <see cref="Lanes"/> bytes as numbers 0…255.</summary>
    static abstract TVector LoadBytes(byte* source);

    /// <summary>Reads <see cref="Lanes"/> random words as uniform numbers in (0, 1), as <see cref="Philox.Uniform"/> does.</summary>
    static abstract TVector LoadUniform(uint* words);

    /// <summary>Writes <see cref="Lanes"/> floats.</summary>
    static abstract void Store(TVector value, float* destination);

    /// <summary>
    /// A non-temporal store: writes <see cref="Lanes"/> floats to memory, around the caches, where the vector is a whole cache
    /// line; a plain store at other widths. Then <see cref="StoreFence"/> has to come before other threads are told. Where another
    /// core has read a line, a plain store to it may take half a microsecond, and the loads behind it wait for its place.
    /// </summary>
    static abstract void StoreNonTemporal(TVector value, float* destination);

    /// <summary>Waits until what <see cref="StoreNonTemporal"/> wrote can be seen.</summary>
    static abstract void StoreFence();

    /// <summary>a + b.</summary>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>a − b.</summary>
    static abstract TVector Subtract(TVector a, TVector b);

    /// <summary>a · b.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a · b + c, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The larger of a and b; not a number where b is not, so that a model that diverges shows it.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>The larger of a and b; not a number where either is not.</summary>
    static abstract TVector Maximum(TVector a, TVector b);

    /// <summary>The smaller of a and b; not a number where b is not.</summary>
    static abstract TVector Min(TVector a, TVector b);

    /// <summary>|a|.</summary>
    static abstract TVector Abs(TVector a);

    /// <summary>−a.</summary>
    static abstract TVector Negate(TVector a);

    /// <summary>−|a|.</summary>
    static abstract TVector NegativeAbs(TVector a);

    /// <summary>√a within 1 ulp; 0 where a is 0 or below the smallest normal number.</summary>
    static abstract TVector Sqrt(TVector a);

    /// <summary>1 / a within 2 ulp, for a between 2⁻¹²⁶ and 2¹²⁶ in size.</summary>
    static abstract TVector Reciprocal(TVector a);

    /// <summary>The mask of lanes where a &gt; b.</summary>
    static abstract TVector GreaterThan(TVector a, TVector b);

    /// <summary>Bit i is set where lane i is not ±0.</summary>
    static abstract uint NotZero(TVector a);

    /// <summary>
    /// Writes first + i for each bit i of <paramref name="bits"/> that is set, of the lowest <see cref="Lanes"/>, in order;
    /// what stands behind them, up to <see cref="Lanes"/> numbers in all, may change.
    /// </summary>
    /// <returns>How many there are.</returns>
    static abstract int StoreSetBits(uint bits, int first, int* destination);

    /// <summary>a where the mask is set, else b.</summary>
    static abstract TVector Select(TVector mask, TVector a, TVector b);

    /// <summary>The mask of the first <paramref name="count"/> lanes.</summary>
    static abstract TVector FirstLanes(int count);

    /// <summary>value · 2ⁿ for a normal result, where n is the integer in the low bits of <paramref name="shifted"/>.</summary>
    static abstract TVector ScaleByPowerOfTwo(TVector value, TVector shifted);

    /// <summary>n, and m in [1, 2), with a = m · 2ⁿ, for positive normal a.</summary>
    static abstract TVector SplitExponent(TVector a, out TVector mantissa);

    /// <summary>
    /// A level of <see cref="RowReduction"/> and of <see cref="BlockTranspose"/>: of a and b, which hold <paramref name="rows"/>
    /// rows each, half of the numbers of every row. In a lane of the result stands the same row as in that lane of
    /// <see cref="Odds"/>.
    /// </summary>
    static abstract TVector Evens(TVector a, TVector b, int rows);

    /// <summary>The other half.</summary>
    static abstract TVector Odds(TVector a, TVector b, int rows);

    /// <summary>The sums of neighbouring lanes, those of <paramref name="a"/> before those of <paramref name="b"/>.</summary>
    static abstract TVector SumPairs(TVector a, TVector b);

    /// <summary>The sum of the lanes.</summary>
    static abstract float Sum(TVector a);
}
