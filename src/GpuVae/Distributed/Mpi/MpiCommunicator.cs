using System.Text;

namespace GpuVae.Distributed;

/// <summary>
/// The processes that <c>mpirun</c> started, MPI_COMM_WORLD. The library's own handling of errors stays: one that it finds, such as a
/// connection that is lost, ends every process with its message.
/// </summary>
public sealed unsafe class MpiCommunicator : ICommunicator
{
    private const int Serialized = 2; // MPI_THREAD_SERIALIZED: one thread calls at a time
    private const int LongestText = 1 << 13;
    private const int StatusLength = 256; // more than any library's MPI_Status

    private readonly MpiLibrary _mpi;
    private readonly int[] _counts;
    private readonly int[] _places;
    private readonly int[] _partCounts;
    private readonly int[] _partPlaces;
    private bool _isDisposed;

    private MpiCommunicator(MpiLibrary mpi)
    {
        _mpi = mpi;
        int provided = 0;
        Require(mpi.InitThread(null, null, Serialized, &provided), "MPI_Init_thread");
        if (provided < Serialized)
            throw new UserException($"{mpi.Name} was built without threads, and is no use here; name another library in {MpiLibrary.Variable}");
        int rank = 0, size = 0;
        Require(mpi.CommRank(mpi.World, &rank), "MPI_Comm_rank");
        Require(mpi.CommSize(mpi.World, &size), "MPI_Comm_size");
        (Rank, Size) = (rank, size);
        Machine = Text(mpi.ProcessorName);
        // The first line: Open MPI writes one, MPICH a page.
        Description = Text(mpi.LibraryVersion).Split('\n')[0].Split(',')[0].Replace('\t', ' ').Trim();
        // A call that does not block reads them until it is done.
        _counts = GC.AllocateArray<int>(size, pinned: true);
        _places = GC.AllocateArray<int>(size, pinned: true);
        _partCounts = GC.AllocateArray<int>(size, pinned: true);
        _partPlaces = GC.AllocateArray<int>(size, pinned: true);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public string Machine { get; }

    /// <summary>Joins the others. Once in a process, whose communicator is to be disposed of before its end.</summary>
    /// <exception cref="UserException">There is no library of MPI here, or not that of the program that started this process.</exception>
    public static MpiCommunicator Start()
    {
        var communicator = new MpiCommunicator(MpiLibrary.Load());
        if (MpiLauncher.Current is MpiLauncher { Size: > 1 } launcher && communicator.Size == 1)
        {
            communicator.Dispose();
            throw new UserException(
                $"{launcher.Variable} says that {launcher.Size} processes were started together, and {communicator._mpi.Name} "
                + $"({communicator.Description}) sees one: mpirun and the library are of different makers; name the right one in "
                + MpiLibrary.Variable);
        }
        return communicator;
    }

    /// <inheritdoc/>
    public void Broadcast(Span<byte> data)
    {
        fixed (byte* bytes = data)
            Require(_mpi.Broadcast(bytes, data.Length, _mpi.Byte, 0, _mpi.World), "MPI_Bcast");
    }

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<byte> mine, Span<byte> all)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(all.Length, mine.Length * Size);
        fixed (byte* source = mine, destination = all)
        {
            Require(
                _mpi.AllGather(source, mine.Length, _mpi.Byte, destination, mine.Length, _mpi.Byte, _mpi.World), "MPI_Allgather");
        }
    }

    /// <inheritdoc/>
    public void Exchange(ReadOnlySpan<float> values, ReadOnlySpan<int> bounds, Span<float> parts)
    {
        SetParts(bounds, values.Length);
        int mine = _counts[Rank];
        ArgumentOutOfRangeException.ThrowIfNotEqual(parts.Length * sizeof(float), mine * Size);
        for (int rank = 0; rank < Size; rank++)
            (_partCounts[rank], _partPlaces[rank]) = (mine, mine * rank);
        fixed (float* source = values, destination = parts)
        fixed (int* counts = _counts, places = _places, partCounts = _partCounts, partPlaces = _partPlaces)
        {
            nint request = 0;
            Require(
                _mpi.AllToAllParts(
                    source, counts, places, _mpi.Byte, destination, partCounts, partPlaces, _mpi.Byte, _mpi.World, &request),
                "MPI_Ialltoallv");
            Await(request);
        }
    }

    /// <inheritdoc/>
    public void GatherParts(ReadOnlySpan<float> part, ReadOnlySpan<int> bounds, Span<float> values)
    {
        SetParts(bounds, values.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(part.Length * sizeof(float), _counts[Rank]);
        fixed (float* source = part, destination = values)
        fixed (int* counts = _counts, places = _places)
        {
            nint request = 0;
            Require(
                _mpi.AllGatherParts(
                    source, counts[Rank], _mpi.Byte, destination, counts, places, _mpi.Byte, _mpi.World, &request),
                "MPI_Iallgatherv");
            Await(request);
        }
    }

    /// <inheritdoc/>
    public void Abort(int exitCode) => _ = _mpi.Abort(_mpi.World, exitCode);

    /// <summary>Waits for the others to do the same: a process that leaves before is taken for one that failed.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _ = _mpi.Finalize();
    }

    // A call that blocks spins on the processor that a gradient is computed on meanwhile.
    private void Await(nint request)
    {
        byte* status = stackalloc byte[StatusLength];
        int isDone = 0;
        while (isDone == 0)
        {
            Require(_mpi.Test(&request, &isDone, status), "MPI_Test");
            if (isDone == 0)
                Thread.Yield();
        }
    }

    private void SetParts(ReadOnlySpan<int> bounds, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bounds.Length, Size + 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(length, bounds[Size]);
        for (int rank = 0; rank < Size; rank++)
        {
            _places[rank] = checked(bounds[rank] * sizeof(float));
            _counts[rank] = checked((bounds[rank + 1] - bounds[rank]) * sizeof(float));
        }
    }

    private static string Text(delegate* unmanaged<byte*, int*, int> function)
    {
        byte* text = stackalloc byte[LongestText];
        int length = 0;
        return function(text, &length) == 0 ? Encoding.UTF8.GetString(text, length).TrimEnd('\0') : "";
    }

    private static void Require(int code, string function)
    {
        if (code != 0)
            throw new IOException($"{function} failed with error {code}");
    }
}
