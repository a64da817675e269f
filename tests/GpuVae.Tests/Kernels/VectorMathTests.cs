using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuVae.Kernels.Cpu;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>
/// The functions of <see cref="VectorMath"/> against double precision, and squares of vectors summed and transposed, at every width
/// that the processor has.
/// </summary>
public sealed unsafe class VectorMathTests
{
    private const int Points = 200_000;

    [Fact]
    public void Exp_is_within_2_units_in_the_last_place() =>
        EveryWidth(new Error(Function.Exp, -86, 88, 2));

    [Fact]
    public void Log_is_within_2_units_in_the_last_place()
    {
        EveryWidth(new Error(Function.Log, 1e-30f, 1e-3f, 2));
        EveryWidth(new Error(Function.Log, 1e-3f, 10, 2));
        EveryWidth(new Error(Function.Log, 10, 1e30f, 2));
    }

    [Fact]
    public void Tanh_and_sigmoid_are_within_3_units_in_the_last_place()
    {
        EveryWidth(new Error(Function.Tanh, -12, 12, 3));
        EveryWidth(new Error(Function.Tanh, -0.7f, 0.7f, 3));
        EveryWidth(new Error(Function.Sigmoid, -80, 80, 3));
        EveryWidth(new Error(Function.Sigmoid, -4, 4, 3));
    }

    [Fact]
    public void A_row_is_reduced_to_its_lane() => EveryWidth(new Rows());

    [Fact]
    public void A_square_is_transposed_to_another_place_and_to_its_own() => EveryWidth(new Square());

    private enum Function
    {
        Exp,
        Log,
        Tanh,
        Sigmoid,
    }

    private interface ICheck
    {
        void At<S, V>()
            where S : ISimd<V>
            where V : unmanaged;
    }

    private static void EveryWidth(ICheck check)
    {
        check.At<Simd128, Vector128<float>>();
        if (Avx2.IsSupported && Fma.IsSupported)
            check.At<Simd256, Vector256<float>>();
        if (Avx512F.IsSupported && Avx512DQ.IsSupported && Vector512.IsHardwareAccelerated)
            check.At<Simd512, Vector512<float>>();
    }

    /// <summary>No error between two arguments is above a limit, in units in the last place.</summary>
    private sealed class Error(Function function, float from, float to, double limit) : ICheck
    {
        public void At<S, V>()
            where S : ISimd<V>
            where V : unmanaged
        {
            float* x = stackalloc float[S.Lanes];
            float* y = stackalloc float[S.Lanes];
            for (int i = 0; i < Points; i += S.Lanes)
            {
                for (int lane = 0; lane < S.Lanes; lane++)
                    x[lane] = from + ((to - from) * ((i + lane) / (float)Points));
                S.Store(Apply<S, V>(S.Load(x)), y);
                for (int lane = 0; lane < S.Lanes; lane++)
                {
                    double expected = Reference(x[lane]);
                    float size = MathF.Abs((float)expected);
                    Assert.True(
                        Math.Abs(y[lane] - expected) <= limit * (MathF.BitIncrement(size) - size),
                        $"{function}({x[lane]:R}) = {y[lane]:R}, should be {expected:R} ({S.Lanes} lanes)");
                }
            }
        }

        private V Apply<S, V>(V x)
            where S : ISimd<V>
            where V : unmanaged => function switch
            {
                Function.Exp => VectorMath.Exp<S, V>(x),
                Function.Log => VectorMath.Log<S, V>(x),
                Function.Tanh => VectorMath.Tanh<S, V>(x),
                _ => VectorMath.Sigmoid<S, V>(x),
            };

        private double Reference(double x) => function switch
        {
            Function.Exp => Math.Exp(x),
            Function.Log => Math.Log(x),
            Function.Tanh => Math.Tanh(x),
            _ => 1 / (1 + Math.Exp(-x)),
        };
    }

    /// <summary>Sums and products of small integers, which are exact: those of another row would show.</summary>
    private sealed class Rows : ICheck
    {
        public void At<S, V>()
            where S : ISimd<V>
            where V : unmanaged
        {
            int stride = S.Lanes + 3;
            float* rows = stackalloc float[S.Lanes * stride];
            float* sums = stackalloc float[S.Lanes];
            float* products = stackalloc float[S.Lanes];
            for (int row = 0; row < S.Lanes; row++)
            {
                for (int lane = 0; lane < S.Lanes; lane++)
                    rows[(row * stride) + lane] = Value(row, lane);
            }
            S.Store(RowReduction.Reduce<S, V, SumReduction>(rows, stride), sums);
            S.Store(RowReduction.Reduce<S, V, ProductReduction>(rows, stride), products);
            for (int row = 0; row < S.Lanes; row++)
            {
                Assert.Equal(Enumerable.Range(0, S.Lanes).Sum(lane => Value(row, lane)), sums[row]);
                Assert.Equal(Enumerable.Range(0, S.Lanes).Aggregate(1f, (product, lane) => product * Value(row, lane)), products[row]);
            }

            // Each row has its own product and sum: 2 stands in some lanes, as many as the row's number, and 1 in the others.
            static float Value(int row, int lane) => lane < row ? 2 : 1;
        }
    }

    private sealed class Square : ICheck
    {
        public void At<S, V>()
            where S : ISimd<V>
            where V : unmanaged
        {
            int stride = S.Lanes + 3, transposedStride = S.Lanes + 5;
            float* square = stackalloc float[S.Lanes * stride];
            float* transposed = stackalloc float[S.Lanes * transposedStride];
            for (int i = 0; i < S.Lanes * stride; i++)
                square[i] = i;
            BlockTranspose.Transpose<S, V>(square, stride, transposed, transposedStride);
            BlockTranspose.Transpose<S, V>(square, stride, square, stride);
            for (int row = 0; row < S.Lanes; row++)
            {
                for (int column = 0; column < S.Lanes; column++)
                {
                    Assert.Equal((column * stride) + row, transposed[(row * transposedStride) + column]);
                    Assert.Equal((column * stride) + row, square[(row * stride) + column]);
                }
            }
        }
    }
}
