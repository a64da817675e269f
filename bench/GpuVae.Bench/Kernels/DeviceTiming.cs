using System.Diagnostics;
using GpuVae.Bench.Reports;
using GpuVae.Cases;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Kernels.Gpu.Cuda;

namespace GpuVae.Bench.Kernels;

/// <summary>Takes the time of one operation by the device's own clock, with caches that hold nothing of its operands.</summary>
internal static class DeviceTiming
{
    /// <summary>What stands below a table.</summary>
    public const string Explanation =
        "On CUDA: the median time between two events around one execution, after something else has filled the "
        + "second-level cache. On other devices: executions one after the other with the same operands.";

    private const int LeastSamples = 20;
    private const int WarmUps = 10;

    // Four arrays of 64 MiB, more than any second-level cache; the device needs longer for them than the host for a launch.
    private const int EvictionLength = 1 << 24;

    /// <summary>Median seconds of one execution, or null where the device has no clock that is known.</summary>
    public static double? TryMeasure(PreparedCase prepared, IDevice backend, double secondsOfMeasurement)
    {
        using CudaTimer? timer = (backend as GpuDevice)?.CreateTimer();
        if (timer is null)
            return null;
        using var eviction = new Eviction(backend);
        for (int i = 0; i < WarmUps; i++)
            prepared.Execute();
        var samples = new List<double>();
        var clock = Stopwatch.StartNew();
        while (samples.Count < LeastSamples || clock.Elapsed.TotalSeconds < secondsOfMeasurement)
        {
            eviction.Execute();
            timer.Start();
            prepared.Execute();
            samples.Add(timer.Stop());
        }
        return Statistics.Median(samples);
    }

    /// <summary>An update of Adam over arrays of zeros: it reads and writes more than a cache holds.</summary>
    private sealed class Eviction : IDisposable
    {
        private readonly IDevice _backend;
        private readonly DeviceBuffer<float>[] _arrays;
        private readonly DeviceBuffer<float> _schedule;
        private readonly DeviceBuffer<int> _counters;

        public Eviction(IDevice backend)
        {
            _backend = backend;
            _arrays = [.. Enumerable.Range(0, 4).Select(_ => backend.Allocate<float>(EvictionLength))];
            _schedule = backend.Allocate<float>(Schedule.Columns);
            _counters = backend.Allocate<int>(Counter.Count);
        }

        public void Execute() => _backend.Run(new Adam(
            _arrays[0].AsVector(), _schedule.AsMatrix(1, Schedule.Columns), _counters.AsVector(), AdamSettings.Default,
            _arrays[1].AsVector(), _arrays[2].AsVector(), _arrays[3].AsVector()));

        public void Dispose()
        {
            Array.ForEach(_arrays, array => array.Dispose());
            _schedule.Dispose();
            _counters.Dispose();
        }
    }
}
