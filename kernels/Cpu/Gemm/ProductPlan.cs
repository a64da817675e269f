using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// Which operand of a product is packed, and what zeros are left out. With finite operands no choice changes a bit of a
/// result: a term with a factor of zero adds zero. A factor that is not finite may be left out with it, where IEEE 754
/// has 0 · NaN and 0 · ∞ be NaN: see <see cref="NonzeroIndices"/>.
/// </summary>
/// <param name="TilesAreTransposed">Whether A is packed, not B.</param>
/// <param name="Sparse">The operand whose zeros are left out.</param>
/// <param name="NonzeroShare">
/// Of A's columns, where A is packed and stored (K, M): an estimate of the share that is not zero in all K; 1 where it
/// does not pay to leave the others out.
/// </param>
internal readonly record struct ProductPlan(bool TilesAreTransposed, SparseOperand Sparse, double NonzeroShare)
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
        double inRows = 1, inPanels = 1, nonzero = 1;
        if (orientation != Orientation.NN && k >= FewestSteps && (double)m * n * k >= FewestMultiplyAdds)
        {
            float* operand = aIsSparse ? a : b;
            (nint rowStride, nint step, int rows) = aIsSparse ? ((nint)k, (nint)1, m) : (1, n, n);
            inRows = NonzeroIndices.Density(operand, rowStride, step, rows, k, NonzeroIndices.GroupRows);
            if (inRows < 1)
                inPanels = NonzeroIndices.Density(operand, rowStride, step, rows, k, 2 * S.Lanes);
            if (orientation == Orientation.TN)
                nonzero = NonzeroColumns.Share(a, m, k);
        }

        // An operand that is stored along k has to be transposed as it is packed, and tiles that come out transposed
        // have to be transposed back.
        const int Copy = 1, Transpose = 2, TransposeBack = 3;
        double plainMoves = (double)k * n * (orientation == Orientation.NT ? Transpose : Copy);
        double transposedMoves =
            ((double)k * m * (orientation == Orientation.TN ? Copy : Transpose)) + ((double)m * n * TransposeBack);

        double plainDensity = aIsSparse ? inRows : inPanels;
        double transposedDensity = aIsSparse ? inPanels : inRows;
        double plain = plainMoves + (plainDensity * Work(m, n) / MultiplyAddsPerMove);
        double transposed = nonzero * (transposedMoves + (transposedDensity * Work(n, m) / MultiplyAddsPerMove));
        return transposed < plain
            ? new ProductPlan(true, SideOf(transposedDensity, sparseIsPacked: aIsSparse), nonzero)
            : new ProductPlan(false, SideOf(plainDensity, sparseIsPacked: !aIsSparse), 1);

        // Multiply-adds with the rows of the broadcast operand and the lanes of the packed operand filled up.
        double Work(int broadcastCount, int packedCount) =>
            (double)k * RoundUp(broadcastCount, S.TileRows) * RoundUp(packedCount, S.Lanes);
    }

    private static SparseOperand SideOf(double density, bool sparseIsPacked) =>
        density == 1 ? SparseOperand.None : sparseIsPacked ? SparseOperand.Packed : SparseOperand.Broadcast;

    private static int RoundUp(int count, int multiple) => (count + multiple - 1) / multiple * multiple;
}

/// <summary>
/// Plans of products that are computed again and again. What they are chosen by, a sample of the operands, changes
/// slowly and costs microseconds, most of them for lines that other cores wrote: so a plan serves several times. With
/// finite operands none changes a bit of a result.
/// </summary>
internal sealed unsafe class ProductPlanCache<S, TVector>
    where S : ISimd<TVector>
    where TVector : unmanaged
{
    // Products that a plan serves, and plans that are kept.
    private const int Uses = 16;
    private const int MostPlans = 256;

    private readonly Dictionary<Key, Entry> _plans = [];

    /// <summary>A plan for op(A) · op(B), as <see cref="ProductPlan.Choose"/> makes it.</summary>
    public ProductPlan Find(Orientation orientation, float* a, float* b, int m, int n, int k)
    {
        if (_plans.Count >= MostPlans)
            _plans.Clear();
        ref Entry entry = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _plans, new Key(orientation, (nint)a, (nint)b, m, n, k), out _);
        if (entry.Left == 0)
            entry = new Entry(ProductPlan.Choose<S, TVector>(orientation, a, b, m, n, k), Uses);
        entry.Left--;
        return entry.Plan;
    }

    private readonly record struct Key(Orientation Orientation, nint A, nint B, int M, int N, int K);

    private record struct Entry(ProductPlan Plan, int Left);
}
