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
/// One operation at one size: the row that tests and benchmarks read. Preparing it puts sources and destinations on a
/// device and makes the operation of them.
/// </summary>
public sealed class OperationCase
{
    private readonly Func<CaseWorkspace, PreparedCase> _prepare;

    private OperationCase(string operation, string name, CaseSize size, Func<CaseWorkspace, PreparedCase> prepare)
    {
        Operation = operation;
        Name = name;
        Size = size;
        _prepare = prepare;
    }

    /// <summary>The type of the operation.</summary>
    public string Operation { get; }

    /// <summary>Sizes and settings.</summary>
    public string Name { get; }

    /// <summary>Where it is worth running.</summary>
    public CaseSize Size { get; }

    /// <summary>
    /// True for a pair of parts that are tested apart too, a large tile and an epilogue: one more kernel to compile, which
    /// is not worth it where that takes a second.
    /// </summary>
    public bool IsCombination { get; private init; }

    /// <summary>A case of an operation.</summary>
    /// <param name="name">Its sizes and settings.</param>
    /// <param name="size">Where it is worth running.</param>
    /// <param name="prepare">Makes sources and destinations in a workspace, and the operation.</param>
    public static OperationCase Create<TOperation>(string name, CaseSize size, Func<CaseWorkspace, TOperation> prepare)
        where TOperation : struct, IOperation =>
        new(typeof(TOperation).Name.Split('`')[0], name, size, workspace =>
        {
            TOperation operation = prepare(workspace);
            return new PreparedCase(workspace, operation, () => workspace.Device.Run(in operation));
        });

    /// <summary>The same, marked as what <see cref="IsCombination"/> says.</summary>
    public OperationCase AsCombination() => new(Operation, Name, Size, _prepare) { IsCombination = true };

    /// <summary>Puts the inputs of this seed on the device; the same seed gives the same inputs everywhere.</summary>
    public PreparedCase Prepare(IDevice device, ulong seed = 1, ViewPlacement placement = ViewPlacement.Aligned) =>
        _prepare(new CaseWorkspace(device, seed, placement));

    /// <summary>Runs once, and gives what came out.</summary>
    public IReadOnlyList<CaseOutput> Run(IDevice device, ulong seed = 1)
    {
        using PreparedCase prepared = Prepare(device, seed);
        prepared.Execute();
        return prepared.ReadOutputs();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Operation} {Name}";
}

/// <summary>A case whose inputs are on a device: executed as often as wanted, then read.</summary>
public sealed class PreparedCase(CaseWorkspace workspace, IOperation operation, Action execute) : IDisposable
{
    /// <summary>What is executed.</summary>
    public IOperation Operation { get; } = operation;

    /// <summary>Runs the operation, which may go on when this returns.</summary>
    public void Execute() => execute();

    /// <summary>Waits, and copies the destinations to the host.</summary>
    public IReadOnlyList<CaseOutput> ReadOutputs() => workspace.ReadOutputs();

    /// <summary>What the operation wrote outside its destinations, or nothing.</summary>
    public IReadOnlyList<string> FindDamage() => workspace.FindDamage();

    /// <inheritdoc/>
    public void Dispose() => workspace.Dispose();
}
