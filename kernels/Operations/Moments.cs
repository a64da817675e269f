namespace GpuVae.Kernels;

/// <summary>
/// The mean μ and the variance σ² of each group of channels over all pixels of an example: of x (N·P, C) in G groups,
/// mean[n, g] and variance[n, g] over the P·C/G numbers of example n that are in group g. The variance is that of the numbers
/// themselves, divided by their count and not by one less.
/// </summary>
/// <remarks>
/// With N = 1 and G = C these are the moments of batch normalisation (Ioffe and Szegedy 2015), a batch taken for one example;
/// with N = B those of group normalisation (Wu and He 2018). Of fixed chunks of pixels first the mean and then the squares
/// around it are added up, and then merged in order (Chan, Golub and LeVeque 1983): numbers far from 0 lose nothing.
/// </remarks>
/// <param name="X">x (N·P, C), a row for each pixel.</param>
/// <param name="Mean">(N, G) where C is a multiple of G.</param>
/// <param name="Variance">(N, G).</param>
public readonly record struct Moments(View<float> X, View<float> Mean, View<float> Variance) : IOperation
{
    /// <inheritdoc/>
    public IReadOnlyList<Operand> Operands =>
        new OperandList().Source(X).Destination(Mean).Destination(Variance).ToList();

    /// <inheritdoc/>
    public OperationCost Cost => OperandList.Cost(4.0 * X.Length, Operands);

    /// <inheritdoc/>
    public void Check()
    {
        Shapes.RequireSame(Mean, Variance);
        Shapes.Require(Mean.Length >= 1 && X.Length >= 1 && X.Columns % Mean.Columns == 0);
        Shapes.Require(X.Rows % Mean.Rows == 0);
    }
}
