using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>
/// Trains the runs of a sweep, several at once. On the processor each has as many threads as there are cores for it, and
/// a device of its own; the bits of a run do not depend on their number. Data that runs have in common are read once.
/// </summary>
internal sealed class SweepRunner
{
    private static readonly ParserConfiguration _exactly = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    private readonly string _folder;
    private readonly SharedData _data;
    private readonly TrainOptions _options = new();
    private readonly Command _train = new("train");

    /// <summary>Trains in a folder.</summary>
    /// <param name="folder">The folder of the sweep.</param>
    /// <param name="open">Reads data.</param>
    public SweepRunner(string folder, Func<DataSettings, Dataset> open)
    {
        _folder = folder;
        _data = new SharedData(open);
        foreach (Option option in _options.Groups.SelectMany(group => group.Options))
        {
            _train.Add(option);
        }
    }

    /// <summary>What a run is asked to be, as <c>gpuvae train</c> would make of its command line.</summary>
    /// <param name="point">The run.</param>
    /// <param name="tell">Takes what a person should know.</param>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    /// <exception cref="UserException">The data cannot be read, or do not fit.</exception>
    public (RunConfiguration Configuration, Dataset Data) Prepare(SweepPoint point, Action<string> tell)
    {
        ParseResult line = _train.Parse([.. point.Arguments], _exactly);
        if (line.Errors is [var error, ..])
        {
            throw new UsageException(error.Message);
        }

        return AskedTraining.Read(_options.Read(line), line, _options, settings => _data.Open(settings, point.Arguments), tell);
    }

    /// <summary>Trains what is not at its end yet.</summary>
    /// <param name="points">The runs.</param>
    /// <param name="jobs">Runs at once.</param>
    /// <param name="ended">Is told of each run that ended, by one thread at a time.</param>
    /// <param name="cancellation">Stops all of them, which are saved.</param>
    /// <param name="time">What each may take, or null for all that it needs.</param>
    /// <returns>In the order of <paramref name="points"/>.</returns>
    /// <exception cref="UserException">A run cannot go on; the others were stopped and saved.</exception>
    public IReadOnlyList<SweepOutcome> Run(
        IReadOnlyList<SweepPoint> points, int jobs, Action<SweepOutcome> ended, CancellationToken cancellation,
        TimeSpan? time = null)
    {
        int threads = Math.Max(1, Environment.ProcessorCount / jobs);
        var outcomes = new SweepOutcome[points.Count];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Lock turn = new();
        try
        {
            Parallel.ForEach(
                Partitioner.Create(Enumerable.Range(0, points.Count), EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = jobs },
                i =>
                {
                    try
                    {
                        outcomes[i] = Train(points[i], threads, time, stop.Token);
                        lock (turn)
                        {
                            ended(outcomes[i]);
                        }
                    }
                    catch
                    {
                        stop.Cancel();
                        throw;
                    }
                });
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        return outcomes;
    }

    private SweepOutcome Train(SweepPoint point, int threads, TimeSpan? time, CancellationToken stop)
    {
        long start = Stopwatch.GetTimestamp();
        string path = Path.Combine(_folder, point.Name);
        bool isThere = File.Exists(Path.Combine(path, "config.json"));
        (RunConfiguration configuration, Dataset data) = Prepare(point, _ => { });
        bool hasPrior = configuration.CreateObjective().UsesPrior;
        if (stop.IsCancellationRequested)
        {
            return new SweepOutcome(point, SweepStatus.Stopped, null, hasPrior);
        }

        configuration = configuration with { DataFingerprint = DataFingerprint.Compute(data) };
        using IDevice device = Open(configuration, threads);
        MemoryNeed.Require(configuration, data, device);
        try
        {
            RunFolder run = isThere
                ? RunFolder.Open(path)
                : RunFolder.Create(path, configuration.Preset, data.Name, configuration.WriteJson);
            string command = string.Join(' ', point.Arguments.SelectMany(argument => argument.Split('=', 2)).Select(ShellWord.Quote).Prepend("gpuvae train"));
            var log = new EnvironmentLog(run, new RunEnvironment(command, device.Name, device.Description));
            TimeSpan? left = time - Stopwatch.GetElapsedTime(start);
            RunResult result = isThere
                ? TrainingRun.Resume(configuration, data, device, path, log, stop, left)
                : TrainingRun.Execute(configuration, data, device, path, log, stop, left);
            log.End();
            if (!result.Interrupted && RunDetector.IsOf(configuration, data.Train.Height))
            {
                RunDetector.Save(path, data);
            }

            SweepStatus status = result.Ending switch
            {
                RunEnding.Interrupted => SweepStatus.Stopped,
                RunEnding.OutOfTime => SweepStatus.OutOfTime,
                _ => SweepStatus.Done,
            };
            return new SweepOutcome(point, status, result.Best, hasPrior) { Epochs = configuration.Epochs, WasThere = isThere && result.Steps == 0 };
        }
        catch (DivergedException)
        {
            return new SweepOutcome(point, SweepStatus.Diverged, null, hasPrior);
        }
    }

    /// <summary>Whether a run would be trained by the processor.</summary>
    public static bool IsOnProcessor(RunConfiguration configuration) =>
        configuration.Precision == new RunConfiguration().Precision
        && (configuration.Device == "cpu" || (configuration.Device == "auto" && Device.Choose(Device.List()) == "cpu"));

    /// <summary>The device of a run, which has so many threads where it is the processor.</summary>
    /// <exception cref="DeviceException">It cannot be used.</exception>
    public static IDevice Open(RunConfiguration configuration, int threads) => IsOnProcessor(configuration)
        ? CpuDevice.Create(threads)
        : Device.Open(configuration.Device, Registry.Precisions.Find(configuration.Precision));
}
