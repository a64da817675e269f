namespace GpuVae.Kernels;

/// <summary>What a synthetic defect is.</summary>
public enum PatchKind
{
    /// <summary>
    /// A rectangle of the picture, pasted at another place of it (Li, Sohn, Yoon and Pfister 2021, "CutPaste: Self-supervised learning for
    /// anomaly detection and localization", section 2.1, without rotation or jitter of colours).
    /// </summary>
    CutPaste,

    /// <summary>A rectangle whose numbers are uniform in 0 … 1.</summary>
    Noise,
}

/// <summary>
/// x̃: each picture with a defect of its own in a rectangle, whose sides are uniform in 1 … max(1, ⌊amount·side + ½⌋) and whose place is
/// uniform among those inside the picture; so is the place that a pasted one is cut from. Series, of one row, lose a span.
/// </summary>
/// <remarks>
/// The words of the Philox block with counter (i, 1, step, purpose) give picture i's height, width, top and left, and the first two of
/// (i, 2, step, purpose) where it is cut from: the whole number below n of a word w is ⌊⌊w/2¹⁶⌋·n / 2¹⁶⌋. Noise has element i·D + j's own
/// word (<see cref="Philox"/>).
/// </remarks>
/// <param name="Clean">x (B, H·W·C).</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>); the defects are a function of the global step.</param>
/// <param name="Image">(H, W, C), sides up to 2¹⁴.</param>
/// <param name="Kind">What fills the rectangle.</param>
/// <param name="Amount">The largest part of each side that a defect takes, above 0 and up to 1.</param>
/// <param name="Noise">Where it comes from.</param>
/// <param name="Corrupted">x̃ (B, H·W·C), not x.</param>
public readonly record struct CorruptPatch(
    View<float> Clean, View<int> Counters, Shape Image, PatchKind Kind, float Amount, RandomSource Noise, View<float> Corrupted)
    : IOperation
{
    private const int MostSide = 1 << 14;

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Clean).Source(Counters).Destination(Corrupted).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(4.0 * Clean.Length, Operands);

    /// <summary>The tallest rectangle.</summary>
    internal int MostRows => MostOf(Image.Height);

    /// <summary>The widest.</summary>
    internal int MostColumns => MostOf(Image.Width);

    /// <summary>What picture of the whole batch the first one is.</summary>
    internal int FirstPicture => (int)(4L * Noise.FirstBlock / Clean.Columns);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Clean, Corrupted);
        Shapes.RequireCounters(Counters);
        Shapes.Require(Image.Size == Clean.Columns);
        Shapes.Require(Image.Height is >= 1 and <= MostSide && Image.Width is >= 1 and <= MostSide);
        Shapes.Require(Amount is > 0 and <= 1);
    }

    private int MostOf(int side) => Math.Clamp((int)((Amount * side) + 0.5f), 1, side);
}

/// <summary>The rectangle of a picture's defect; see <see cref="CorruptPatch"/>. ILGPU compiles it too.</summary>
/// <param name="Top">Its first row.</param>
/// <param name="Left">Its first column.</param>
/// <param name="Rows">Its height.</param>
/// <param name="Columns">Its width.</param>
/// <param name="FromTop">The first row of what is pasted into it.</param>
/// <param name="FromLeft">The first column of that.</param>
internal readonly record struct Patch(int Top, int Left, int Rows, int Columns, int FromTop, int FromLeft)
{
    /// <summary>That of a picture in a step.</summary>
    /// <param name="noise">Where it is drawn from.</param>
    /// <param name="step">The global step.</param>
    /// <param name="picture">i, of the batch.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="mostRows">The tallest.</param>
    /// <param name="mostColumns">The widest.</param>
    public static Patch Draw(RandomSource noise, uint step, int picture, int height, int width, int mostRows, int mostColumns)
    {
        uint key0 = (uint)noise.Seed, key1 = (uint)(noise.Seed >> 32);
        PhiloxWords place = Philox.Block(new PhiloxWords((uint)picture, 1, step, (uint)noise.Purpose), key0, key1);
        PhiloxWords from = Philox.Block(new PhiloxWords((uint)picture, 2, step, (uint)noise.Purpose), key0, key1);
        int rows = 1 + Below(place.X0, mostRows), columns = 1 + Below(place.X1, mostColumns);
        return new Patch(
            Below(place.X2, height - rows + 1), Below(place.X3, width - columns + 1), rows, columns,
            Below(from.X0, height - rows + 1), Below(from.X1, width - columns + 1));
    }

    // Products stay below 2³⁰, so that it does not matter whether a compiler takes them for signed.
    private static int Below(uint word, int count) => ((int)(word >> 16) * count) >> 16;
}
