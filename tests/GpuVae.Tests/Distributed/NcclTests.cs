using System.Diagnostics;
using System.Globalization;
using GpuVae.CommandLine;
using GpuVae.Distributed;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Tests.CommandLine;
using GpuVae.Tests.Support;
using GpuVae.Tests.Support.Cuda;
using Xunit;

namespace GpuVae.Tests.Distributed;

/// <summary>
/// Processes with a card each that mpirun starts, and whose cards send to each other by NCCL: both on stand-ins, compiled by the system's
/// compiler of C. Such a process is this program with one test, <see cref="NcclRank"/>, since it needs the stand-in for the driver.
/// </summary>
public sealed class NcclTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public NcclTests() => IdxFiles.WriteSet(_folder, 70, 6, 5);

    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [InlineData(2, "conv 2 3/2 norm batch, dense 8")]
    [InlineData(3, "dense 9")]
    public void Cards_that_send_to_each_other_give_the_bits_of_the_way_through_the_host(int ranks, string network)
    {
        string cards = string.Join(", ", Enumerable.Range(0, ranks).Select(rank => FormattableString.Invariant($"cuda:{rank}")));
        Outcome host = Train(ranks, network, nccl: "libnccl-that-is-missing.so");
        byte[] expected = Checkpoint();
        Assert.Contains($"({cards}) added in their order, sent through the host: libnccl-that-is-missing.so cannot be loaded (rank 0 on ", host.Output, StringComparison.Ordinal);
        Outcome linked = Train(ranks, network);
        Assert.Contains($"with gradients of {ranks} ranks ({cards}) added in their order, sent by NCCL 2.21.5", linked.Output, StringComparison.Ordinal);
        Assert.Equal(expected, Checkpoint());
    }

    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [InlineData("ncclSend:1", "rank 1 on .*: ncclSend failed on rank 1: unhandled system error")]
    [InlineData("ncclCommInitRank:1", "rank 1 on .*: ncclCommInitRank failed on rank 1: unhandled system error")]
    [InlineData("ncclGroupEnd:0", "rank 0 on .*: ncclGroupEnd failed on rank 0: unhandled system error")]
    public void What_fails_is_named_with_its_rank_and_ends_all(string fault, string message)
    {
        var clock = Stopwatch.StartNew();
        Outcome outcome = Train(2, "dense 9", fault: fault);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Matches(message, (outcome.Output + outcome.Error).ReplaceLineEndings(" "));
        // And not when a rank has waited long enough, which is ten minutes.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 500);
    }

    [Theory]
    [InlineData(null, "2.21.5 a", "2.21.5 b")]
    [InlineData(null, "2.21.5 a on another machine", "2.21.5 a")]
    [InlineData("rank 1 has NCCL 2.19.3, and rank 0 2.21.5", "2.21.5 a", "2.19.3 b")]
    [InlineData("ranks 1 and 2 share a card", "2.21.5 a", "2.21.5 b", "2.21.5 b")]
    [InlineData("libnccl.so.2 cannot be loaded (rank 1 on here)", "2.21.5 a", "!libnccl.so.2 cannot be loaded")]
    public void Cards_are_linked_where_each_rank_has_one_and_the_same_library(string? refusal, params string[] cards)
    {
        NcclOffer[] offers =
        [
            .. cards.Select(card => card[0] == '!' ? new NcclOffer("", "", card[1..]) : new NcclOffer(card.Split(' ')[0], card.Split(' ')[1], "")),
        ];
        string? reason = DeviceSum.Refusal(offers, rank => cards[rank].Contains("another", StringComparison.Ordinal) ? "there" : "here");
        if (refusal is null)
            Assert.Null(reason);
        else
            Assert.StartsWith(refusal, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_that_are_no_cards_say_so()
    {
        using IDevice device = Device.Open("cpu");
        Assert.Equal("the device is no NVIDIA GPU", NcclLink.Offer(device).Missing);
    }

    [Fact]
    public void A_process_that_trains_alone_has_no_card_by_its_number()
    {
        Outcome outcome = Runner.Run(_folder.FullPath, "train", "--data", ".", "--device", "cuda:rank", "--epochs", "1");
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("gpuvae: --device cuda:rank gives each process of mpirun a card, and this one trains alone;", outcome.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2708, "2.7.8")]
    [InlineData(21903, "2.19.3")]
    [InlineData(22105, "2.21.5")]
    public void Version_is_read(int number, string expected) => Assert.Equal(expected, NcclLibrary.VersionText(number));

    public void Dispose() => _folder.Dispose();

    private byte[] Checkpoint()
    {
        byte[] checkpoint = File.ReadAllBytes(_folder.File("run/checkpoint.safetensors"));
        Directory.Delete(_folder.File("run"), recursive: true);
        return checkpoint;
    }

    private Outcome Train(int ranks, string network, string? nccl = null, string fault = "")
    {
        LongTests.Require();
        string? launcher = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(folder => Path.Combine(folder, "mpirun.openmpi")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(launcher is null, "there is no mpirun.openmpi: Debian has it in openmpi-bin");
        try
        {
            StandInDriver.Compile();
        }
        catch (DeviceException exception)
        {
            Assert.Skip(exception.Message);
        }
        var start = new ProcessStartInfo(
            launcher,
            [
                "--oversubscribe", "-n", ranks.ToString(CultureInfo.InvariantCulture), Environment.ProcessPath!, "-noColor", "-noLogo", "-class",
                typeof(NcclRank).FullName!,
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in new Dictionary<string, string>
        {
            ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
            ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
            ["STANDIN_NCCL_FAULT"] = fault,
            [NcclLibrary.Variable] = nccl ?? StandInDriver.CompileNccl(),
            [NcclRank.Cards] = ranks.ToString(CultureInfo.InvariantCulture),
            [NcclRank.Line] = string.Join(
                '\n', "train", "--distributed", "mpi", "--device", "cuda:rank", "--data", _folder.FullPath, "--network", network, "--latent", "2", "--batch", "32",
                "--pictures", "none", "--likelihood", "bernoulli", "--epochs", "1", "--out", _folder.File("run")),
        })
        {
            start.Environment[name] = value;
        }
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var outcome = new Outcome(process.ExitCode, output, error.Result);
        Assert.True(fault.Length > 0 || outcome.ExitCode == 0, output + outcome.Error);
        return outcome;
    }
}

/// <summary>What a process of <see cref="NcclTests"/> does.</summary>
public sealed class NcclRank
{
    /// <summary>The variable with the words of the command line.</summary>
    internal const string Line = "GPUVAE_TEST_RANK";

    /// <summary>The variable with the number of cards that the machine has.</summary>
    internal const string Cards = "GPUVAE_TEST_CARDS";

    [Fact]
    public void Does_what_it_is_told()
    {
        string? line = Environment.GetEnvironmentVariable(Line);
        Assert.SkipWhen(line is null, "this is a part of NcclTests");
        StandInDriver.Provide();
        StandInDriver.Devices(int.Parse(Environment.GetEnvironmentVariable(Cards)!, CultureInfo.InvariantCulture));
        Assert.Equal(0, GpuVaeProgram.Run(line.Split('\n')));
    }
}
