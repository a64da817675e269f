using System.Runtime.InteropServices;

namespace GpuVae.Distributed;

/// <summary>
/// The machine's library of MPI, found at run time. Libraries agree on the functions and, before MPI 5.0 gave them one binary interface,
/// not on what a communicator or a type is: a pointer in Open MPI, a number in MPICH and what is made from it (Intel MPI, MVAPICH, Cray
/// MPICH). A number travels in a register as a pointer does, so that one declaration serves all of them.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The variable of the environment that names the library where none of the usual names is the right one.</summary>
    public const string Variable = "GPUVAE_MPI";

    // MPICH's mpi.h, and the tables of MPI 5.0, section 20.4 and appendix A.
    private static readonly (nint World, nint Byte) _mpich = (0x44000000, 0x4c00010d), _standard = (0x101, 0x247);

    private readonly nint _handle;

    private MpiLibrary(nint handle, string name)
    {
        _handle = handle;
        Name = name;
        if (NativeLibrary.TryGetExport(handle, "ompi_mpi_comm_world", out nint world))
            (World, Byte) = (world, NativeLibrary.GetExport(handle, "ompi_mpi_byte"));
        else if (NativeLibrary.TryGetExport(handle, "MPI_Abi_get_version", out _) && name.Contains("mpi_abi", StringComparison.Ordinal))
            (World, Byte) = _standard;
        else
            (World, Byte) = _mpich;
        InitThread = (delegate* unmanaged<int*, byte***, int, int*, int>)Find("MPI_Init_thread");
        Finalize = (delegate* unmanaged<int>)Find("MPI_Finalize");
        CommRank = (delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_rank");
        CommSize = (delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_size");
        ProcessorName = (delegate* unmanaged<byte*, int*, int>)Find("MPI_Get_processor_name");
        LibraryVersion = (delegate* unmanaged<byte*, int*, int>)Find("MPI_Get_library_version");
        Broadcast = (delegate* unmanaged<void*, int, nint, int, nint, int>)Find("MPI_Bcast");
        AllGather = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Find("MPI_Allgather");
        AllGatherParts = (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int>)Find("MPI_Iallgatherv");
        AllToAllParts =
            (delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int>)Find("MPI_Ialltoallv");
        Test = (delegate* unmanaged<nint*, int*, void*, int>)Find("MPI_Test");
        Abort = (delegate* unmanaged<nint, int, int>)Find("MPI_Abort");
    }

    /// <summary>The name that it was found by.</summary>
    public string Name { get; }

    /// <summary>MPI_COMM_WORLD.</summary>
    public nint World { get; }

    /// <summary>MPI_BYTE.</summary>
    public nint Byte { get; }

    /// <summary>MPI_Init_thread(argc, argv, required, provided).</summary>
    public delegate* unmanaged<int*, byte***, int, int*, int> InitThread { get; }

    /// <summary>MPI_Finalize().</summary>
    public delegate* unmanaged<int> Finalize { get; }

    /// <summary>MPI_Comm_rank(communicator, rank).</summary>
    public delegate* unmanaged<nint, int*, int> CommRank { get; }

    /// <summary>MPI_Comm_size(communicator, size).</summary>
    public delegate* unmanaged<nint, int*, int> CommSize { get; }

    /// <summary>MPI_Get_processor_name(name, length).</summary>
    public delegate* unmanaged<byte*, int*, int> ProcessorName { get; }

    /// <summary>MPI_Get_library_version(text, length).</summary>
    public delegate* unmanaged<byte*, int*, int> LibraryVersion { get; }

    /// <summary>MPI_Bcast(buffer, count, type, root, communicator).</summary>
    public delegate* unmanaged<void*, int, nint, int, nint, int> Broadcast { get; }

    /// <summary>MPI_Allgather(sent, count, type, received, count, type, communicator).</summary>
    public delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int> AllGather { get; }

    /// <summary>MPI_Iallgatherv(sent, count, type, received, counts, places, type, communicator, request).</summary>
    public delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int> AllGatherParts { get; }

    /// <summary>MPI_Ialltoallv(sent, counts, places, type, received, counts, places, type, communicator, request).</summary>
    public delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int> AllToAllParts { get; }

    /// <summary>MPI_Test(request, flag, status): whether it is done.</summary>
    public delegate* unmanaged<nint*, int*, void*, int> Test { get; }

    /// <summary>MPI_Abort(communicator, exit code).</summary>
    public delegate* unmanaged<nint, int, int> Abort { get; }

    /// <summary>Loads the library that goes with the program that started this process.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static MpiLibrary Load()
    {
        string? asked = Environment.GetEnvironmentVariable(Variable);
        string[] names = string.IsNullOrEmpty(asked) ? Names(MpiLauncher.Current) : [asked];
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
                return new MpiLibrary(handle, name);
        }
        throw new UserException(
            $"--distributed mpi: none of {string.Join(", ", names)} can be loaded; install Open MPI or MPICH (Debian: openmpi-bin), or name the "
            + $"library in {Variable}");
    }

    // The launcher's own first: with another library each process would be alone. The plain names without a version come with compilers.
    private static string[] Names(MpiLauncher? launcher)
    {
        string[] openMpi = ["libmpi.so.40", "libmpi.so.80"], mpich = ["libmpich.so.12", "libmpi.so.12", "libmpi_cray.so.12"];
        string[] others = ["libmpi_abi.so.0", "libmpi_abi.so", "libmpi.so", "libmpi.dylib"];
        return launcher?.IsMpich == true ? [.. mpich, .. others, .. openMpi] : [.. openMpi, .. mpich, .. others];
    }

    private nint Find(string function) => NativeLibrary.TryGetExport(_handle, function, out nint address)
        ? address
        : throw new UserException($"{Name}: has no {function}, and is no library of MPI; name one in {Variable}");
}
