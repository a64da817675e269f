using System.Diagnostics;
using System.Globalization;
using GpuVae.Runs;
using GpuVae.Tests.CommandLine;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Distributed;

/// <summary>Training by processes that mpirun starts, of Open MPI and of MPICH, as far as they are installed.</summary>
[Trait(LongTests.Trait, LongTests.AtLength)]
public sealed class MpiTests : IDisposable
{
    private static readonly string[] _small =
    [
        "train", "--distributed", "mpi", "--data", ".", "--hidden", "16", "--latent", "2", "--batch", "32", "--pictures", "none",
        "--likelihood", "bernoulli", "--out", "run",
    ];

    // Open MPI neither runs as root nor with more ranks than cores unless it is told that this is meant.
    private static readonly Dictionary<string, string> _environment = new()
    {
        ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
        ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
        // Ranks that wait leave the processors to the other tests.
        ["OMPI_MCA_mpi_yield_when_idle"] = "1",
        // Of a terminal that is told things before it is written to.
        ["TERM"] = "xterm",
    };

    private readonly TemporaryFolder _folder = new();

    public MpiTests() => IdxFiles.WriteSet(_folder, 500, 6, 5);

    public static TheoryData<string> Launchers => ["mpirun.openmpi", "mpirun.mpich"];

    [Theory]
    [MemberData(nameof(Launchers))]
    public void Ranks_give_the_loss_of_one_process_and_the_same_bits_again(string launcher)
    {
        Outcome outcome = Wait(Start(launcher, 3, _small, "--epochs", "2"));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Single(outcome.Output.Split('\n'), line => line.Contains("3 ranks (", StringComparison.Ordinal));
        Assert.Contains("3 ranks (", File.ReadAllText(_folder.File("run/environment.json")), StringComparison.Ordinal);
        byte[] once = File.ReadAllBytes(_folder.File("run/checkpoint.safetensors"));
        double loss = Loss("run");
        Directory.Delete(_folder.File("run"), recursive: true);
        Wait(Start(launcher, 3, _small, "--epochs", "2"));
        Assert.Equal(once, File.ReadAllBytes(_folder.File("run/checkpoint.safetensors")));

        using var alone = Runner.Start(
            _folder.FullPath, [.. _small.Where(word => word is not ("--distributed" or "mpi" or "run")), "alone", "--epochs", "2"]);
        Assert.Equal(0, alone.Wait().ExitCode);
        Assert.Equal(1, loss / Loss("alone"), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Launchers))]
    public void A_rank_that_is_killed_ends_all_and_the_run_goes_on(string launcher)
    {
        using (Runner run = Start(launcher, 2, _small, "--epochs", "150", "--evaluate-every", "100", "--checkpoint-every", "20"))
        {
            run.WaitFor(() => File.Exists(_folder.File("run/checkpoint.safetensors")));
            var clock = Stopwatch.StartNew();
            Process.GetProcessById(RankProcess(1)).Kill();
            Outcome outcome = run.Wait();
            Assert.NotEqual(0, outcome.ExitCode);
            Assert.InRange(clock.Elapsed.TotalSeconds, 0, 10);
            // Open MPI names the rank as well.
            Assert.Matches(
                launcher == "mpirun.openmpi" ? "rank 1 .*signal 9" : "signal 9",
                (outcome.Output + outcome.Error).ReplaceLineEndings(" "));
        }
        Outcome resumed = Wait(Start(launcher, 2, ["train", "--distributed", "mpi", "--resume", "run"]));
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Error));
        Assert.Equal(150, MetricsFile.Read(_folder.File("run/metrics.jsonl"))[^1].Epoch);
    }

    [Fact]
    public void A_signal_to_one_rank_saves_the_run_of_all()
    {
        using Runner run = Start("mpirun.openmpi", 2, _small, "--epochs", "100000");
        run.WaitFor(() => File.Exists(_folder.File("run/metrics.jsonl")));
        using (var kill = Process.Start("sh", ["-c", $"kill -TERM {RankProcess(1)}"]))
            kill.WaitForExit();
        Outcome outcome = run.Wait();
        Assert.Equal(130, outcome.ExitCode);
        Assert.Contains("to go on: mpirun -n 2 gpuvae train --distributed mpi --resume run\n", outcome.Output + outcome.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("run/checkpoint.safetensors")));
    }

    [Fact]
    public void Mistakes_are_told_once()
    {
        string[] lines = Wait(Start("mpirun.openmpi", 3, ["train", "--out", "run"])).Error.Split('\n');
        Assert.Contains("--distributed mpi", Assert.Single(lines, IsOurs), StringComparison.Ordinal);
        lines = Wait(Start("mpirun.openmpi", 3, _small, "--epochs", "0")).Error.Split('\n');
        Assert.Contains("--epochs 0", Assert.Single(lines, IsOurs), StringComparison.Ordinal);
        lines = Wait(Start("mpirun.openmpi", 3, ["train", "--distributed", "nccl"])).Error.Split('\n');
        Assert.Contains("there is mpi", Assert.Single(lines, IsOurs), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("run")));
        // What only shows when all have built their models.
        lines = Wait(Start("mpirun.openmpi", 9, _small)).Error.Split('\n');
        Assert.Contains("--batch 32: 9 ranks", Assert.Single(lines, IsOurs), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsOurs(string line) => line.StartsWith("gpuvae: ", StringComparison.Ordinal);

    private Runner Start(string launcher, int size, string[] arguments, params string[] more)
    {
        LongTests.Require();
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, launcher)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"there is no {launcher}: Debian has it in {(launcher.EndsWith("mpich", StringComparison.Ordinal) ? "mpich" : "openmpi-bin")}");
        string[] start = [path, .. launcher == "mpirun.openmpi" ? (string[])["--oversubscribe"] : [], "-n", size.ToString(CultureInfo.InvariantCulture)];
        return Runner.StartBy(start, _folder.FullPath, _environment, [.. arguments, .. more]);
    }

    private static Outcome Wait(Runner runner)
    {
        using (runner)
            return runner.Wait();
    }

    private double Loss(string run) => MetricsFile.Read(_folder.File($"{run}/metrics.jsonl"))[^1].TestLoss;

    /// <summary>The process of a rank of the run in this folder.</summary>
    private int RankProcess(int rank) => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int id) ? id : 0)
        .Single(id => id > 0 && IsRank(id, rank));

    private bool IsRank(int id, int rank)
    {
        try
        {
            string[] variables = File.ReadAllText($"/proc/{id}/environ").Split('\0');
            return new FileInfo($"/proc/{id}/cwd").LinkTarget == _folder.FullPath
                && (variables.Contains($"OMPI_COMM_WORLD_RANK={rank}") || variables.Contains($"PMI_RANK={rank}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
