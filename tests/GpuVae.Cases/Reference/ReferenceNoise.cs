using GpuVae.Kernels;

namespace GpuVae.Cases.Reference;

/// <summary>Random numbers in double precision, from the words of Philox.</summary>
internal static class ReferenceNoise
{
    /// <summary>u in (0, 1).</summary>
    public static double Uniform(RandomSource source, int step, int element) =>
        Philox.Uniform(Philox.Word(Philox.Block(source, (uint)step, (uint)element / 4), element % 4));

    /// <summary>ε ~ N(0, 1), by the method of Box and Muller.</summary>
    public static double Normal(RandomSource source, int step, int element)
    {
        int pair = element - (element % 2);
        double radius = Math.Sqrt(-2 * Math.Log(Uniform(source, step, pair)));
        double angle = 2 * Math.PI * Uniform(source, step, pair + 1);
        return radius * (element % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle));
    }
}
