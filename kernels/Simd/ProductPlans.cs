using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Simd;

/// <summary>
/// Plans of products that are computed again and again. What they are chosen by, a sample of the operands, changes slowly and
/// costs microseconds, most of them for lines that other cores wrote: so a plan serves several times. None changes a bit of a result.
/// </summary>
internal sealed unsafe class ProductPlans<S, TVector>
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
