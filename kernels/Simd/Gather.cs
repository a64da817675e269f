using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Bytes → x (B, D): x[i, :] = encoding(images[order[first + i], :]). An item is a row.</summary>
internal unsafe struct Gather
{
    public byte* Images;
    public int* Order;
    public int Dimensions;
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
        for (int i = 0; i < length; i += S.Lanes)
        {
            V value = S.LoadBytes(source + i);
            value = threshold
                ? S.Select(S.GreaterThan(value, S.Broadcast(127.5f)), S.Broadcast(1f), S.Zero)
                : S.Multiply(value, S.Broadcast(1f / 255));
            if (length - i >= S.Lanes)
                S.Store(value, x + i);
            else
                Product.StoreFirst<S, V>(value, length - i, x + i);
        }
    }

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
                V one = S.GreaterThan(S.LoadBytes(source + done + i), S.Multiply(uniform, S.Broadcast(255f)));
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
}
