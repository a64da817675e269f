using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using GpuVae.CommandLine;
using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class InterruptionTests
{
    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    [InlineData(PosixSignal.SIGHUP, 129)]
    public void The_first_signal_ends_a_program_that_has_nothing_to_save(PosixSignal signal, int code)
    {
        List<int> exits = [];
        using var interruption = new Interruption(exits.Add);
        interruption.Receive(signal);
        Assert.Equal([code], exits);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, 143)]
    [InlineData(PosixSignal.SIGHUP, 129)]
    public void The_first_signal_lets_a_run_be_saved_and_a_second_one_ends_it_at_once(PosixSignal signal, int code)
    {
        using var interruption = new Interruption(_ => Assert.Fail("the program would end unsaved"));
        interruption.BeginSaving();
        Assert.False(interruption.Token.IsCancellationRequested);
        Assert.True(interruption.Receive(signal));
        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Equal(code, interruption.ExitCode);
        // What a closed terminal sends again changes nothing; a person who asks again is heard.
        Assert.True(interruption.Receive(PosixSignal.SIGHUP));
        Assert.False(interruption.Receive(PosixSignal.SIGINT));
        Assert.Equal(code, interruption.ExitCode);
    }

    [Fact]
    public void Afterwards_signals_do_what_they_do_to_any_program()
    {
        var interruption = new Interruption(_ => Assert.Fail("nobody listens"));
        interruption.BeginSaving();
        interruption.Dispose();
        Assert.False(interruption.Receive(PosixSignal.SIGTERM));
    }

    /// <summary>By itself, and as the second of three that mpirun started, of which the first speaks.</summary>
    [Theory]
    [InlineData("train", null, "gpuvae: interrupted before training began; nothing was written")]
    [InlineData("sweep --seed 1,2", "1", "")]
    public void A_download_ends_by_the_first_sigterm(string line, string? rank, string told)
    {
        Runner.RequireSignal(15);
        using var workplace = new Workplace();
        // A server that takes the question and never answers.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var environment = new Dictionary<string, string>
        {
            ["GPUVAE_DATA_URL"] = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}",
            ["XDG_CACHE_HOME"] = workplace.In("cache"),
        };
        if (rank is not null)
        {
            environment["OMPI_COMM_WORLD_SIZE"] = "3";
            environment["OMPI_COMM_WORLD_RANK"] = rank;
        }
        using Runner runner = Runner.Start(workplace.Folder, environment, [.. line.Split(' '), "--data", "kmnist", "--out", "run"]);
        runner.WaitFor(silent.Pending);
        runner.Signal("TERM");
        Outcome outcome = runner.Wait();
        Assert.Equal(143, outcome.ExitCode);
        Assert.Equal(told, outcome.Error.TrimEnd());
        Assert.False(Directory.Exists(workplace.In("run")));
    }

    [Fact]
    public void A_run_whose_terminal_is_closed_is_saved()
    {
        Runner.RequireSignal(1);
        using var workplace = new Workplace();
        using Runner runner = Runner.Start(
            workplace.Folder, "train", "--data", "tiny", "--hidden", "8", "--latent", "2", "--epochs", "1000000",
            "--device", "cpu", "--out", "run");
        runner.WaitFor(() => File.Exists(workplace.In("run/metrics.jsonl")));
        runner.Signal("HUP");
        Outcome outcome = runner.Wait();
        Assert.Equal(129, outcome.ExitCode);
        Assert.Contains("saved in run; to go on: gpuvae train --resume run", outcome.ErrorLine, StringComparison.Ordinal);
    }
}
