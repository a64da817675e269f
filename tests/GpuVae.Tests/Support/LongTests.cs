using Xunit;

namespace GpuVae.Tests.Support;

/// <summary>
/// Tests that kill programs, fill disks, go through every verb one after the other or compile every kernel: <c>.ci/run</c> has a part of its own for
/// them, so that the others take a few minutes.
/// </summary>
internal static class LongTests
{
    /// <summary>The trait by which they are chosen, with the value <see cref="AtLength"/>.</summary>
    public const string Trait = "Runs";

    /// <summary>See <see cref="Trait"/>.</summary>
    public const string AtLength = "at length";

    private const string Variable = "GPUVAE_LONG_TESTS";

    /// <summary>Whether they are to run.</summary>
    public static bool AreAskedFor => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Skips the test unless it is asked for.</summary>
    public static void Require() => Assert.SkipUnless(
        AreAskedFor, $"takes long: {Variable}=1 runs it, as .ci/run does");
}
