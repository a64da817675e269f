using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>The numbers of an image as they lie in memory, as a type that the loops take as a parameter.</summary>
/// <typeparam name="TElement">What an image is made of.</typeparam>
internal unsafe interface IGatherSource<TElement>
    where TElement : unmanaged
{
    /// <summary>The number that stands for 1.</summary>
    static abstract float One { get; }

    /// <summary>Reads a vector, of which only the first <paramref name="rest"/> numbers may be there.</summary>
    static abstract V Load<S, V>(TElement* source, int rest)
        where S : ISimd<V>
        where V : unmanaged;

    /// <summary>v / <see cref="One"/>.</summary>
    static abstract V Scale<S, V>(V value)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>Bytes: 255 stands for 1.</summary>
internal readonly unsafe struct ByteSource : IGatherSource<byte>
{
    public static float One => 255f;

    // Images may be an array of the host, behind whose end nothing may be read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<S, V>(byte* source, int rest)
        where S : ISimd<V>
        where V : unmanaged =>
        rest >= S.Lanes ? S.LoadBytes(source) : LoadLast<S, V>(source, rest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Scale<S, V>(V value)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(value, S.Broadcast(1f / 255));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V LoadLast<S, V>(byte* source, int rest)
        where S : ISimd<V>
        where V : unmanaged
    {
        byte* bytes = stackalloc byte[16];
        Unsafe.CopyBlockUnaligned(bytes, source, (uint)rest);
        return S.LoadBytes(bytes);
    }
}

/// <summary>Floats, as they are.</summary>
internal readonly unsafe struct FloatSource : IGatherSource<float>
{
    public static float One => 1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Load<S, V>(float* source, int rest)
        where S : ISimd<V>
        where V : unmanaged =>
        rest >= S.Lanes ? S.Load(source) : LoadLast<S, V>(source, rest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Scale<S, V>(V value)
        where S : ISimd<V>
        where V : unmanaged => value;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V LoadLast<S, V>(float* source, int rest)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* numbers = stackalloc float[16];
        Unsafe.CopyBlockUnaligned(numbers, source, (uint)(rest * sizeof(float)));
        return S.Load(numbers);
    }
}

/// <summary><see cref="Gather{T}"/>: x[i, :] = encoding(images[order[first + i], :]). An item is a row.</summary>
/// <typeparam name="TElement">What an image is made of.</typeparam>
/// <typeparam name="TSource">How its numbers are read.</typeparam>
internal unsafe struct GatherKernel<TElement, TSource>
    where TElement : unmanaged
    where TSource : struct, IGatherSource<TElement>
{
    // Images lie anywhere in memory: each is asked for a few images before its turn.
    private const int RowsAhead = 4;

    public TElement* Images;
    public int* Order;
    public int Dimensions;
    public int RowCount;
    public PixelEncoding Encoding;
    public RandomSource Noise;
    public uint Step;
    public float* X;

    /// <summary>Whether x is written with non-temporal stores.</summary>
    public bool IsNonTemporal;

    /// <exception cref="ArgumentException">The counters point behind the end of the order.</exception>
    public static void Run<S, V>(CpuDevice<S, V> device, in Gather<TElement> operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        GatherKernel<TElement, TSource> kernel = Prepare(device, in operation);
        device.Pool.Run(&Rows<S, V>, &kernel, kernel.RowCount);
    }

    /// <summary>The operation in numbers and pointers.</summary>
    /// <exception cref="ArgumentException">The counters point behind the end of the order.</exception>
    public static GatherKernel<TElement, TSource> Prepare<S, V>(CpuDevice<S, V> device, in Gather<TElement> operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        int* counters = operation.Counters.Pointer();
        long first = (long)counters[Counter.StepInEpoch] * operation.BatchSize;
        Shapes.Require(first + operation.X.Rows <= operation.Order.Length);
        return new GatherKernel<TElement, TSource>
        {
            Images = operation.Images.Pointer(),
            Order = operation.Order.Pointer() + first,
            Dimensions = operation.X.Columns,
            RowCount = operation.X.Rows,
            Encoding = operation.Encoding,
            Noise = operation.Noise,
            Step = (uint)counters[Counter.GlobalStep],
            X = operation.X.Pointer(),
            IsNonTemporal = device.PrefersNonTemporalStores(operation.X.Length),
        };
    }

    /// <summary>Where the image of a row lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly TElement* Source(int row) => Images + ((long)Order[row] * Dimensions);

    /// <summary>Asks for the image of a row that comes a little later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchAfter(int row)
    {
        if (row + RowsAhead < RowCount)
            Prefetch(Source(row + RowsAhead), Dimensions);
    }

    /// <summary>The row of x that the numbers of an image become, wherever they lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Encode<S, V>(int row, TElement* source)
        where S : ISimd<V>
        where V : unmanaged => EncodeRow<S, V>(in this, row, source);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly GatherKernel<TElement, TSource> kernel = ref *(GatherKernel<TElement, TSource>*)context;
        for (int row = first; row < first + count; row++)
        {
            kernel.PrefetchAfter(row);
            EncodeRow<S, V>(in kernel, row, kernel.Source(row));
        }
        if (kernel.IsNonTemporal)
            S.StoreFence();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void EncodeRow<S, V>(in GatherKernel<TElement, TSource> kernel, int row, TElement* source)
        where S : ISimd<V>
        where V : unmanaged
    {
        int d = kernel.Dimensions;
        float* x = kernel.X + ((long)row * d);
        if (kernel.Encoding == PixelEncoding.Resampled)
            Resample<S, V>(in kernel, source, (long)row * d, x);
        else
            Convert<S, V>(source, d, kernel.Encoding == PixelEncoding.Threshold, x, kernel.IsNonTemporal);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Convert<S, V>(TElement* source, int length, bool threshold, float* x, bool isNonTemporal)
        where S : ISimd<V>
        where V : unmanaged
    {
        // No call inside the loops: one would send their constants to memory and back for each vector.
        int whole = length - (length % S.Lanes);
        if (threshold)
        {
            for (int i = 0; i < whole; i += S.Lanes)
                VectorStore.Store<S, V>(Decide<S, V>(TSource.Load<S, V>(source + i, S.Lanes)), x + i, isNonTemporal);
        }
        else
        {
            for (int i = 0; i < whole; i += S.Lanes)
                VectorStore.Store<S, V>(TSource.Scale<S, V>(TSource.Load<S, V>(source + i, S.Lanes)), x + i, isNonTemporal);
        }
        if (whole < length)
        {
            V value = TSource.Load<S, V>(source + whole, length - whole);
            value = threshold ? Decide<S, V>(value) : TSource.Scale<S, V>(value);
            VectorStore.StoreFirst<S, V>(value, length - whole, x + whole);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Decide<S, V>(V value)
        where S : ISimd<V>
        where V : unmanaged =>
        S.Select(S.GreaterThan(value, S.Broadcast(TSource.One / 2)), S.Broadcast(1f), S.Zero);

    // A pixel is 1 where a uniform number lies below its own. A row may begin inside a block of random words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Resample<S, V>(in GatherKernel<TElement, TSource> kernel, TElement* source, long firstElement, float* x)
        where S : ISimd<V>
        where V : unmanaged
    {
        const int Words = 4 * PhiloxBlocks.Count;
        uint* even = stackalloc uint[Words / 2];
        uint* odd = stackalloc uint[Words / 2];
        uint* words = stackalloc uint[Words + 16];
        int skipped = (int)(firstElement % 4);
        int length = kernel.Dimensions;
        for (int done = 0; done < length;)
        {
            PhiloxBlocks.Pairs(kernel.Noise, kernel.Step, (uint)((firstElement + done) / 4), even, odd);
            for (int i = 0; i < Words / 2; i++)
            {
                words[2 * i] = even[i];
                words[(2 * i) + 1] = odd[i];
            }
            int count = Math.Min(Words - skipped, length - done);
            for (int i = 0; i < count; i += S.Lanes)
            {
                V uniform = S.LoadUniform(words + skipped + i);
                V pixel = TSource.Load<S, V>(source + done + i, length - done - i);
                V one = S.GreaterThan(pixel, S.Multiply(uniform, S.Broadcast(TSource.One)));
                V value = S.Select(one, S.Broadcast(1f), S.Zero);
                if (count - i >= S.Lanes)
                    S.Store(value, x + done + i);
                else
                    VectorStore.StoreFirst<S, V>(value, count - i, x + done + i);
            }
            done += count;
            skipped = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(TElement* image, int length)
    {
        for (int i = 0; i < length; i += CacheLines.Bytes / sizeof(TElement))
            CacheLines.Prefetch(image + i);
    }
}
