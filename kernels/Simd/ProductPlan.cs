namespace GpuVae.Kernels.Simd;

/// <summary>
/// Which operand of a product is packed, and what zeros are left out. No choice changes a bit of a result.
/// </summary>
/// <param name="TilesAreTransposed">Whether A is packed, not B.</param>
/// <param name="Listed">The operand whose zeros are left out.</param>
/// <param name="LiveShare">
/// Of A's columns, where A is packed and stored (K, M): an estimate of the share that is not zero in all K; 1 where it
/// does not pay to leave the others out.
/// </param>
internal readonly record struct ProductPlan(bool TilesAreTransposed, ListedOperand Listed, double LiveShare)
{
    // Multiply-adds that take as long as packing a number that lies in order.
    private const double MultiplyAddsPerMove = 4;

    // With fewer multiply-adds or fewer k, to look for zeros costs more than they are worth.
    private const double FewestMultiplyAdds = 3e6;
    private const int FewestSteps = 64;

    /// <summary>The plan that costs least, by an estimate.</summary>
    /// <param name="orientation">Which operand is read transposed.</param>
    /// <param name="a">op(A) (M, K).</param>
    /// <param name="b">op(B) (K, N).</param>
    /// <param name="m">M.</param>
    /// <param name="n">N.</param>
    /// <param name="k">K.</param>
    public static unsafe ProductPlan Choose<S, TVector>(Orientation orientation, float* a, float* b, int m, int n, int k)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        // The operand that holds images or activations: A going forward, B for the gradient of weights. Going back
        // there is none that has many zeros.
        bool aIsSparse = orientation == Orientation.NT;
        double inRows = 1, inPanels = 1, live = 1;
        if (orientation != Orientation.NN && k >= FewestSteps && (double)m * n * k >= FewestMultiplyAdds)
        {
            float* operand = aIsSparse ? a : b;
            (nint rowStride, nint step, int rows) = aIsSparse ? ((nint)k, (nint)1, m) : (1, n, n);
            inRows = StepLists.Density(operand, rowStride, step, rows, k, StepLists.GroupRows);
            if (inRows < 1)
                inPanels = StepLists.Density(operand, rowStride, step, rows, k, 2 * S.Lanes);
            if (orientation == Orientation.TN)
                live = LiveColumns.Share(a, m, k);
        }

        // An operand that is stored along k has to be transposed as it is packed, and tiles that come out transposed
        // have to be turned.
        const int Copy = 1, Transpose = 2, Turn = 3;
        double plainMoves = (double)k * n * (orientation == Orientation.NT ? Transpose : Copy);
        double transposedMoves =
            ((double)k * m * (orientation == Orientation.TN ? Copy : Transpose)) + ((double)m * n * Turn);

        double plainDensity = aIsSparse ? inRows : inPanels;
        double transposedDensity = aIsSparse ? inPanels : inRows;
        double plain = plainMoves + (plainDensity * Work(m, n) / MultiplyAddsPerMove);
        double transposed = live * (transposedMoves + (transposedDensity * Work(n, m) / MultiplyAddsPerMove));
        return transposed < plain
            ? new ProductPlan(true, SideOf(transposedDensity, sparseIsV: aIsSparse), live)
            : new ProductPlan(false, SideOf(plainDensity, sparseIsV: !aIsSparse), 1);

        // Multiply-adds with the rows of P and the lanes of V filled up.
        double Work(int pCount, int vCount) =>
            (double)k * RoundUp(pCount, S.TileRows) * RoundUp(vCount, S.Lanes);
    }

    private static ListedOperand SideOf(double density, bool sparseIsV) =>
        density == 1 ? ListedOperand.None : sparseIsV ? ListedOperand.V : ListedOperand.P;

    private static int RoundUp(int count, int multiple) => (count + multiple - 1) / multiple * multiple;
}
