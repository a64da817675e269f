using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>Rows that are scaled, or added scaled, each by a factor of its own. An item is a row.</summary>
internal unsafe struct ScaleRowsKernels
{
    public float* Addend;
    public float* Factors;
    public float* Values;
    public int Columns;

    /// <summary><see cref="ScaleRows"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in ScaleRows operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var rows = new ScaleRowsKernels
        {
            Factors = operation.Factors.Pointer(),
            Values = operation.Values.Pointer(),
            Columns = operation.Values.Columns,
        };
        device.Pool.Run(&Scale<S, V>, &rows, operation.Values.Rows);
    }

    /// <summary><see cref="AddScaledRows"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in AddScaledRows operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var rows = new ScaleRowsKernels
        {
            Addend = operation.Addend.Pointer(),
            Factors = operation.Factors.Pointer(),
            Values = operation.Values.Pointer(),
            Columns = operation.Values.Columns,
        };
        device.Pool.Run(&AddScaled<S, V>, &rows, operation.Values.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ScaleRowsKernels rows = ref *(ScaleRowsKernels*)context;
        for (int row = first; row < first + count; row++)
        {
            V factor = S.Broadcast(rows.Factors[row]);
            float* values = rows.Values + ((long)row * rows.Columns);
            for (int column = 0; column < rows.Columns; column += S.Lanes)
            {
                V scaled = S.Multiply(factor, S.Load(values + column));
                VectorStore.Store<S, V>(scaled, rows.Columns - column, values + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddScaled<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly ScaleRowsKernels rows = ref *(ScaleRowsKernels*)context;
        for (int row = first; row < first + count; row++)
        {
            V factor = S.Broadcast(rows.Factors[row]);
            float* values = rows.Values + ((long)row * rows.Columns);
            float* addend = rows.Addend + ((long)row * rows.Columns);
            for (int column = 0; column < rows.Columns; column += S.Lanes)
            {
                V sum = S.MultiplyAdd(factor, S.Load(addend + column), S.Load(values + column));
                VectorStore.Store<S, V>(sum, rows.Columns - column, values + column);
            }
        }
    }
}
