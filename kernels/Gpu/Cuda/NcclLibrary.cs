using System.Globalization;
using System.Runtime.InteropServices;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>What ranks have in common before they are linked: <c>ncclUniqueId</c>.</summary>
internal unsafe struct NcclId
{
    /// <summary>NCCL_UNIQUE_ID_BYTES.</summary>
    public const int Length = 128;

    /// <summary>The library's alone.</summary>
    public fixed byte Bytes[Length];
}

/// <summary>
/// NVIDIA's NCCL, found at run time: of its functions those that send from card to card. None that adds is among them, since the order in
/// which it adds depends on how the cards are joined.
/// </summary>
internal sealed unsafe class NcclLibrary
{
    /// <summary>The variable of the environment that names the library where the loader does not know it, or another file to do without.</summary>
    public const string Variable = "GPUVAE_NCCL";

    /// <summary>ncclFloat32.</summary>
    public const int Float32 = 7;

    private const string UsualName = "libnccl.so.2";

    private readonly string _name;
    private readonly nint _handle;

    private NcclLibrary(string name, nint handle)
    {
        (_name, _handle) = (name, handle);
        ErrorString = (delegate* unmanaged<int, byte*>)Find("ncclGetErrorString");
        UniqueId = (delegate* unmanaged<NcclId*, int>)Find("ncclGetUniqueId");
        Join = (delegate* unmanaged<nint*, int, NcclId, int, int>)Find("ncclCommInitRank");
        Leave = (delegate* unmanaged<nint, int>)Find("ncclCommDestroy");
        EarlierError = (delegate* unmanaged<nint, int*, int>)Find("ncclCommGetAsyncError");
        Send = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Find("ncclSend");
        Receive = (delegate* unmanaged<nint, nuint, int, int, nint, nint, int>)Find("ncclRecv");
        GroupStart = (delegate* unmanaged<int>)Find("ncclGroupStart");
        GroupEnd = (delegate* unmanaged<int>)Find("ncclGroupEnd");
        int number = 0;
        Require(((delegate* unmanaged<int*, int>)Find("ncclGetVersion"))(&number), "ncclGetVersion", rank: null);
        Version = VersionText(number);
    }

    /// <summary>Such as 2.21.5: ranks need the same.</summary>
    public string Version { get; }

    /// <summary>ncclGetErrorString(code).</summary>
    public delegate* unmanaged<int, byte*> ErrorString { get; }

    /// <summary>ncclGetUniqueId(id).</summary>
    public delegate* unmanaged<NcclId*, int> UniqueId { get; }

    /// <summary>ncclCommInitRank(communicator, ranks, id, rank).</summary>
    public delegate* unmanaged<nint*, int, NcclId, int, int> Join { get; }

    /// <summary>ncclCommDestroy(communicator).</summary>
    public delegate* unmanaged<nint, int> Leave { get; }

    /// <summary>ncclCommGetAsyncError(communicator, error).</summary>
    public delegate* unmanaged<nint, int*, int> EarlierError { get; }

    /// <summary>ncclSend(source, count, type, to, communicator, stream).</summary>
    public delegate* unmanaged<nint, nuint, int, int, nint, nint, int> Send { get; }

    /// <summary>ncclRecv(target, count, type, from, communicator, stream).</summary>
    public delegate* unmanaged<nint, nuint, int, int, nint, nint, int> Receive { get; }

    /// <summary>ncclGroupStart(): what follows happens at once.</summary>
    public delegate* unmanaged<int> GroupStart { get; }

    /// <summary>ncclGroupEnd().</summary>
    public delegate* unmanaged<int> GroupEnd { get; }

    /// <summary>Loads it.</summary>
    /// <exception cref="DeviceException">It is not there, or is something else.</exception>
    public static NcclLibrary Load()
    {
        string? asked = Environment.GetEnvironmentVariable(Variable);
        string name = string.IsNullOrEmpty(asked) ? UsualName : asked;
        return NativeLibrary.TryLoad(name, out nint handle)
            ? new NcclLibrary(name, handle)
            : throw new DeviceException($"{name} cannot be loaded");
    }

    /// <summary>From the library's number.</summary>
    internal static string VersionText(int number)
    {
        // Two digits for the second place since 2.9, and one before.
        int second = number < 10000 ? 10 : 100;
        return string.Create(CultureInfo.InvariantCulture, $"{number / 100 / second}.{number / 100 % second}.{number % 100}");
    }

    /// <summary>Fails with the function's name, and the rank's where there is one.</summary>
    public void Require(int code, string function, int? rank)
    {
        if (code == 0)
            return;
        string said = Marshal.PtrToStringUTF8((nint)ErrorString(code)) ?? "";
        throw new DeviceException(string.Create(
            CultureInfo.InvariantCulture, $"{function} failed{(rank is int number ? $" on rank {number}" : "")}: {said} (NCCL's error {code})"));
    }

    private nint Find(string function) => NativeLibrary.TryGetExport(_handle, function, out nint address)
        ? address
        : throw new DeviceException($"{_name} has no {function}; NCCL has it since version 2.7");
}
