namespace GpuVae.Kernels;

/// <summary>How a byte 0…255 becomes the number that a model sees.</summary>
public enum PixelEncoding
{
    /// <summary>x = p: byte / 255, or the number as it is.</summary>
    Scaled,

    /// <summary>x = 1 where p &gt; ½, else 0: for bytes, from 128.</summary>
    Threshold,

    /// <summary>
    /// x = 1 with probability p, drawn afresh at every step (Burda, Grosse and Salakhutdinov 2016).
    /// </summary>
    Resampled,
}

/// <summary>
/// Takes the batch that the counters point at: x[i, :] = encoding(images[order[first + i], :]) with
/// first = counters[<see cref="Counter.StepInEpoch"/>] · batchSize.
/// </summary>
/// <typeparam name="T"><c>byte</c>: pixels 0…255, where 255 means 1; or <c>float</c>: 1 means 1.</typeparam>
/// <param name="Images">(N, D); <see cref="PixelEncoding.Scaled"/> copies any number, the others mean 0…1.</param>
/// <param name="Order">
/// (1, N) a permutation of 0…N−1; of a batch whose first r rows are elsewhere, as <paramref name="Noise"/> says, (1, N − r) what follows
/// its first r.
/// </param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>).</param>
/// <param name="BatchSize">Images in a full batch; <paramref name="X"/> may have fewer rows.</param>
/// <param name="Encoding">How a pixel becomes a number.</param>
/// <param name="Noise">Where <see cref="PixelEncoding.Resampled"/> draws from; element i·D + j is pixel j of row i.</param>
/// <param name="X">(B, D).</param>
public readonly record struct Gather<T>(
    View<T> Images, View<int> Order, View<int> Counters, int BatchSize, PixelEncoding Encoding, RandomSource Noise,
    View<float> X) : IOperation
    where T : unmanaged
{
    /// <summary>
    /// N, more than there are images where these are a window of the examples: the order then has places in the window at hand.
    /// </summary>
    public int Examples { get; init; } = Images.Rows;

    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(Images).Source(Order).Source(Counters).Destination(X).ToList();

    /// <inheritdoc/>
    public OperationCost Cost =>
        new(X.Length, X.Length * (double)(sizeof(float) + System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.Require(Images.Columns == X.Columns);
        long first = X.Length == 0 ? 0 : 4L * Noise.FirstBlock / X.Columns;
        Shapes.Require(Images.Rows <= Examples);
        Shapes.Require(Order.Length == Examples - first);
        Shapes.Require(X.Rows <= BatchSize);
        Shapes.RequireCounters(Counters);
    }
}
