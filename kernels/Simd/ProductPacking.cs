using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Simd;

/// <content>What a worker makes of the operands for itself.</content>
internal unsafe partial struct Product
{
    /// <summary>Copies the last rows of P where they are fewer than the micro-kernel reads.</summary>
    public readonly void CopyLastRows<S, TVector>()
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int kernelRows = KernelRows<S, TVector>();
        int rest = PCount % kernelRows;
        if (rest == 0)
            return;
        float* source = P + ((nint)(PCount - rest) * PRowStride);
        new Span<float>(LastRows, kernelRows * Depth).Clear();
        for (int row = 0; row < rest; row++)
        {
            for (int k = 0; k < Depth; k++)
                LastRows[(row * Depth) + k] = source[(row * PRowStride) + (k * PStep)];
        }
    }

    // A panel in the worker's own memory. It is packed now if it was not, or by the micro-kernel's first rows, where those can
    // read V in vectors.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float* PackedPanel<S, TVector>(int worker, int group, int slot, out bool isPacked)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        PackedGroup* packed = Packed + worker;
        nint length = (nint)PanelVectors * S.Lanes * Depth;
        float* panel = Panels + (((worker * (nint)GroupPanels) + slot) * length);
        if (packed->Product != Number || packed->Group != group)
            *packed = new PackedGroup { Product = Number, Group = group };
        isPacked = true;
        if ((packed->Panels >> slot & 1) == 0)
        {
            packed->Panels |= 1ul << slot;
            isPacked = VIsTransposed || VPlaces is not null || Listed != ListedOperand.None;
            if (isPacked)
                Pack<S, TVector>((worker * WorkerLists) + slot, group + slot, panel);
        }
        return panel;
    }

    // The number of the list of a block's first rows, made now if the worker does not have it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int ListRows<S, TVector>(int worker, int block)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int rowsListed = StepLists.RowsListed<S, TVector>();
        int chunk = block / rowsListed, first = chunk * rowsListed;
        int kept = (worker * ListedChunks) + (chunk % ListedChunks);
        int list = kept * (rowsListed / StepLists.GroupRows);
        long wanted = (Number << 24) | (uint)chunk;
        if (RowsListedFor[kept] != wanted)
        {
            RowsListedFor[kept] = wanted;
            Steps.ListRows<S, TVector>(
                P + (first * PRowStride), PRowStride, PStep, Math.Min(rowsListed, PCount - first), list);
        }
        return list + ((block - first) / StepLists.GroupRows);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private readonly void Pack<S, TVector>(int list, int panel, float* target)
        where S : ISimd<TVector>
        where TVector : unmanaged
    {
        int first = panel * PanelVectors * S.Lanes;
        int columns = Math.Min(PanelVectors * S.Lanes, VCount - first);
        if (VPlaces is not null)
            Packing.Places<S, TVector>(V, VStride, VPlaces + first, columns, Depth, target);
        else if (VIsTransposed)
            Packing.Columns<S, TVector>(V + (first * VStride), VStride, columns, Depth, target);
        else
            Packing.Rows<S, TVector>(V + first, VStride, columns, Depth, target);
        if (Listed == ListedOperand.V)
            Steps.ListPanel<S, TVector>(target, Packing.Vectors<S, TVector>(columns), list);
    }
}

/// <summary>What a worker has packed, on a cache line of its own.</summary>
[StructLayout(LayoutKind.Sequential, Size = CacheLines.Bytes)]
internal struct PackedGroup
{
    /// <summary><see cref="Product.Number"/>.</summary>
    public long Product;

    /// <summary>The first panel of the group.</summary>
    public int Group;

    /// <summary>A bit for each panel of the group.</summary>
    public ulong Panels;
}
