using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using GpuVae.Detection;
using GpuVae.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GpuVae.AspNetCore.Tests;

/// <summary>A file that changes is read again; what cannot be read changes nothing.</summary>
public sealed class ReloadTests
{
    private const string Row = "[1,2,3,4,5,6]";

    private static readonly double[] _row = [1, 2, 3, 4, 5, 6];

    [Fact]
    public async Task A_new_file_answers_after_a_while_and_a_damaged_one_never()
    {
        ConcurrentQueue<string> log = [];
        await using Service service = await Service.Start(Detectors.Numbers, Quickly, log.Enqueue);
        Assert.Equal(Detectors.Numbers.Score(_row), await Score(service));

        Detectors.Other.Save(service.File);
        await Until(() => !log.IsEmpty);
        Assert.Contains("loaded again", Assert.Single(log), StringComparison.Ordinal);
        Assert.Equal(Detectors.Other.Score(_row), await Score(service));
        Assert.NotEqual(Detectors.Numbers.Score(_row), Detectors.Other.Score(_row));

        log.Clear();
        byte[] good = File.ReadAllBytes(service.File), bad = [.. good];
        bad[^9] ^= 1;
        File.WriteAllBytes(service.File, bad);
        await Until(() => !log.IsEmpty);
        Assert.Contains("the detector of before goes on", Assert.Single(log), StringComparison.Ordinal);
        Assert.Contains("model.gpuvae", log.First(), StringComparison.Ordinal);
        Assert.Equal(Detectors.Other.Score(_row), await Score(service));
        JsonElement health = JsonElement.Parse(await service.Get("/health"));
        Assert.Equal("Degraded", health.GetProperty("status").GetString());
        Assert.Contains("model.gpuvae", health.GetProperty("description").GetString(), StringComparison.Ordinal);

        log.Clear();
        Detectors.Numbers.Save(service.File);
        await Until(() => !log.IsEmpty);
        Assert.Equal(Detectors.Numbers.Score(_row), await Score(service));
        Assert.Equal("Healthy", JsonElement.Parse(await service.Get("/health")).GetProperty("status").GetString());
        string metrics = await service.Get("/metrics");
        Assert.Contains("gpuvae_http_reloads_total{result=\"loaded\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains("gpuvae_http_reloads_total{result=\"failed\"} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_taken_away_and_put_back_changes_nothing()
    {
        ConcurrentQueue<string> log = [];
        await using Service service = await Service.Start(Detectors.Numbers, Quickly, log.Enqueue);
        string away = service.File + ".away";
        File.Move(service.File, away);
        await Until(() => !log.IsEmpty);
        Assert.Equal(Detectors.Numbers.Score(_row), await Score(service));
        log.Clear();
        File.Move(away, service.File);
        await Until(() => !log.IsEmpty);
        Assert.Equal(Detectors.Numbers.Score(_row), await Score(service));
        Assert.Equal("Healthy", JsonElement.Parse(await service.Get("/health")).GetProperty("status").GetString());
    }

    [Fact]
    public void A_lease_keeps_its_detector_until_it_ends()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.gpuvae");
        Detectors.Numbers.Save(file);
        using var accessor = new AnomalyDetectorAccessor(file, NullLogger<AnomalyDetectorAccessor>.Instance);
        AnomalyDetectorLease lease = accessor.Rent(), second = accessor.Rent();
        AnomalyDetector before = lease.Detector;
        Detectors.Other.Save(file);
        Assert.True(accessor.ReloadIfChanged());
        Assert.False(accessor.ReloadIfChanged());
        Assert.Equal(Detectors.Numbers.Score(_row), lease.Detector.Score(_row));
        using (AnomalyDetectorLease now = accessor.Rent())
            Assert.Equal(Detectors.Other.Score(_row), now.Detector.Score(_row));
        lease.Dispose();
        lease.Dispose();
        Assert.Equal(Detectors.Numbers.Score(_row), second.Detector.Score(_row));
        second.Dispose();
        Assert.Throws<ObjectDisposedException>(() => second.Detector);
        Assert.Throws<ObjectDisposedException>(() => before.Score(_row));
    }

    [Fact]
    public async Task Requests_under_way_while_files_change_all_have_a_score_of_one_of_them()
    {
        await using Service service = await Service.Start(Detectors.Numbers, options => options.PollInterval = TimeSpan.Zero);
        HashSet<double> scores = [Detectors.Numbers.Score(_row), Detectors.Other.Score(_row)];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ConcurrentDictionary<double, int> seen = new();
        Task[] clients =
        [
            .. Enumerable.Range(0, 4).Select(async _ =>
            {
                while (!end.IsCancellationRequested)
                    seen.AddOrUpdate(await Score(service), 1, (_, count) => count + 1);
            }),
        ];
        for (int i = 0; i < 20; i++)
        {
            (i % 2 == 0 ? Detectors.Other : Detectors.Numbers).Save(service.File);
            // Files of one length that are written within a clock's tick look the same.
            File.SetLastWriteTimeUtc(service.File, DateTime.UnixEpoch.AddHours(i));
            Assert.True(service.Server.Detector.ReloadIfChanged());
            int before = seen.Values.Sum();
            await Until(() => seen.Values.Sum() > before + 8 || Array.Exists(clients, client => client.IsFaulted));
        }
        await end.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal(scores.Order(), seen.Keys.Order());
    }

    [Fact]
    public void A_file_that_is_no_detector_ends_the_start()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.gpuvae");
        File.WriteAllText(file, "not a detector");
        Assert.Throws<DetectorFileException>(() => new AnomalyDetectorAccessor(file, NullLogger<AnomalyDetectorAccessor>.Instance));
        UserException empty = Assert.Throws<UserException>(
            () => new AnomalyDetectorAccessor(folder.FullPath, NullLogger<AnomalyDetectorAccessor>.Instance));
        Assert.Contains("without detector.gpuvae", empty.Message, StringComparison.Ordinal);
        Detectors.Numbers.Save(folder.File("detector.gpuvae"));
        using var found = new AnomalyDetectorAccessor(folder.FullPath, NullLogger<AnomalyDetectorAccessor>.Instance);
        Assert.Equal(folder.File("detector.gpuvae"), found.FullPath);
    }

    private static void Quickly(AnomalyServiceOptions options)
    {
        options.PollInterval = TimeSpan.FromMilliseconds(50);
        options.SettleTime = TimeSpan.FromMilliseconds(50);
    }

    private static async Task<double> Score(Service service) =>
        (await service.Ask("/score", Row)).GetProperty("score").GetDouble();

    private static async Task Until(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "waited too long");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
