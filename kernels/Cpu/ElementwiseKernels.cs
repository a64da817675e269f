using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>A function of two vectors, as a type that the loop is compiled for.</summary>
internal interface IVectorFunction
{
    /// <summary>Of a and b, lane by lane.</summary>
    static abstract V Apply<S, V>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged;
}

/// <summary>a + b.</summary>
internal readonly struct AddFunction : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged => S.Add(a, b);
}

/// <summary>a − b.</summary>
internal readonly struct SubtractFunction : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged => S.Subtract(a, b);
}

/// <summary>a · b.</summary>
internal readonly struct MultiplyFunction : IVectorFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V a, V b)
        where S : ISimd<V>
        where V : unmanaged => S.Multiply(a, b);
}

/// <summary>
/// <see cref="Elementwise"/>: c[i, j] = f(a[i, j], b[i, j]), where B may be one row for all of A's; and <see cref="Fill"/>.
/// An item is a row where B is broadcast, else a <see cref="Chunk"/> of the numbers as they lie in memory.
/// </summary>
internal unsafe struct ElementwiseKernels
{
    public float* A;
    public float* B;
    public float* C;
    public long Length;

    /// <summary>Numbers of an item.</summary>
    public int ItemLength;

    /// <summary>From an item's numbers in B to the next one's: 0 where B is one row.</summary>
    public int BStride;

    public float Value;

    public static void Run<S, V>(CpuDevice<S, V> device, in Elementwise operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        bool isBroadcast = operation.B.Rows != operation.A.Rows;
        var kernel = new ElementwiseKernels
        {
            A = operation.A.Pointer(),
            B = operation.B.Pointer(),
            C = operation.C.Pointer(),
            Length = operation.C.Length,
            ItemLength = isBroadcast ? operation.C.Columns : Chunk.Length,
            BStride = isBroadcast ? 0 : Chunk.Length,
        };
        int items = isBroadcast ? operation.C.Rows : Chunk.Count(kernel.Length);
        device.Pool.Run(
            operation.Function switch
            {
                ElementwiseFunction.Add => &Items<S, V, AddFunction>,
                ElementwiseFunction.Subtract => &Items<S, V, SubtractFunction>,
                _ => &Items<S, V, MultiplyFunction>,
            },
            &kernel, items);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in Fill operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new ElementwiseKernels
        {
            C = operation.Values.Pointer(),
            Length = operation.Values.Length,
            Value = operation.Value,
        };
        device.Pool.Run(&FillChunks, &kernel, Chunk.Count(kernel.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V, TFunction>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
        where TFunction : struct, IVectorFunction
    {
        ref readonly ElementwiseKernels kernel = ref *(ElementwiseKernels*)context;
        for (int item = first; item < first + count; item++)
        {
            long begin = (long)item * kernel.ItemLength;
            int length = (int)Math.Min(kernel.ItemLength, kernel.Length - begin);
            float* a = kernel.A + begin;
            float* b = kernel.B + ((long)item * kernel.BStride);
            float* c = kernel.C + begin;
            for (int i = 0; i < length; i += S.Lanes)
                VectorStore.Store<S, V>(TFunction.Apply<S, V>(S.Load(a + i), S.Load(b + i)), length - i, c + i);
        }
    }

    private static void FillChunks(void* context, int first, int count, int worker)
    {
        ref readonly ElementwiseKernels kernel = ref *(ElementwiseKernels*)context;
        for (int chunk = first; chunk < first + count; chunk++)
        {
            long begin = (long)chunk * Chunk.Length;
            new Span<float>(kernel.C + begin, (int)Math.Min(Chunk.Length, kernel.Length - begin)).Fill(kernel.Value);
        }
    }
}
