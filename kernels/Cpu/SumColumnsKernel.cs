using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="SumColumns"/>: sums[j] = Σᵢ values[i, j], row by row in order. An item is a vector of columns, so that a column
/// is summed by one worker whatever their number.
/// </summary>
internal unsafe struct SumColumnsKernel
{
    public float* Values;
    public int Rows;
    public int Columns;
    public float* Sums;

    public static void Run<S, V>(CpuDevice<S, V> device, in SumColumns operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new SumColumnsKernel
        {
            Values = operation.Values.Pointer(),
            Rows = operation.Values.Rows,
            Columns = operation.Values.Columns,
            Sums = operation.Sums.Pointer(),
        };
        device.Pool.Run(&Items<S, V>, &kernel, (kernel.Columns + S.Lanes - 1) / S.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Items<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly SumColumnsKernel kernel = ref *(SumColumnsKernel*)context;
        for (int item = first; item < first + count; item++)
        {
            int column = item * S.Lanes;
            float* source = kernel.Values + column;
            V total = S.Zero;
            for (int row = 0; row < kernel.Rows; row++, source += kernel.Columns)
                total = S.Add(total, S.Load(source));
            VectorStore.Store<S, V>(total, kernel.Columns - column, kernel.Sums + column);
        }
    }
}
