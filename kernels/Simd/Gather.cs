using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace GpuVae.Kernels.Simd;

/// <summary>Bytes → x (B, D): x[i, :] = encoding(images[order[first + i], :]). An item is a row.</summary>
internal unsafe struct Gather
{
    // Images lie anywhere in memory: each is asked for a few images before its turn.
    private const int RowsAhead = 4;

    public byte* Images;
    public int* Order;
    public int Dimensions;
    public int RowCount;
    public PixelEncoding Encoding;
    public RandomSource Noise;
    public uint Step;
    public float* X;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly Gather gather = ref *(Gather*)context;
        int d = gather.Dimensions;
        for (int row = first; row < first + count; row++)
        {
            if (row + RowsAhead < gather.RowCount)
                Prefetch(gather.Images + ((long)gather.Order[row + RowsAhead] * d), d);
            byte* source = gather.Images + ((long)gather.Order[row] * d);
            float* x = gather.X + ((long)row * d);
            if (gather.Encoding == PixelEncoding.Resampled)
                Resample<S, V>(in gather, source, (long)row * d, x);
            else
                Convert<S, V>(source, d, gather.Encoding == PixelEncoding.Threshold, x);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Convert<S, V>(byte* source, int length, bool threshold, float* x)
        where S : ISimd<V>
        where V : unmanaged
    {
        int whole = length - (length % S.Lanes);
        if (threshold)
        {
            for (int i = 0; i < whole; i += S.Lanes)
                S.Store(Decide<S, V>(S.LoadBytes(source + i)), x + i);
        }
        else
        {
            for (int i = 0; i < whole; i += S.Lanes)
                S.Store(Scale<S, V>(S.LoadBytes(source + i)), x + i);
        }
        if (whole < length)
        {
            V value = LoadLastBytes<S, V>(source + whole, length - whole);
            value = threshold ? Decide<S, V>(value) : Scale<S, V>(value);
            Product.StoreFirst<S, V>(value, length - whole, x + whole);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Decide<S, V>(V value)
        where S : ISimd<V>
        where V : unmanaged =>
        S.Select(S.GreaterThan(value, S.Broadcast(127.5f)), S.Broadcast(1f), S.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Scale<S, V>(V value)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(value, S.Broadcast(1f / 255));

    // A pixel is 1 where a uniform number lies below byte / 255. A row may begin inside a block of random words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Resample<S, V>(in Gather gather, byte* source, long firstElement, float* x)
        where S : ISimd<V>
        where V : unmanaged
    {
        const int Words = 4 * PhiloxBlocks.Count;
        uint* even = stackalloc uint[Words / 2];
        uint* odd = stackalloc uint[Words / 2];
        uint* words = stackalloc uint[Words + 16];
        int skipped = (int)(firstElement % 4);
        int length = gather.Dimensions;
        for (int done = 0; done < length;)
        {
            PhiloxBlocks.Pairs(gather.Noise, gather.Step, (uint)((firstElement + done) / 4), even, odd);
            for (int i = 0; i < Words / 2; i++)
            {
                words[2 * i] = even[i];
                words[(2 * i) + 1] = odd[i];
            }
            int count = Math.Min(Words - skipped, length - done);
            for (int i = 0; i < count; i += S.Lanes)
            {
                V uniform = S.LoadUniform(words + skipped + i);
                V one = S.GreaterThan(LoadBytes<S, V>(source + done + i, length - done - i), S.Multiply(uniform, S.Broadcast(255f)));
                V value = S.Select(one, S.Broadcast(1f), S.Zero);
                if (count - i >= S.Lanes)
                    S.Store(value, x + done + i);
                else
                    Product.StoreFirst<S, V>(value, count - i, x + done + i);
            }
            done += count;
            skipped = 0;
        }
    }

    // Images may be an array of the host, behind whose end nothing may be read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V LoadBytes<S, V>(byte* source, int rest)
        where S : ISimd<V>
        where V : unmanaged =>
        rest >= 16 ? S.LoadBytes(source) : LoadLastBytes<S, V>(source, rest);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static V LoadLastBytes<S, V>(byte* source, int rest)
        where S : ISimd<V>
        where V : unmanaged
    {
        byte* bytes = stackalloc byte[16];
        Unsafe.CopyBlockUnaligned(bytes, source, (uint)rest);
        return S.LoadBytes(bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* image, int length)
    {
        if (!Sse.IsSupported)
            return;
        for (int i = 0; i < length; i += 64)
            Sse.Prefetch0(image + i);
    }
}
