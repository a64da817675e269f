using System.Globalization;

namespace GpuVae.Distributed;

/// <summary>The program that started this process as one of several, as far as the environment tells.</summary>
/// <param name="Variable">What told it.</param>
/// <param name="Size">How many processes it started.</param>
/// <param name="IsMpich">Whether it is MPICH's, or one that speaks as that does.</param>
public sealed record MpiLauncher(string Variable, int Size, bool IsMpich)
{
    private static readonly (string Variable, bool IsMpich)[] _variables =
    [
        ("OMPI_COMM_WORLD_SIZE", false), // Open MPI's mpirun
        ("PMI_SIZE", true),              // MPICH's mpiexec, and Intel's
        ("MPI_LOCALNRANKS", true),
    ];

    /// <summary>That of this process; null where it was started by itself.</summary>
    public static MpiLauncher? Current { get; } = Find(Environment.GetEnvironmentVariable);

    /// <summary>That of an environment.</summary>
    internal static MpiLauncher? Find(Func<string, string?> variable) => _variables
        .Select(each => int.TryParse(variable(each.Variable), NumberStyles.None, CultureInfo.InvariantCulture, out int size)
            ? new MpiLauncher(each.Variable, size, each.IsMpich)
            : null)
        .FirstOrDefault(launcher => launcher is not null);
}
