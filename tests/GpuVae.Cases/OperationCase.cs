using GpuVae.Kernels;

namespace GpuVae.Cases;

/// <summary>Where a case is worth running.</summary>
public enum CaseSize
{
    /// <summary>Quick everywhere, also where every lane is simulated.</summary>
    Small,

    /// <summary>Larger than any tile or block and a multiple of none.</summary>
    Large,

    /// <summary>A shape of the training step of 784-400-20 at 128 images: what a benchmark measures.</summary>
    Step,
}

/// <summary>How far a float32 may be from the double-precision reference: absolute + relative · |reference|.</summary>
public readonly record struct Tolerance(double Absolute, double Relative)
{
    /// <summary>u = 2⁻²⁴, the largest relative error of one float32 rounding.</summary>
    public const double UnitRoundoff = 1.0 / (1 << 24);

    /// <summary>For what is copied, counted or decided: the same number.</summary>
    public static Tolerance Exact => default;

    /// <summary>
    /// For a sum of <paramref name="terms"/> products of numbers uniform in (−1, 1). Each has variance 1/9, so partial
    /// sums stay below 4·√terms/3 and their roundings, of random sign, add up to at most 6·√terms·u·4·√terms/3, which
    /// is 8u·terms; 8 terms more make room for a bias, an activation and short sums.
    /// </summary>
    public static Tolerance Sum(int terms) => new(8 * UnitRoundoff * (terms + 8), 8 * UnitRoundoff);

    /// <summary>For a sum of positive terms, each good to a few u: relative error u·(16 + 6·√terms).</summary>
    public static Tolerance PositiveSum(int terms) => new(0, UnitRoundoff * (16 + (6 * Math.Sqrt(terms))));

    /// <summary>The largest error allowed at this value.</summary>
    public double Bound(double reference) => Absolute + (Relative * Math.Abs(reference));
}

/// <summary>What an operation left in one of its destinations, as it lies in memory.</summary>
/// <param name="Name">The parameter of the operation.</param>
/// <param name="Columns">Numbers in a row.</param>
/// <param name="Values">Row after row.</param>
/// <param name="Tolerance">How far they may be from the reference.</param>
public sealed record CaseOutput(string Name, int Columns, double[] Values, Tolerance Tolerance);

/// <summary>
/// One operation at one size: the row that tests and benchmarks read. Its last part makes sources and destinations in a
/// workspace and gives the call.
/// </summary>
public sealed class OperationCase(
    string operation, string name, CaseSize size, double flops, double bytes, Func<CaseWorkspace, Action> prepare)
{
    /// <summary>The method of <see cref="IDevice"/>.</summary>
    public string Operation { get; } = operation;

    /// <summary>Sizes and settings.</summary>
    public string Name { get; } = name;

    /// <summary>Where it is worth running.</summary>
    public CaseSize Size { get; } = size;

    /// <summary>
    /// True for a pair of parts that are tested apart too, a large tile and an epilogue: one more kernel to compile, which
    /// is not worth it where that takes a second.
    /// </summary>
    public bool IsCombination { get; init; }

    /// <summary>Additions, multiplications and function values of one execution, one each.</summary>
    public double Flops { get; } = flops;

    /// <summary>Every source read once and every destination written once.</summary>
    public double Bytes { get; } = bytes;

    /// <summary>Puts the inputs of this seed on the backend; the same seed gives the same inputs everywhere.</summary>
    public PreparedCase Prepare(IDevice backend, ulong seed = 1, ViewPlacement placement = ViewPlacement.Aligned)
    {
        var workspace = new CaseWorkspace(backend, seed, placement);
        return new PreparedCase(workspace, prepare(workspace));
    }

    /// <summary>Runs once, and gives what came out.</summary>
    public IReadOnlyList<CaseOutput> Run(IDevice backend, ulong seed = 1)
    {
        using PreparedCase prepared = Prepare(backend, seed);
        prepared.Execute();
        return prepared.ReadOutputs();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Operation} {Name}";
}

/// <summary>A case whose inputs are on a device: executed as often as wanted, then read.</summary>
public sealed class PreparedCase(CaseWorkspace workspace, Action execute) : IDisposable
{
    /// <summary>Calls the operation, which may still run when this returns.</summary>
    public void Execute() => execute();

    /// <summary>Waits, and copies the destinations to the host.</summary>
    public IReadOnlyList<CaseOutput> ReadOutputs() => workspace.ReadOutputs();

    /// <summary>What the operation wrote outside its destinations, or nothing.</summary>
    public IReadOnlyList<string> FindDamage() => workspace.FindDamage();

    /// <inheritdoc/>
    public void Dispose() => workspace.Dispose();
}
