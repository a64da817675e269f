namespace GpuVae.Kernels;

/// <summary>What is done to the pictures of a batch at random, each on its own.</summary>
/// <param name="Shift">N: a picture is moved by a whole number of pixels from −N to N, all as likely, along each side.</param>
/// <param name="Flips">Whether left and right change places with probability ½.</param>
/// <param name="FlipsVertically">Whether top and bottom do.</param>
public readonly record struct Augmentation(int Shift, bool Flips, bool FlipsVertically)
{
    /// <summary>The largest <see cref="Shift"/> there is.</summary>
    public const int LargestShift = 1 << 24;
}

/// <summary>
/// <see cref="Gather{T}"/> of pictures that are flipped and then moved at random: pixel (r, c) of row i is
/// encoding(p[clamp(r − down, 0, H − 1), clamp(c − right, 0, W − 1)]), where p is the flipped picture. So what comes in from outside
/// repeats the pixel at the edge, which makes a move the random crop of a picture with N pixels of such padding around it. A picture
/// with one row stays as it is from top to bottom, as moves along that side repeat the row.
/// </summary>
/// <remarks>
/// Words 0…3 of block i, which is of row i, decide: the top bit of the first whether left and right change places, of the second
/// top and bottom; ⌊(2N + 1)·word / 2³²⌋ − N is how far the picture moves right (the third) and down (the last).
/// </remarks>
/// <typeparam name="T">As of <see cref="Gather{T}"/>.</typeparam>
/// <param name="Batch">Which pictures, and where they go. Its noise belongs to the places of x, not to those that pixels had.</param>
/// <param name="Picture">(H, W, C), of H·W·C columns.</param>
/// <param name="Augmentation">What is done to them.</param>
/// <param name="Moves">Where it is drawn from; element 4·i + k is word k of row i, in the global step.</param>
public readonly record struct GatherAugmented<T>(Gather<T> Batch, Shape Picture, Augmentation Augmentation, RandomSource Moves)
    : IOperation
    where T : unmanaged
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands => Batch.Operands;

    /// <inheritdoc/>
    public OperationCost Cost => Batch.Cost;

    /// <inheritdoc/>
    public void Check()
    {
        Batch.Check();
        Shapes.Require(Picture.Height >= 1 && Picture.Width >= 1 && Picture.Channels >= 1);
        Shapes.Require(Picture.Size == Batch.X.Columns);
        Shapes.Require(Augmentation.Shift is >= 0 and <= Augmentation.LargestShift);
    }
}

/// <summary>What was drawn for one picture; see <see cref="GatherAugmented{T}"/>.</summary>
/// <param name="Right">Pixels that it moves to the right.</param>
/// <param name="Down">Pixels that it moves down.</param>
/// <param name="Flip">1 where left and right change places, else 0.</param>
/// <param name="FlipVertical">1 where top and bottom do, else 0.</param>
internal readonly record struct PictureMove(int Right, int Down, int Flip, int FlipVertical)
{
    /// <summary>That of a row in a step. ILGPU compiles it too, whose kernels take no truth values.</summary>
    /// <param name="moves">Where it is drawn from.</param>
    /// <param name="step">The global step.</param>
    /// <param name="row">i, of the batch.</param>
    /// <param name="shift">N.</param>
    /// <param name="flip">1 where left and right may change places, else 0.</param>
    /// <param name="flipVertical">1 where top and bottom may, else 0.</param>
    public static PictureMove Draw(RandomSource moves, uint step, int row, int shift, int flip, int flipVertical)
    {
        PhiloxWords words = Philox.Block(moves, step, (uint)row);
        return new PictureMove(
            Offset(words.X2, shift), Offset(words.X3, shift), flip & (int)(words.X0 >> 31), flipVertical & (int)(words.X1 >> 31));
    }

    // A word times the number of places, as Philox.FillPermutation draws.
    private static int Offset(uint word, int shift) => (int)(((ulong)word * ((2 * (ulong)shift) + 1)) >> 32) - shift;
}
