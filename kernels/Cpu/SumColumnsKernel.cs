using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuVae.Kernels.Cpu.Normalization;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="SumColumns"/>: sums[j] = Σᵢ values[i, j], row by row in order. An item is a vector of columns, so that a column
/// is summed by one worker whatever their number. Of the many rows of maps, whose columns are few, an item is a chunk of rows
/// instead, as <see cref="ChannelLayout"/> cuts them, and the chunks' sums are added up in order and in double precision.
/// </summary>
internal unsafe struct SumColumnsKernel
{
    // More rows than batches of dense layers have, so that chunks are worth it.
    private const int MostRowsInOrder = 4096;

    private static readonly ScratchUse _parts = new();
    private static readonly ScratchUse _periods = new();

    public float* Values;
    public int Rows;
    public int Columns;
    public float* Sums;

    public static void Run<S, V>(CpuDevice<S, V> device, in SumColumns operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        if (operation.Values.Rows > MostRowsInOrder)
        {
            ChunkedSum.Run(device, operation);
            return;
        }
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

    /// <summary>Of many rows.</summary>
    private struct ChunkedSum
    {
        public float* Values;
        public float* Sums;
        public ChannelLayout Layout;

        /// <summary>The sums of each chunk's columns, (chunks, C).</summary>
        public float* Parts;

        /// <summary>For each worker the sums of a period.</summary>
        public float* Periods;

        public static void Run<S, V>(CpuDevice<S, V> device, in SumColumns operation)
            where S : ISimd<V>
            where V : unmanaged
        {
            var layout = ChannelLayout.Of<S, V>(operation.Values.Length, operation.Values.Columns, examples: 1);
            var kernel = new ChunkedSum
            {
                Values = operation.Values.Pointer(),
                Sums = operation.Sums.Pointer(),
                Layout = layout,
                Parts = device.Scratch.Take<float>(_parts, (long)layout.Items * layout.Channels),
                Periods = device.Scratch.Take<float>(_periods, (long)device.Pool.Size * layout.PeriodScratch<S, V>()),
            };
            device.Pool.Run(&Chunks<S, V>, &kernel, layout.Items);
            // Beside the rows there is little to merge: to wake the other workers takes longer.
            kernel.Merge();
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Chunks<S, V>(void* context, int first, int count, int worker)
            where S : ISimd<V>
            where V : unmanaged
        {
            ref readonly ChunkedSum kernel = ref *(ChunkedSum*)context;
            int channels = kernel.Layout.Channels, period = kernel.Layout.Period;
            float* sums = kernel.Periods + ((nint)worker * kernel.Layout.PeriodScratch<S, V>());
            for (int chunk = first; chunk < first + count; chunk++)
            {
                float* x = kernel.Values + kernel.Layout.Begin(0, chunk);
                // The term has neither another number nor a center.
                ChannelSums.Add<S, V, ValueTerm>(x, x, sums, kernel.Layout.LengthOf(chunk), period, sums);
                ChannelSums.Fold<S, V>(sums, channels, period, 1f, kernel.Parts + ((nint)chunk * channels));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Merge()
        {
            int channels = Layout.Channels;
            for (int channel = 0; channel < channels; channel += Doubles.Count)
            {
                float* part = Parts + channel;
                Vector256<double> sum = Vector256<double>.Zero;
                for (int chunk = 0; chunk < Layout.Chunks; chunk++, part += channels)
                    sum += Doubles.Load(part);
                Doubles.Store(sum, channels - channel, Sums + channel);
            }
        }
    }
}
