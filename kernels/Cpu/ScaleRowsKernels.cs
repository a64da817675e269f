using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="ScaleRows"/>: values[r, :] ← factors[r] · values[r, :]; and <see cref="AddScaledRows"/>: values[r, :] ←
/// values[r, :] + factors[r] · addend[r, :]. An item is a row.
/// </summary>
internal unsafe struct ScaleRowsKernels
{
    public float* Factors;
    public float* Addend;
    public float* Values;
    public int Columns;

    public static void Run<S, V>(CpuDevice<S, V> device, in ScaleRows operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new ScaleRowsKernels
        {
            Factors = operation.Factors.Pointer(),
            Values = operation.Values.Pointer(),
            Columns = operation.Values.Columns,
        };
        device.Pool.Run(&Scale<S, V>, &kernel, operation.Values.Rows);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in AddScaledRows operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new ScaleRowsKernels
        {
            Factors = operation.Factors.Pointer(),
            Addend = operation.Addend.Pointer(),
            Values = operation.Values.Pointer(),
            Columns = operation.Values.Columns,
        };
        device.Pool.Run(&AddScaled<S, V>, &kernel, operation.Values.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ScaleRowsKernels kernel = ref *(ScaleRowsKernels*)context;
        for (int row = first; row < first + count; row++)
        {
            V factor = S.Broadcast(kernel.Factors[row]);
            float* values = kernel.Values + ((long)row * kernel.Columns);
            for (int column = 0; column < kernel.Columns; column += S.Lanes)
            {
                VectorStore.Store<S, V>(
                    S.Multiply(factor, S.Load(values + column)), kernel.Columns - column, values + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddScaled<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ScaleRowsKernels kernel = ref *(ScaleRowsKernels*)context;
        for (int row = first; row < first + count; row++)
        {
            V factor = S.Broadcast(kernel.Factors[row]);
            float* values = kernel.Values + ((long)row * kernel.Columns);
            float* addend = kernel.Addend + ((long)row * kernel.Columns);
            for (int column = 0; column < kernel.Columns; column += S.Lanes)
            {
                V sum = S.MultiplyAdd(factor, S.Load(addend + column), S.Load(values + column));
                VectorStore.Store<S, V>(sum, kernel.Columns - column, values + column);
            }
        }
    }
}
