using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>
/// Which operand of a product is packed, and whose zeros are skipped. With finite operands no choice changes a bit of a
/// result, but for the sign of a zero; where an operand has an infinity or NaN, a plan that skips a zero of the other at that k
/// leaves out a product that IEEE 754 makes NaN (see <see cref="NonzeroIndices"/>).
/// </summary>
/// <param name="TilesAreTransposed">Whether A is packed, not B.</param>
/// <param name="Sparse">The operand whose zeros are skipped.</param>
/// <param name="NonzeroColumnShare">
/// Of A's columns, where A is packed and stored (K, M): an estimate of the share that is not zero in all K; 1 where it
/// does not pay to leave the others out.
/// </param>
internal readonly record struct ProductPlan(bool TilesAreTransposed, SparseOperand Sparse, double NonzeroColumnShare)
{
    // Multiply-adds that take as long as packing a number that lies in order.
    private const double MultiplyAddsPerMove = 4;

    // With fewer multiply-adds or fewer k, to look for zeros costs more than they are worth.
    private const double MinMultiplyAdds = 3e6;
    private const int MinDepth = 64;

    /// <summary>The plan that costs least, by an estimate.</summary>
    /// <param name="orientation">Which operand is read transposed.</param>
    /// <param name="a">op(A) (M, K).</param>
    /// <param name="b">op(B) (K, N).</param>
    /// <param name="m">M.</param>
    /// <param name="n">N.</param>
    /// <param name="k">K.</param>
    public static unsafe ProductPlan Choose<S, V>(Orientation orientation, float* a, float* b, int m, int n, int k)
        where S : ISimd<V>
        where V : unmanaged
    {
        // The operand that holds images or activations: A going forward, B for the gradient of weights. Going back
        // there is none that has many zeros.
        bool aIsSparse = orientation == Orientation.NT;
        double inRows = 1, inPanels = 1, nonzeroColumns = 1;
        if (orientation != Orientation.NN && k >= MinDepth && (double)m * n * k >= MinMultiplyAdds)
        {
            float* operand = aIsSparse ? a : b;
            (nint rowStride, nint depthStride, int rows) = aIsSparse ? ((nint)k, (nint)1, m) : (1, n, n);
            inRows = NonzeroIndices.Density(operand, rowStride, depthStride, rows, k, NonzeroIndices.GroupRows);
            if (inRows < 1)
                inPanels = NonzeroIndices.Density(operand, rowStride, depthStride, rows, k, 2 * S.Lanes);
            if (orientation == Orientation.TN)
                nonzeroColumns = NonzeroColumns.Share(a, m, k);
        }

        // An operand that is stored along k has to be transposed as it is packed, and tiles that come out transposed
        // have to be transposed back.
        const int Copy = 1, Transpose = 2, TransposeTile = 3;
        double plainMoves = (double)k * n * (orientation == Orientation.NT ? Transpose : Copy);
        double transposedMoves =
            ((double)k * m * (orientation == Orientation.TN ? Copy : Transpose)) + ((double)m * n * TransposeTile);

        double plainDensity = aIsSparse ? inRows : inPanels;
        double transposedDensity = aIsSparse ? inPanels : inRows;
        double plain = plainMoves + (plainDensity * Work(m, n) / MultiplyAddsPerMove);
        double transposed =
            nonzeroColumns * (transposedMoves + (transposedDensity * Work(n, m) / MultiplyAddsPerMove));
        return transposed < plain
            ? new ProductPlan(true, SparseSide(transposedDensity, isPacked: aIsSparse), nonzeroColumns)
            : new ProductPlan(false, SparseSide(plainDensity, isPacked: !aIsSparse), 1);

        // Multiply-adds with the rows of the broadcast operand and the lanes of the packed one filled up.
        double Work(int broadcastRows, int packedColumns) =>
            (double)k * RoundUp(broadcastRows, S.MicroKernelRows) * RoundUp(packedColumns, S.Lanes);
    }

    private static SparseOperand SparseSide(double density, bool isPacked) =>
        density == 1 ? SparseOperand.None : isPacked ? SparseOperand.Packed : SparseOperand.Broadcast;

    private static int RoundUp(int count, int multiple) => MatrixProduct.DivideUp(count, multiple) * multiple;
}

/// <summary>
/// Plans of products that are computed again and again. What they are chosen by, a sample of the operands, changes slowly and
/// costs microseconds, most of them for lines that other cores wrote: so a plan serves several times. With finite operands none
/// changes a bit of a result.
/// </summary>
internal sealed unsafe class ProductPlanCache<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    // Products that a plan serves, and plans that are kept.
    private const int Uses = 16;
    private const int MaxPlans = 256;

    private readonly Dictionary<Key, Entry> _plans = [];

    /// <summary>A plan for op(A) · op(B), as <see cref="ProductPlan.Choose"/> makes it.</summary>
    public ProductPlan Find(Orientation orientation, float* a, float* b, int m, int n, int k)
    {
        if (_plans.Count >= MaxPlans)
            _plans.Clear();
        ref Entry entry = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _plans, new Key(orientation, (nint)a, (nint)b, m, n, k), out _);
        if (entry.Left == 0)
            entry = new Entry(ProductPlan.Choose<S, V>(orientation, a, b, m, n, k), Uses);
        entry.Left--;
        return entry.Plan;
    }

    private readonly record struct Key(Orientation Orientation, nint A, nint B, int M, int N, int K);

    private record struct Entry(ProductPlan Plan, int Left);
}
