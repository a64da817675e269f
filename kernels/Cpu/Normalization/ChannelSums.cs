using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Normalization;

/// <summary>What is added up of a number x, of another one g at the same place and of the channel's center, as a type.</summary>
internal interface IChannelTerm
{
    /// <summary>Whether g is read.</summary>
    static abstract bool HasOther { get; }

    /// <summary>sum + the term.</summary>
    static abstract V Add<S, V>(V sum, V x, V g, V center)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>x.</summary>
internal readonly struct ValueTerm : IChannelTerm
{
    public static bool HasOther => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add<S, V>(V sum, V x, V g, V center)
        where S : ISimd<V>
        where V : unmanaged => S.Add(sum, x);
}

/// <summary>(x − center)².</summary>
internal readonly struct SquareTerm : IChannelTerm
{
    public static bool HasOther => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add<S, V>(V sum, V x, V g, V center)
        where S : ISimd<V>
        where V : unmanaged
    {
        V difference = S.Subtract(x, center);
        return S.MultiplyAdd(difference, difference, sum);
    }
}

/// <summary>g · (x − center).</summary>
internal readonly struct ProductTerm : IChannelTerm
{
    public static bool HasOther => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add<S, V>(V sum, V x, V g, V center)
        where S : ISimd<V>
        where V : unmanaged => S.MultiplyAdd(g, S.Subtract(x, center), sum);
}

/// <summary>Sums over the periods of a chunk, one for each place in a period and from them one for each channel.</summary>
internal static unsafe class ChannelSums
{
    /// <summary>
    /// sums[j] = Σ over periods of the term at place j, period by period in order. A chunk's last period may be a part.
    /// </summary>
    /// <param name="x">The chunk.</param>
    /// <param name="g">The same chunk of the other numbers, where the term has them.</param>
    /// <param name="centers">A center for each place, in whole vectors.</param>
    /// <param name="length">Numbers of the chunk.</param>
    /// <param name="period">Numbers of a period.</param>
    /// <param name="sums">In whole vectors; what stands behind the period has no meaning.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Add<S, V, TTerm>(float* x, float* g, float* centers, int length, int period, float* sums)
        where S : ISimd<V>
        where V : unmanaged
        where TTerm : struct, IChannelTerm
    {
        int periods = length / period, rest = length - (periods * period);
        int place = 0;
        // Four vectors side by side: an addition takes as many cycles. The rest of a period is left to the loop below.
        for (; place + (4 * S.Lanes) <= period && (rest == 0 || place + (4 * S.Lanes) <= rest || place >= rest); place += 4 * S.Lanes)
        {
            V c0 = S.Load(centers + place), c1 = S.Load(centers + place + S.Lanes);
            V c2 = S.Load(centers + place + (2 * S.Lanes)), c3 = S.Load(centers + place + (3 * S.Lanes));
            V s0 = S.Zero, s1 = S.Zero, s2 = S.Zero, s3 = S.Zero;
            int count = place < rest ? periods + 1 : periods;
            float* a = x + place;
            float* b = g + place;
            for (int i = 0; i < count; i++, a += period, b += period)
            {
                s0 = TTerm.Add<S, V>(s0, S.Load(a), TTerm.HasOther ? S.Load(b) : S.Zero, c0);
                s1 = TTerm.Add<S, V>(s1, S.Load(a + S.Lanes), TTerm.HasOther ? S.Load(b + S.Lanes) : S.Zero, c1);
                s2 = TTerm.Add<S, V>(s2, S.Load(a + (2 * S.Lanes)), TTerm.HasOther ? S.Load(b + (2 * S.Lanes)) : S.Zero, c2);
                s3 = TTerm.Add<S, V>(s3, S.Load(a + (3 * S.Lanes)), TTerm.HasOther ? S.Load(b + (3 * S.Lanes)) : S.Zero, c3);
            }
            S.Store(s0, sums + place);
            S.Store(s1, sums + place + S.Lanes);
            S.Store(s2, sums + place + (2 * S.Lanes));
            S.Store(s3, sums + place + (3 * S.Lanes));
        }
        for (; place < period; place += S.Lanes)
        {
            V center = S.Load(centers + place), sum = S.Zero;
            float* a = x + place;
            float* b = g + place;
            for (int i = 0; i < periods; i++, a += period, b += period)
                sum = TTerm.Add<S, V>(sum, S.Load(a), TTerm.HasOther ? S.Load(b) : S.Zero, center);
            if (place < rest)
            {
                V with = TTerm.Add<S, V>(sum, S.Load(a), TTerm.HasOther ? S.Load(b) : S.Zero, center);
                sum = S.Select(S.FirstLanes(Math.Min(S.Lanes, rest - place)), with, sum);
            }
            S.Store(sum, sums + place);
        }
    }

    /// <summary>
    /// From sums of places to scale · the sum of each channel over its places in a period; where a period is a pixel, in vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fold<S, V>(float* sums, int channels, int period, float scale, float* destination)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (period == channels)
        {
            V factor = S.Broadcast(scale);
            for (int channel = 0; channel < channels; channel += S.Lanes)
                VectorStore.Store<S, V>(S.Multiply(factor, S.Load(sums + channel)), channels - channel, destination + channel);
            return;
        }
        for (int channel = 0; channel < channels; channel++)
        {
            double total = 0;
            for (int place = channel; place < period; place += channels)
                total += sums[place];
            destination[channel] = (float)(total * scale);
        }
    }

    /// <summary>What stands in the first pixel of a period to every other pixel of it.</summary>
    public static void Spread(int channels, int period, float* places)
    {
        for (int place = channels; place < period; place++)
            places[place] = places[place - channels];
    }
}
