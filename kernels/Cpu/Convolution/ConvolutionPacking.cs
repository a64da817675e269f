using System.Runtime.CompilerServices;
using GpuVae.Kernels.Cpu.Gemm;

namespace GpuVae.Kernels.Cpu.Convolution;

/// <summary>
/// The weights w (C′, k·k·C) of an operation, packed into panels (depth, 2 vectors of output channels), the last of one vector
/// where that is enough. Going forward output channels are C′ and w is transposed; going back they are C, and the taps come in
/// the order of the table. An item is a piece of a panel.
/// </summary>
internal unsafe struct ConvolutionPacking
{
    // Rows of a piece: a multiple of every vector's length, since blocks of lanes by lanes are transposed at once.
    private const int PieceRows = 64;

    private static readonly ScratchUse _taps = new();

    /// <summary>
    /// What an operation takes most memory for: packed weights, or the sums of a weight's gradient, which no operation has both of.
    /// </summary>
    public static readonly ScratchUse Largest = new();

    private float* _weight;
    private int _weightColumns;
    private int _kernel;
    private int* _tapOrder;

    /// <summary>Packed weights.</summary>
    public float* Panels;

    /// <summary>Numbers from a panel to the next.</summary>
    public nint PanelLength;

    public int PanelCount;

    /// <summary>Output channels.</summary>
    public int Columns;

    /// <summary>Input channels.</summary>
    public int Inputs;

    /// <summary>
    /// Whether there are so few output channels that the only panel has two rows in a vector, in turn, as
    /// <see cref="PairSegmentLoop"/> takes them.
    /// </summary>
    public bool IsPaired;

    private bool _isTransposed;

    private readonly int Depth => _kernel * _kernel * Inputs;

    private readonly int Pieces => MatrixProduct.DivideUp(Depth, PieceRows);

    /// <summary>Packs the weights of an operation.</summary>
    public static ConvolutionPacking Run<S, V>(
        CpuDevice<S, V> device, View<float> weight, in ConvolutionGeometry geometry, ConvolutionTable table, bool isTransposed)
        where S : ISimd<V>
        where V : unmanaged
    {
        var packing = new ConvolutionPacking
        {
            _weight = weight.Pointer(),
            _weightColumns = weight.Columns,
            _kernel = geometry.Kernel,
            Columns = isTransposed ? geometry.Large.Channels : geometry.Small.Channels,
            Inputs = isTransposed ? geometry.Small.Channels : geometry.Large.Channels,
        };
        packing.IsPaired = 2 * packing.Columns <= S.Lanes && packing.Inputs % 2 == 0;
        packing._isTransposed = isTransposed;
        packing.PanelCount = MatrixProduct.DivideUp(packing.Columns, 2 * S.Lanes);
        packing.PanelLength = (nint)(packing.Pieces * PieceRows) * 2 * S.Lanes;
        packing.Panels = device.Scratch.Take<float>(Largest, packing.PanelLength * packing.PanelCount);
        packing._tapOrder = device.Scratch.Take<int>(_taps, table.Taps.Count);
        for (int tap = 0; tap < table.Taps.Count; tap++)
            packing._tapOrder[tap] = (table.Taps[tap].U * geometry.Kernel) + table.Taps[tap].V;
        device.Pool.Run(
            packing.IsPaired ? &PackPairs<S, V> : isTransposed ? &PackTransposed<S, V> : &PackForward<S, V>, &packing, packing.PanelCount * packing.Pieces);
        return packing;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackForward<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionPacking packing = *(ConvolutionPacking*)context;
        nint rows = packing._weightColumns;
        for (int item = first; item < first + count; item++)
        {
            (int panel, int piece) = (item / packing.Pieces, item % packing.Pieces);
            int channel = panel * 2 * S.Lanes, width = packing.Width<S, V>(channel);
            int begin = piece * PieceRows, end = Math.Min(begin + PieceRows, packing.Depth);
            float* target = packing.Panels + (panel * packing.PanelLength);
            for (int lane = 0; lane < width; lane += S.Lanes)
            {
                float* source = packing._weight + ((channel + lane) * rows);
                if (channel + lane + S.Lanes <= packing.Columns)
                {
                    for (int row = begin; row < end; row += S.Lanes)
                        BlockTranspose.Transpose<S, V>(source + row, rows, target + ((nint)row * width) + lane, width);
                    continue;
                }
                for (int row = begin; row < end; row++)
                {
                    float* vector = target + ((nint)row * width) + lane;
                    S.Store(S.Zero, vector);
                    for (int i = 0; i < packing.Columns - channel - lane; i++)
                        vector[i] = source[(i * rows) + row];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackTransposed<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionPacking packing = *(ConvolutionPacking*)context;
        for (int item = first; item < first + count; item++)
        {
            (int panel, int piece) = (item / packing.Pieces, item % packing.Pieces);
            int channel = panel * 2 * S.Lanes, width = packing.Width<S, V>(channel);
            int begin = piece * PieceRows, end = Math.Min(begin + PieceRows, packing.Depth);
            float* target = packing.Panels + (panel * packing.PanelLength);
            for (int row = begin; row < end; row++)
            {
                int tap = row / packing.Inputs, input = row % packing.Inputs;
                // Lanes behind the last channel hold other weights: no sum that is stored sees them.
                float* source = packing._weight + ((nint)input * packing._weightColumns)
                    + (packing._tapOrder[tap] * packing.Columns) + channel;
                for (int lane = 0; lane < width; lane += S.Lanes)
                    S.Store(S.Load(source + lane), target + ((nint)row * width) + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPairs<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ConvolutionPacking packing = *(ConvolutionPacking*)context;
        int end = Math.Min((first + count) * PieceRows, packing.Depth);
        for (int row = first * PieceRows; row < end; row++)
        {
            int tap = packing._tapOrder[row / packing.Inputs], input = row % packing.Inputs;
            float* source = packing._weight + (packing._isTransposed
                ? ((nint)input * packing._weightColumns) + (tap * packing.Columns)
                : (tap * packing.Inputs) + input);
            nint step = packing._isTransposed ? 1 : packing._weightColumns;
            float* target = packing.Panels + ((nint)(row / 2) * S.Lanes) + (row % 2);
            for (int column = 0; column < S.Lanes / 2; column++)
                target[2 * column] = column < packing.Columns ? source[column * step] : 0f;
        }
    }

    private readonly int Width<S, V>(int channel)
        where S : ISimd<V>
        where V : unmanaged => Packing.Vectors<S, V>(Math.Min(2 * S.Lanes, Columns - channel)) * S.Lanes;
}
