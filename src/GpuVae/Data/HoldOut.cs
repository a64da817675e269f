using GpuVae.Kernels;

namespace GpuVae.Data;

/// <summary>Divides a set that has no test part.</summary>
internal static class HoldOut
{
    /// <summary>
    /// A part of the examples, drawn by the seed, becomes the test part; both keep the order of the set. The same set,
    /// part and seed give the same division.
    /// </summary>
    /// <param name="source">The file or folder, for messages.</param>
    /// <param name="all">Every example.</param>
    /// <param name="part">Above 0 and below 1; at least one example is on either side.</param>
    /// <param name="seed">Decides the draw.</param>
    /// <exception cref="DataException">There are less than two examples.</exception>
    public static (ImageSet Train, ImageSet Test) Divide(string source, ImageSet all, double part, ulong seed)
    {
        if (all.Count < 2)
            throw new DataException($"{source}: holds {all.Count} example; training and testing need at least one each");
        int tested = Math.Clamp((int)Math.Round(part * all.Count), 1, all.Count - 1);
        var order = new int[all.Count];
        Philox.FillPermutation(new RandomSource(seed, RandomPurpose.HoldOut), 0, order);
        int[] test = order[..tested], train = order[tested..];
        Array.Sort(test);
        Array.Sort(train);
        return (all.Take(train), all.Take(test));
    }
}
