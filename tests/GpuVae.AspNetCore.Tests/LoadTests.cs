using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GpuVae.Tests.Detection;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary>Many clients at once: every answer is that of the library, to the bit, and none is lost.</summary>
public sealed class LoadTests
{
    private const int Clients = 16;

    [Fact]
    public async Task Sixteen_clients_at_once_have_the_librarys_bits()
    {
        await using Service service = await Service.Start(Detectors.Numbers);
        double[] times = await Ask(service, requests: 3200);
        Assert.Equal(3200, times.Length);
    }

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public async Task A_hundred_thousand_requests_are_answered_in_flat_memory()
    {
        LongTests.Require();
        const int Requests = 100_000, Rounds = 5;
        await using Service service = await Service.Start(Detectors.Numbers);
        // What is compiled and pooled once is there before memory is looked at.
        await Ask(service, Requests / 10);
        List<double> times = new(Requests);
        long before = Memory();
        var clock = Stopwatch.StartNew();
        for (int round = 0; round < Rounds; round++)
            times.AddRange(await Ask(service, Requests / Rounds));
        double seconds = clock.Elapsed.TotalSeconds;
        Assert.Equal(Requests, times.Count);
        long grown = Memory() - before;
        double[] ordered = [.. times.Order()];
        string figures = string.Create(
            CultureInfo.InvariantCulture,
            $"{Requests} requests from {Clients} connections: {Requests / seconds:F0} a second, median {ordered[Requests / 2]:F3} ms, "
            + $"p99 {ordered[Requests * 99 / 100]:F3} ms, longest {ordered[^1]:F1} ms; memory grew by {grown / 1024.0:F0} KiB");
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Console.Out.WriteLine(figures);
        // Twenty bytes of each request would be seen; what pools and counters keep is less.
        Assert.True(grown < 2 << 20, figures);
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>Asks for scores from all clients, and compares each with the library's.</summary>
    /// <returns>The time of each request in milliseconds.</returns>
    private static async Task<double[]> Ask(Service service, int requests)
    {
        double[][] rows = [.. Sensors.Rows(200, seed: 21).Select(row => Array.ConvertAll(row, number => (double)number))];
        double[] scores = [.. rows.Select(row => Detectors.Numbers.Score(row))];
        byte[][] bodies =
        [
            .. rows.Select(row => Encoding.ASCII.GetBytes(
                $"[{string.Join(',', row.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))}]")),
        ];
        double[][] times = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            var own = new double[requests / Clients];
            for (int i = 0; i < own.Length; i++)
            {
                int row = ((i * Clients) + client) % rows.Length;
                long start = Stopwatch.GetTimestamp();
                using HttpResponseMessage answer = await service.Post("/score", "application/json", bodies[row]);
                byte[] text = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
                own[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (!answer.IsSuccessStatusCode || Score(text) != scores[row])
                    Assert.Fail($"request {i} of client {client}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(text)}");
            }
            return own;
        })));
        return [.. times.SelectMany(own => own)];
    }

    private static double Score(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("score").GetDouble();
    }
}
