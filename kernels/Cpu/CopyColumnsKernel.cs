namespace GpuVae.Kernels.Cpu;

/// <summary><see cref="CopyColumns"/>: an item is a row.</summary>
internal unsafe struct CopyColumnsKernel
{
    public float* Source;
    public float* Destination;
    public int SourceColumns;
    public int DestinationColumns;
    public int Columns;

    public static void Run<S, V>(CpuDevice<S, V> device, in CopyColumns operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new CopyColumnsKernel
        {
            Source = operation.Source.Pointer() + operation.SourceFirst,
            Destination = operation.Destination.Pointer() + operation.DestinationFirst,
            SourceColumns = operation.Source.Columns,
            DestinationColumns = operation.Destination.Columns,
            Columns = operation.Columns,
        };
        device.Pool.Run(&Copy, &kernel, operation.Destination.Rows);
    }

    private static void Copy(void* context, int first, int count, int worker)
    {
        ref readonly CopyColumnsKernel kernel = ref *(CopyColumnsKernel*)context;
        long bytes = (long)kernel.Columns * sizeof(float);
        for (long row = first; row < first + count; row++)
        {
            Buffer.MemoryCopy(
                kernel.Source + (row * kernel.SourceColumns), kernel.Destination + (row * kernel.DestinationColumns),
                bytes, bytes);
        }
    }
}
