using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// Groups of K neighbouring rows, such as the draws of an image. <see cref="RepeatRows"/>: repeated[b·K + s, :] = rows[b, :]; an
/// item is a row of the result. <see cref="SumGroups"/>: sums[b, :] = 1/divisor · Σ_s values[b·K + s, :], each column in double
/// precision and in the order of s, whatever else is summed beside it; an item is a group.
/// </summary>
internal unsafe struct GroupKernels
{
    // With fewer numbers, to wake the other workers takes longer than to sum.
    private const int FewestShared = 4096;

    // Columns that are summed side by side, so that rows are read in order.
    private const int BlockColumns = 64;

    public float* Source;
    public float* Destination;
    public int Columns;

    /// <summary>K.</summary>
    public int Group;

    public int Divisor;

    public static void Run<S, V>(CpuDevice<S, V> device, in RepeatRows operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new GroupKernels
        {
            Source = operation.Rows.Pointer(),
            Destination = operation.Repeated.Pointer(),
            Columns = operation.Rows.Columns,
            Group = operation.Draws,
        };
        device.Pool.Run(&Repeat, &kernel, operation.Repeated.Rows);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in SumGroups operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new GroupKernels
        {
            Source = operation.Values.Pointer(),
            Destination = operation.Sums.Pointer(),
            Columns = operation.Values.Columns,
            Group = operation.Group,
            Divisor = operation.Divisor,
        };
        if (operation.Values.Length < FewestShared)
            Sum(&kernel, 0, operation.Sums.Rows, 0);
        else
            device.Pool.Run(&Sum, &kernel, operation.Sums.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Repeat(void* context, int first, int count, int worker)
    {
        ref readonly GroupKernels kernel = ref *(GroupKernels*)context;
        long bytes = (long)kernel.Columns * sizeof(float);
        for (int row = first; row < first + count; row++)
        {
            Buffer.MemoryCopy(
                kernel.Source + ((long)(row / kernel.Group) * kernel.Columns),
                kernel.Destination + ((long)row * kernel.Columns), bytes, bytes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(void* context, int first, int count, int worker)
    {
        ref readonly GroupKernels kernel = ref *(GroupKernels*)context;
        double* sums = stackalloc double[BlockColumns];
        for (int group = first; group < first + count; group++)
        {
            for (int begin = 0; begin < kernel.Columns; begin += BlockColumns)
            {
                int columns = Math.Min(BlockColumns, kernel.Columns - begin);
                float* source = kernel.Source + ((long)group * kernel.Group * kernel.Columns) + begin;
                new Span<double>(sums, columns).Clear();
                for (int row = 0; row < kernel.Group; row++, source += kernel.Columns)
                {
                    for (int column = 0; column < columns; column++)
                        sums[column] += source[column];
                }
                float* destination = kernel.Destination + ((long)group * kernel.Columns) + begin;
                for (int column = 0; column < columns; column++)
                    destination[column] = (float)(sums[column] / kernel.Divisor);
            }
        }
    }
}
