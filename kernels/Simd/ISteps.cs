namespace GpuVae.Kernels.Simd;

/// <summary>Which steps of k the micro-kernel takes, and what from.</summary>
internal interface ISteps
{
    /// <summary>Whether a list has their numbers; else it is every k.</summary>
    static virtual bool AreListed => false;

    /// <summary>
    /// Whether the panel is read where V lies and packed on the way. Behind the last column of V it then holds what stands there,
    /// not zeros: no sum that is stored sees it, but a list of the panel would.
    /// </summary>
    static virtual bool Pack => false;

    /// <summary>Whether lines that come next are asked for on the way; only the loop of 8 rows by 2 vectors has room for that.</summary>
    static virtual bool Prefetch => false;
}

/// <summary>Every k, of a packed panel, while lines of P that come next are asked for.</summary>
internal readonly struct AllSteps : ISteps
{
    public static bool Prefetch => true;
}

/// <summary>Every k, of a panel that is not packed yet.</summary>
internal readonly struct PackingSteps : ISteps
{
    public static bool Pack => true;
}

/// <summary>The k of a list.</summary>
internal readonly struct ListedSteps : ISteps
{
    public static bool AreListed => true;
}
