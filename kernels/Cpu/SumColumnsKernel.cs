using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>sums[j] = Σᵢ values[i, j], row by row in order. An item is a vector of columns.</summary>
internal unsafe struct SumColumnsKernel
{
    public float* Values;
    public int Rows;
    public int Columns;
    public float* Sums;

    /// <summary><see cref="SumColumns"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in SumColumns operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var sums = new SumColumnsKernel
        {
            Values = operation.Values.Pointer(),
            Rows = operation.Values.Rows,
            Columns = operation.Values.Columns,
            Sums = operation.Sums.Pointer(),
        };
        device.Pool.Run(&Items<S, V>, &sums, (sums.Columns + S.Lanes - 1) / S.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly SumColumnsKernel sums = ref *(SumColumnsKernel*)context;
        for (int item = first; item < first + count; item++)
        {
            int column = item * S.Lanes;
            float* source = sums.Values + column;
            V total = S.Zero;
            for (int row = 0; row < sums.Rows; row++, source += sums.Columns)
                total = S.Add(total, S.Load(source));
            if (sums.Columns - column >= S.Lanes)
                S.Store(total, sums.Sums + column);
            else
                VectorStore.StoreFirst<S, V>(total, sums.Columns - column, sums.Sums + column);
        }
    }
}
