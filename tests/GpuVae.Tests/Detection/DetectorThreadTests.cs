using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Detection;

/// <summary>Many threads at once on one detector.</summary>
public sealed class DetectorThreadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const int Threads = 64;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void Sixty_four_threads_get_the_bits_that_one_gets() => ScoreOnAllThreads(Sensors.Shared, scoresOfEach: 500);

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void A_million_scores_of_sixty_four_threads_have_the_bits_that_one_gets()
    {
        LongTests.Require();
        for (int repeat = 0; repeat < 20; repeat++)
        {
            using AnomalyDetector detector = AnomalyDetector.Train(
                Sensors.Rows(100, repeat), null, Sensors.Options(epochs: 1), cancellation: Token);
            ScoreOnAllThreads(detector, repeat == 0 ? 1_000_000 / Threads : 500);
        }
    }

    /// <summary>Two callers of one device once waited for each other for ever, or got wrong numbers.</summary>
    [Fact]
    public void Two_threads_that_share_a_scorer_or_a_detector_end_and_agree()
    {
        using IDevice device = Device.Open("cpu");
        using Autoencoder model = ModelBuilder.Build(
            RunConfiguration.FromPreset("anomaly"), device, Shape.Vector(6), capacity: 64);
        model.Parameters.Initialize(1);
        var scorer = new AnomalyScorer(device, model, PixelEncoding.Scaled, 1, AnomalyScore.Reconstruction, 1);
        var images = new ImageSet([.. Sensors.Rows(256, seed: 2).SelectMany(row => row)], null, 1, 6);
        RunAll(2, _ =>
        {
            for (int i = 0; i < 100; i++)
                scorer.Score(images);
        });
        RunAll(2, _ =>
        {
            for (int i = 0; i < 100; i++)
                Sensors.Shared.ScoreMany(images);
        });
        Assert.Equal(scorer.Score(images), scorer.Score(images));
    }

    [Fact]
    public void Nothing_is_allocated_once_a_thread_has_scored()
    {
        float[][] rows = Sensors.Rows(20, seed: 2);
        // One of its own: other tests would take the shared one's lanes, and make it allocate another.
        using var folder = new TemporaryFolder();
        Sensors.Shared.Save(folder.File("a.gpuvae"));
        using var detector = AnomalyDetector.Load(folder.File("a.gpuvae"));
        long Allocated(Action<float[]> use)
        {
            // Whatever the runtime compiles anew in the background costs nothing here.
            for (int i = 0; i < 200; i++)
                use(rows[i % rows.Length]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
                use(rows[i % rows.Length]);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        double sum = 0;
        Assert.Equal(0, Allocated(row => sum += detector.Score(row)));
        Assert.Equal(0, Allocated(row => sum += detector.Verdict(row).Probability));
        Assert.True(sum > 0);
    }

    [Fact]
    public void A_detector_that_is_disposed_of_lets_calls_end_and_refuses_others()
    {
        for (int repeat = 0; repeat < 5; repeat++)
        {
            AnomalyDetector trained = Sensors.Shared;
            using var folder = new TemporaryFolder();
            trained.Save(folder.File("a.gpuvae"));
            var detector = AnomalyDetector.Load(folder.File("a.gpuvae"));
            float[] row = Sensors.Rows(1, seed: 9)[0];
            double expected = trained.Score(row);
            using var started = new CountdownEvent(4);
            RunAll(5, thread =>
            {
                if (thread == 4)
                {
                    started.Wait();
                    detector.Dispose();
                    detector.Dispose();
                    return;
                }
                Assert.Equal(expected, detector.Score(row));
                started.Signal();
                try
                {
                    while (true)
                        Assert.Equal(expected, detector.Score(row));
                }
                catch (ObjectDisposedException)
                {
                    // As it should be: each call ended, or was not begun.
                }
            });
            Assert.Throws<ObjectDisposedException>(() => detector.Score(row));
            Assert.Throws<ObjectDisposedException>(() => detector.ScoreMany([row], Token));
            Assert.Throws<ObjectDisposedException>(() => detector.Save(folder.File("b.gpuvae")));
        }
    }

    [Fact]
    public void Rows_and_durations_are_counted_for_who_listens()
    {
        long rows = 0;
        int durations = 0;
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == DetectorTelemetry.Name)
                    listening.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref rows, count));
            listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => Interlocked.Add(ref durations, seconds > 0 ? 1 : 0));
            listener.Start();
            float[][] some = Sensors.Rows(300, seed: 2);
            Sensors.Shared.ScoreMany(some, Token);
            Sensors.Shared.Score(some[0]);
        }
        // Other tests may score at the same time.
        Assert.True(rows >= 301, $"{rows}");
        Assert.True(durations >= 2, $"{durations}");
    }

    [Fact]
    public void Training_loading_and_scoring_many_are_activities_for_who_listens()
    {
        using var folder = new TemporaryFolder();
        var ended = new ConcurrentDictionary<string, object?>();
        using (var parent = new Activity("this test").Start())
        using (var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DetectorTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            // Other tests may train at the same time.
            ActivityStopped = activity =>
            {
                if (activity.TraceId == parent.TraceId)
                    ended[activity.OperationName] = activity.GetTagItem("gpuvae.rows");
            },
        })
        {
            ActivitySource.AddActivityListener(listener);
            string path = folder.File("a.gpuvae");
            using (AnomalyDetector trained = AnomalyDetector.Train(
                Sensors.Rows(100, seed: 1), null, Sensors.Options(epochs: 1), cancellation: Token))
            {
                trained.Save(path);
            }
            using AnomalyDetector detector = AnomalyDetector.Load(path);
            detector.ScoreMany(Sensors.Rows(300, seed: 2), Token);
        }
        Assert.Equal(["load", "score many", "train"], ended.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(300, ended["score many"]);
    }

    private static void ScoreOnAllThreads(AnomalyDetector detector, int scoresOfEach)
    {
        float[][] rows = Sensors.Rows(97, seed: 8);
        rows[5][2] = float.NaN;
        rows[6][3] = 1000;
        long[] expected = Sensors.Bits(rows.Select(row => detector.Score(row)));
        int differing = 0;
        RunAll(Threads, thread =>
        {
            for (int i = 0; i < scoresOfEach; i++)
            {
                int row = (thread + i) % rows.Length;
                if (BitConverter.DoubleToInt64Bits(detector.Score(rows[row])) != expected[row])
                    Interlocked.Increment(ref differing);
            }
        });
        Assert.Equal(0, differing);
    }

    /// <summary>Runs a piece of work on so many threads of their own, and fails where one fails or does not end.</summary>
    private static void RunAll(int count, Action<int> work)
    {
        Exception? failure = null;
        Thread[] threads =
        [
            .. Enumerable.Range(0, count).Select(i => new Thread(() =>
            {
                try
                {
                    work(i);
                }
                catch (Exception exception)
                {
                    Volatile.Write(ref failure, exception);
                }
            })
            { IsBackground = true }),
        ];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            Assert.True(thread.Join(_limit), "a thread does not end");
        Assert.Null(failure);
    }
}
