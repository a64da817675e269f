using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;

namespace GpuVae.Distributed;

/// <summary>How the devices of all ranks are joined.</summary>
/// <param name="Sum">From card to card; null for the way through the host.</param>
/// <param name="Devices">Their names, in the order of the ranks.</param>
/// <param name="Reason">Why they are not linked, for a person.</param>
internal readonly record struct DeviceMeeting(DeviceSum? Sum, string Devices, string Reason);

/// <summary>
/// <see cref="OrderedSum"/>, with its bits, where cards send to each other: NCCL carries the parts, and each card adds up one of them from
/// rank 0 on. A sum of NCCL's own would move no less, and its order is that of the ring or the tree that NCCL finds in a machine.
/// </summary>
internal sealed class DeviceSum : IDisposable
{
    private const int MostNames = 16;

    private readonly IDevice _device;
    private readonly NcclLink _link;
    private readonly DeviceBuffer<float> _parts;
    private readonly int _rank;
    private readonly int[] _bounds;

    private DeviceSum(IDevice device, NcclLink link, RankGroup ranks, int length)
    {
        (_device, _link, _rank) = (device, link, ranks.Rank);
        _bounds = new int[ranks.Size + 1];
        _parts = device.Allocate<float>((long)((length / ranks.Size) + 1) * ranks.Size);
    }

    /// <summary>What carries the parts, for a person.</summary>
    public string Description => $"NCCL {_link.Version}";

    /// <summary>Links the devices of all ranks, each of which has to call; or says why they are not linked.</summary>
    /// <param name="ranks">Who.</param>
    /// <param name="device">This rank's.</param>
    /// <param name="length">Numbers of the longest sum.</param>
    /// <exception cref="DeviceException">NCCL is there on all, and fails on one: the others are ended.</exception>
    public static DeviceMeeting Join(RankGroup ranks, IDevice device, int length)
    {
        NcclOffer mine = NcclLink.Offer(device);
        string[][] texts =
        [
            .. ranks.GatherTexts(string.Join('\n', device.Name, mine.Version, mine.Card, mine.Missing)).Select(text => text.Split('\n', 4)),
        ];
        NcclOffer[] offers = [.. texts.Select(lines => new NcclOffer(lines[1], lines[2], lines[3]))];
        string devices = string.Join(", ", texts.Select(lines => lines[0]).Take(MostNames)) + (ranks.Size > MostNames ? ", …" : "");
        if (Refusal(offers, ranks.MachineOf) is string reason)
            return new DeviceMeeting(null, devices, reason);
        try
        {
            byte[] id = ranks.Rank == 0 ? NcclLink.CreateId() : new byte[NcclLink.IdLength];
            ranks.Broadcast<byte>(id);
            var sum = new DeviceSum(device, NcclLink.Join(device, id, ranks.Rank, ranks.Size, length), ranks, length);
            return new DeviceMeeting(sum, devices, "");
        }
        catch (DeviceException exception)
        {
            // The others wait for this one.
            ranks.Abort(exception);
            throw;
        }
    }

    /// <summary>Why devices with these cannot be linked, or null; the same on every rank.</summary>
    internal static string? Refusal(NcclOffer[] offers, Func<int, string> machineOf)
    {
        for (int rank = 0; rank < offers.Length; rank++)
        {
            if (offers[rank].Missing.Length > 0)
                return $"{offers[rank].Missing} (rank {rank} on {machineOf(rank)})";
            if (offers[rank].Version != offers[0].Version)
                return $"rank {rank} has NCCL {offers[rank].Version}, and rank 0 {offers[0].Version}";
            int other = Enumerable.Range(0, offers.Length).First(each =>
                offers[each].Card == offers[rank].Card && machineOf(each) == machineOf(rank));
            if (other < rank)
                return $"ranks {other} and {rank} share a card, and NCCL links cards; --device cuda:rank gives each its own";
        }
        return null;
    }

    /// <summary>Puts the sum into the place of the values, on every rank.</summary>
    /// <param name="values">xᵣ.</param>
    /// <param name="weights">(1, R) wᵣ, a weight for each rank, the same on all.</param>
    public void Sum(View<float> values, View<float> weights)
    {
        int ranks = _bounds.Length - 1;
        for (int rank = 0; rank <= ranks; rank++)
            _bounds[rank] = (int)(values.Length * rank / ranks);
        int length = _bounds[_rank + 1] - _bounds[_rank];
        var parts = new View<float>(_parts, 0, ranks, length);
        View<float> sum = parts.RowRange(0, 1);
        _link.Exchange(values, _bounds, parts);
        // A product and a sum, each rounded: in one kernel they would become one operation.
        _device.Run(new ScaleRows(weights, parts));
        for (int rank = 1; rank < ranks; rank++)
            _device.Run(new Elementwise(ElementwiseFunction.Add, sum, parts.RowRange(rank, 1), sum));
        _link.GatherParts(sum, _bounds, values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _link.Dispose();
        _parts.Dispose();
    }
}
