using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>Groups of K rows (B·K, N), those of image b from b·K on: one row for each, or each row K times.</summary>
internal unsafe struct GroupKernels
{
    public float* Source;
    public float* Destination;
    public int Columns;
    public int Group;
    public int Divisor;

    /// <summary><see cref="RepeatRows"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in RepeatRows operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var rows = new GroupKernels
        {
            Source = operation.Rows.Pointer(),
            Destination = operation.Repeated.Pointer(),
            Columns = operation.Rows.Columns,
            Group = operation.Draws,
        };
        device.Pool.Run(&Repeat, &rows, operation.Repeated.Rows);
    }

    /// <summary><see cref="SumGroups"/>.</summary>
    public static void Run<S, V>(CpuDevice<S, V> device, in SumGroups operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var rows = new GroupKernels
        {
            Source = operation.Values.Pointer(),
            Destination = operation.Sums.Pointer(),
            Columns = operation.Sums.Columns,
            Group = operation.Group,
            Divisor = operation.Divisor,
        };
        // A column is not worth the threads: it is what the losses of draws are.
        if (rows.Columns == 1)
            Sum(&rows, 0, operation.Sums.Rows, 0);
        else
            device.Pool.Run(&Sum, &rows, operation.Sums.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Repeat(void* context, int first, int count, int worker)
    {
        ref readonly GroupKernels rows = ref *(GroupKernels*)context;
        long bytes = (long)rows.Columns * sizeof(float);
        for (int row = first; row < first + count; row++)
        {
            Buffer.MemoryCopy(
                rows.Source + ((long)(row / rows.Group) * rows.Columns), rows.Destination + ((long)row * rows.Columns),
                bytes, bytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(void* context, int first, int count, int worker)
    {
        ref readonly GroupKernels rows = ref *(GroupKernels*)context;
        for (int image = first; image < first + count; image++)
        {
            float* group = rows.Source + ((long)image * rows.Group * rows.Columns);
            float* destination = rows.Destination + ((long)image * rows.Columns);
            for (int column = 0; column < rows.Columns; column++)
            {
                double sum = 0;
                for (int row = 0; row < rows.Group; row++)
                    sum += group[((long)row * rows.Columns) + column];
                destination[column] = (float)(sum / rows.Divisor);
            }
        }
    }
}
