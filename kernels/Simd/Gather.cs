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
                Resample(in gather, source, (long)row * d, x);
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

    // A pixel is 1 where a uniform number lies below byte / 255.
    private static void Resample(in Gather gather, byte* source, long firstElement, float* x)
    {
        PhiloxWords words = default;
        for (int i = 0; i < gather.Dimensions; i++)
        {
            long element = firstElement + i;
            if (i == 0 || element % 4 == 0)
                words = Philox.Block(gather.Noise, gather.Step, (uint)(element / 4));
            float uniform = Philox.Uniform(Philox.Word(words, (int)(element % 4)));
            x[i] = uniform * 255f < source[i] ? 1f : 0f;
        }
    }
}
