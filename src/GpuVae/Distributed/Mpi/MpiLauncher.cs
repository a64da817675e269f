using System.Globalization;

namespace GpuVae.Distributed;

/// <summary>The program that started this process as one of several, as far as the environment tells.</summary>
/// <param name="Variable">What told it.</param>
/// <param name="Size">How many processes it started.</param>
/// <param name="Rank">Which of them this one is.</param>
/// <param name="IsMpich">Whether it is MPICH's, or one that speaks as that does.</param>
public sealed record MpiLauncher(string Variable, int Size, int Rank, bool IsMpich)
{
    private static readonly (string Size, string Rank, bool IsMpich)[] _variables =
    [
        ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", false), // Open MPI's mpirun
        ("PMI_SIZE", "PMI_RANK", true),                          // MPICH's mpiexec, and Intel's
    ];

    /// <summary>That of this process; null where it was started by itself.</summary>
    public static MpiLauncher? Current { get; } = Find(Environment.GetEnvironmentVariable);

    /// <summary>That of an environment.</summary>
    internal static MpiLauncher? Find(Func<string, string?> variable) => _variables
        .Select(each => Number(variable(each.Size)) is int size && Number(variable(each.Rank)) is int rank
            ? new MpiLauncher(each.Size, size, rank, each.IsMpich)
            : null)
        .FirstOrDefault(launcher => launcher is not null);

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
