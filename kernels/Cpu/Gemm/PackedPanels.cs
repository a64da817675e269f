using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Cpu.Gemm;

/// <content>What a worker makes of the operands for itself.</content>
internal unsafe partial struct MatrixProduct
{
    /// <summary>
    /// Copies the last rows of the broadcast operand where they are fewer than the micro-kernel reads.
    /// </summary>
    public readonly void CopyLastRows<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int kernelRows = KernelRows<S, TVector>();
        int rest = BroadcastCount % kernelRows;
        if (rest == 0)
            return;
        float* source = Broadcast + ((nint)(BroadcastCount - rest) * BroadcastRowStride);
        new Span<float>(LastRows, kernelRows * Depth).Clear();
        for (int row = 0; row < rest; row++)
        {
            for (int k = 0; k < Depth; k++)
                LastRows[(row * Depth) + k] = source[(row * BroadcastRowStride) + (k * BroadcastStep)];
        }
    }

    // A panel in the worker's own memory. It is packed now if it was not, or by the micro-kernel's first rows, where
    // those can read the packed operand in vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float* PackedPanel<S, TVector>(int worker, int group, int slot, out bool isPacked)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        PackedGroup* packed = PackedGroups + worker;
        nint length = (nint)PanelVectors * S.Lanes * Depth;
        float* panel = Panels + (((worker * (nint)GroupPanels) + slot) * length);
        if (packed->Product != Number || packed->Group != group)
            *packed = new PackedGroup { Product = Number, Group = group };
        isPacked = true;
        if ((packed->Panels >> slot & 1) == 0)
        {
            packed->Panels |= 1ul << slot;
            isPacked = PackedIsTransposed || PackedColumns is not null || Sparse != SparseOperand.None;
            if (isPacked)
                Pack<S, TVector>((worker * WorkerIndexLists) + slot, group + slot, panel);
        }
        return panel;
    }

    // The number of the list of a block's first rows, made now if the worker does not have it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int ListRows<S, TVector>(int worker, int block)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int rowsListed = NonzeroIndices.RowsAtOnce<S, TVector>();
        int chunk = block / rowsListed, first = chunk * rowsListed;
        int kept = (worker * IndexChunks) + (chunk % IndexChunks);
        int list = kept * (rowsListed / NonzeroIndices.GroupRows);
        long wanted = (Number << 24) | (uint)chunk;
        if (IndexedFor[kept] != wanted)
        {
            IndexedFor[kept] = wanted;
            Indices.ListRows<S, TVector>(
                Broadcast + (first * BroadcastRowStride), BroadcastRowStride, BroadcastStep, Math.Min(rowsListed, BroadcastCount - first), list);
        }
        return list + ((block - first) / NonzeroIndices.GroupRows);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void Pack<S, TVector>(int list, int panel, float* target)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int first = panel * PanelVectors * S.Lanes;
        int columns = Math.Min(PanelVectors * S.Lanes, PackedCount - first);
        if (PackedColumns is not null)
            Packing.IndexedColumns<S, TVector>(Packed, PackedStride, PackedColumns + first, columns, Depth, target);
        else if (PackedIsTransposed)
            Packing.Columns<S, TVector>(Packed + (first * PackedStride), PackedStride, columns, Depth, target);
        else
            Packing.Rows<S, TVector>(Packed + first, PackedStride, columns, Depth, target);
        if (Sparse == SparseOperand.Packed)
            Indices.ListPanel<S, TVector>(target, Packing.Vectors<S, TVector>(columns), list);
    }
}

/// <summary>What a worker has packed, on a cache line of its own.</summary>
[StructLayout(LayoutKind.Sequential, Size = CacheLines.Bytes)]
internal struct PackedGroup
{
    /// <summary><see cref="MatrixProduct.Number"/>.</summary>
    public long Product;

    /// <summary>The first panel of the group.</summary>
    public int Group;

    /// <summary>A bit for each panel of the group.</summary>
    public ulong Panels;
}
