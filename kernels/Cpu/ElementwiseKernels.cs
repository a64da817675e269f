using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>c = f(a, b), number by number, and a constant everywhere.</summary>
internal unsafe struct ElementwiseKernels
{
    public float* A;
    public float* B;
    public float* C;
    public int Columns;

    /// <summary>Numbers from a row of b to the next: 0 where one row serves all.</summary>
    public int BStride;

    private interface IFunction
    {
        static abstract V Apply<S, V>(V a, V b)
            where S : ISimd<V>
            where V : unmanaged;
    }

    /// <summary><see cref="Elementwise"/>. An item is a row.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in Elementwise operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var rows = new ElementwiseKernels
        {
            A = operation.A.Pointer(),
            B = operation.B.Pointer(),
            C = operation.C.Pointer(),
            Columns = operation.C.Columns,
            BStride = operation.B.Rows == operation.C.Rows ? operation.C.Columns : 0,
        };
        delegate*<void*, int, int, int, void> body = operation.Function switch
        {
            ElementwiseFunction.Add => &Rows<S, V, Sum>,
            ElementwiseFunction.Subtract => &Rows<S, V, Difference>,
            ElementwiseFunction.Multiply => &Rows<S, V, Product>,
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Function, null),
        };
        device.Pool.Run(body, &rows, operation.C.Rows);
    }

    /// <summary><see cref="Fill"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in Fill operation)
        where S : ISimd<V>
        where V : unmanaged =>
        new Span<float>(operation.Values.Pointer(), checked((int)operation.Values.Length)).Fill(operation.Value);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V, TFunction>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TFunction : struct, IFunction
    {
        ref readonly ElementwiseKernels rows = ref *(ElementwiseKernels*)context;
        for (int row = first; row < first + count; row++)
        {
            float* a = rows.A + ((long)row * rows.Columns);
            float* b = rows.B + ((long)row * rows.BStride);
            float* c = rows.C + ((long)row * rows.Columns);
            for (int column = 0; column < rows.Columns; column += S.Lanes)
            {
                V value = TFunction.Apply<S, V>(S.Load(a + column), S.Load(b + column));
                VectorStore.Store<S, V>(value, rows.Columns - column, c + column);
            }
        }
    }

    private readonly struct Sum : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Apply<S, V>(V a, V b)
            where S : ISimd<V>
            where V : unmanaged => S.Add(a, b);
    }

    private readonly struct Difference : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Apply<S, V>(V a, V b)
            where S : ISimd<V>
            where V : unmanaged => S.Subtract(a, b);
    }

    private readonly struct Product : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Apply<S, V>(V a, V b)
            where S : ISimd<V>
            where V : unmanaged => S.Multiply(a, b);
    }
}
