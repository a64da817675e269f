using System.Globalization;
using GpuVae.Kernels.Gpu.Cuda;
using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu;

/// <summary>What a process has to link its device to others by.</summary>
/// <param name="Version">NCCL's, or empty.</param>
/// <param name="Card">The card's place in its machine, or empty.</param>
/// <param name="Missing">What it lacks, for a person; empty where it lacks nothing.</param>
public readonly record struct NcclOffer(string Version, string Card, string Missing);

/// <summary>
/// Cards of several processes that send to each other by NCCL, each process with one of its own. Nothing is added on the way: who receives
/// adds, in an order of its own choice.
/// </summary>
/// <remarks>
/// Calls return when the card has been asked, in the order of its other operations; NCCL itself works in another context of the card, into
/// which numbers are copied. Every process makes the same calls with the same lengths. What a card is not told of by another it waits for.
/// </remarks>
public sealed unsafe class NcclLink : IDisposable
{
    /// <summary>Bytes of what <see cref="CreateId"/> gives.</summary>
    public const int IdLength = NcclId.Length;

    private readonly GpuDevice _device;
    private readonly NcclLibrary _nccl;
    private readonly PrimaryContext _context;
    private readonly int _rank;
    private readonly int _size;
    private readonly nint _sent;
    private readonly nint _received;
    private nint _ranks; // ncclComm_t

    private NcclLink(GpuDevice device, NcclLibrary nccl, NcclId id, int rank, int size, int length)
    {
        (_device, _nccl, _rank, _size) = (device, nccl, rank, size);
        using GpuDevice.Visit visit = device.Enter();
        _context = new PrimaryContext((CudaAccelerator)device.Accelerator, device.CudaStream!);
        long bytes = sizeof(float) * ((long)length + size); // pieces differ by one
        _sent = _context.Allocate(bytes);
        _received = _context.Allocate(bytes);
        using PrimaryContext.Visit inside = _context.Enter();
        nint ranks = 0;
        Require(nccl.Join(&ranks, size, id, rank), "ncclCommInitRank");
        _ranks = ranks;
    }

    /// <summary>NCCL's version.</summary>
    public string Version => _nccl.Version;

    /// <summary>What there is to link a device by.</summary>
    public static NcclOffer Offer(IDevice device)
    {
        if (device is not GpuDevice { Accelerator: CudaAccelerator cuda })
            return new("", "", "the device is no NVIDIA GPU");
        try
        {
            string card = string.Create(
                CultureInfo.InvariantCulture, $"{cuda.PCIDomainId:x4}:{cuda.PCIBusId:x2}:{cuda.PCIDeviceId:x2}");
            return new(NcclLibrary.Load().Version, card, "");
        }
        catch (DeviceException exception)
        {
            return new("", "", exception.Message);
        }
    }

    /// <summary>What the processes need to find each other: one makes it, and gives it to the others.</summary>
    /// <exception cref="DeviceException">NCCL fails.</exception>
    public static byte[] CreateId()
    {
        var nccl = NcclLibrary.Load();
        NcclId id;
        nccl.Require(nccl.UniqueId(&id), "ncclGetUniqueId", rank: null);
        return new Span<byte>(id.Bytes, NcclId.Length).ToArray();
    }

    /// <summary>Waits for the others.</summary>
    /// <param name="device">A card of NVIDIA's that no other of the processes has.</param>
    /// <param name="id">What <see cref="CreateId"/> gave to one of them.</param>
    /// <param name="rank">This one, from 0.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="length">The most numbers that are sent at once.</param>
    /// <exception cref="DeviceException">NCCL fails.</exception>
    public static NcclLink Join(IDevice device, ReadOnlySpan<byte> id, int rank, int size, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(id.Length, NcclId.Length);
        NcclId common;
        id.CopyTo(new Span<byte>(common.Bytes, NcclId.Length));
        return new NcclLink((GpuDevice)device, NcclLibrary.Load(), common, rank, size, length);
    }

    /// <summary>Gives rank r part r of what each rank holds, in the order of the ranks.</summary>
    /// <param name="values">Cut by <paramref name="bounds"/>.</param>
    /// <param name="bounds">Where each part begins, and where the last ends: one more than there are ranks.</param>
    /// <param name="parts">This rank's part of every rank's values, one after the other.</param>
    /// <exception cref="DeviceException">NCCL fails.</exception>
    public void Exchange(View<float> values, ReadOnlySpan<int> bounds, View<float> parts)
    {
        long mine = bounds[_rank + 1] - bounds[_rank];
        using GpuDevice.Visit visit = _device.Enter();
        using PrimaryContext.Visit inside = _context.Enter();
        _context.Take(Address(values), Bytes(values.Length), _sent);
        Begin();
        for (int rank = 0; rank < _size; rank++)
        {
            Send(_sent + Bytes(bounds[rank]), bounds[rank + 1] - bounds[rank], rank);
            Receive(_received + Bytes(mine * rank), mine, rank);
        }
        Require(_nccl.GroupEnd(), "ncclGroupEnd");
        _context.Give(_received, Bytes(mine * _size), Address(parts));
    }

    /// <summary>Puts the parts of all ranks together again, on every rank.</summary>
    /// <param name="part">This rank's.</param>
    /// <param name="bounds">As for <see cref="Exchange"/>.</param>
    /// <param name="values">All parts, in the order of the ranks.</param>
    /// <exception cref="DeviceException">NCCL fails.</exception>
    public void GatherParts(View<float> part, ReadOnlySpan<int> bounds, View<float> values)
    {
        using GpuDevice.Visit visit = _device.Enter();
        using PrimaryContext.Visit inside = _context.Enter();
        _context.Take(Address(part), Bytes(part.Length), _sent);
        Begin();
        for (int rank = 0; rank < _size; rank++)
        {
            Send(_sent, part.Length, rank);
            Receive(_received + Bytes(bounds[rank]), bounds[rank + 1] - bounds[rank], rank);
        }
        Require(_nccl.GroupEnd(), "ncclGroupEnd");
        _context.Give(_received, Bytes(values.Length), Address(values));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ranks == 0)
            return;
        using GpuDevice.Visit visit = _device.Enter();
        using (PrimaryContext.Visit inside = _context.Enter())
            _ = _nccl.Leave(_ranks);
        _ranks = 0;
        _context.Dispose();
    }

    private static nint Bytes(long length) => (nint)(sizeof(float) * length);

    private nint Address(View<float> view) => (nint)TensorOperand.Address(_device.AsLargeArray(view));

    private void Begin()
    {
        int earlier = 0;
        Require(_nccl.EarlierError(_ranks, &earlier), "ncclCommGetAsyncError");
        Require(earlier, "what NCCL was asked before");
        Require(_nccl.GroupStart(), "ncclGroupStart");
    }

    private void Send(nint source, long length, int to)
    {
        if (length > 0)
            Require(_nccl.Send(source, (nuint)length, NcclLibrary.Float32, to, _ranks, _context.Stream), "ncclSend");
    }

    private void Receive(nint target, long length, int from)
    {
        if (length > 0)
            Require(_nccl.Receive(target, (nuint)length, NcclLibrary.Float32, from, _ranks, _context.Stream), "ncclRecv");
    }

    private void Require(int code, string function) => _nccl.Require(code, function, _rank);
}
