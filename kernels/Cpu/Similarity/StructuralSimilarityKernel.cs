using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu.Similarity;

/// <summary>
/// <see cref="StructuralSimilarity"/>: an item is a picture. Sums of a few vectors are merged in double precision, so that a large
/// picture loses nothing.
/// </summary>
internal unsafe struct StructuralSimilarityKernel
{
    private const int VectorsOfSum = 64;
    private const int FewestShared = 1024;

    public float* MeanX;
    public float* MeanY;
    public float* MeanSquares;
    public float* MeanProduct;
    public float* Similarity;
    public float* MeanGradient;
    public float* SquaresGradient;
    public float* ProductGradient;
    public int Length;

    public static void Run<S, V>(CpuDevice<S, V> device, in StructuralSimilarity operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new StructuralSimilarityKernel
        {
            MeanX = operation.MeanX.Pointer(),
            MeanY = operation.MeanY.Pointer(),
            MeanSquares = operation.MeanSquares.Pointer(),
            MeanProduct = operation.MeanProduct.Pointer(),
            Similarity = operation.Similarity.Pointer(),
            MeanGradient = operation.MeanGradient.Pointer(),
            SquaresGradient = operation.SquaresGradient.Pointer(),
            ProductGradient = operation.ProductGradient.Pointer(),
            Length = operation.MeanX.Columns,
        };
        delegate*<void*, int, int, int, void> body = operation.HasLuminance ? &Items<S, V, WithLuminance> : &Items<S, V, Without>;
        if (operation.MeanX.Length < FewestShared)
            body(&kernel, 0, operation.MeanX.Rows, 0);
        else
            device.Pool.Run(body, &kernel, operation.MeanX.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V, TLuminance>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TLuminance : struct, ILuminance
    {
        StructuralSimilarityKernel kernel = *(StructuralSimilarityKernel*)context;
        V share = S.Broadcast((float)(1.0 / kernel.Length)), two = S.Broadcast(2);
        V c1 = S.Broadcast(StructuralSimilarity.C1), c2 = S.Broadcast(StructuralSimilarity.C2);
        for (int item = first; item < first + count; item++)
        {
            nint start = (nint)item * kernel.Length;
            double total = 0;
            for (int begin = 0; begin < kernel.Length; begin += VectorsOfSum * S.Lanes)
            {
                int end = Math.Min(kernel.Length, begin + (VectorsOfSum * S.Lanes));
                V sum = S.Zero;
                for (int i = begin; i < end; i += S.Lanes)
                {
                    nint at = start + i;
                    V x = S.Load(kernel.MeanX + at), y = S.Load(kernel.MeanY + at);
                    // Rounded as 2 μ_x μ_y is where x = y, so that s is 1 there.
                    V xy = S.Multiply(x, y), squares = S.Add(S.Multiply(x, x), S.Multiply(y, y));

                    // c and its derivatives by μ_y and by the product.
                    V covariance = S.Subtract(S.Load(kernel.MeanProduct + at), xy);
                    V variances = S.Max(S.Zero, S.Subtract(S.Load(kernel.MeanSquares + at), squares));
                    V inverse = S.Reciprocal(S.Add(variances, c2));
                    V c = S.Multiply(S.MultiplyAdd(two, covariance, c2), inverse);
                    inverse = S.Multiply(two, inverse);
                    V byMean = S.Multiply(S.Subtract(S.Multiply(y, c), x), inverse), byProduct = inverse, s = c;

                    if (TLuminance.IsFactor)
                    {
                        V other = S.Reciprocal(S.Add(squares, c1));
                        V l = S.Multiply(S.MultiplyAdd(two, xy, c1), other);
                        V ofLuminance = S.Multiply(S.Multiply(S.Subtract(x, S.Multiply(y, l)), other), S.Multiply(two, c));
                        byMean = S.MultiplyAdd(l, byMean, ofLuminance);
                        byProduct = S.Multiply(l, inverse);
                        s = S.Multiply(l, c);
                    }
                    int left = kernel.Length - i;
                    sum = S.Add(sum, left < S.Lanes ? S.Select(S.FirstLanes(left), s, S.Zero) : s);
                    byProduct = S.Multiply(byProduct, share);
                    VectorStore.Store<S, V>(S.Multiply(byMean, share), left, kernel.MeanGradient + at);
                    VectorStore.Store<S, V>(S.Negate(S.Multiply(byProduct, c)), left, kernel.SquaresGradient + at);
                    VectorStore.Store<S, V>(byProduct, left, kernel.ProductGradient + at);
                }
                total += S.Sum(sum);
            }
            kernel.Similarity[item] = (float)(total / kernel.Length);
        }
    }

    /// <summary>Whether l is a factor, as a type that the loop is compiled for.</summary>
    private interface ILuminance
    {
        static abstract bool IsFactor { get; }
    }

    private readonly struct WithLuminance : ILuminance
    {
        public static bool IsFactor => true;
    }

    private readonly struct Without : ILuminance
    {
        public static bool IsFactor => false;
    }
}
