using GpuVae.Detection;

namespace GpuVae.Tests.Detection;

/// <summary>Six sensors that follow one load, and detectors that learned them.</summary>
internal static class Sensors
{
    private static readonly Lazy<AnomalyDetector> _shared = new(() => AnomalyDetector.Train(Rows(400, seed: 1), Names, Options()));

    public static string[] Names { get; } = ["current", "torque", "heat", "noise", "speed", "load"];

    /// <summary>One for all tests, which may score with it and not dispose of it.</summary>
    public static AnomalyDetector Shared => _shared.Value;

    /// <summary>Normal rows.</summary>
    public static float[][] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                double load = random.NextDouble();
                return Enumerable.Range(1, Names.Length).Select(j => (float)((j * load) + (0.05 * random.NextDouble()))).ToArray();
            }),
        ];
    }

    /// <summary>A model of 6-32-16-3 that trains for a moment.</summary>
    public static AnomalyOptions Options(int epochs = 20)
    {
        var options = new AnomalyOptions { Epochs = epochs };
        return options with
        {
            Configuration = options.Configuration with { Hidden = [32, 16], Latent = 3, Batch = 32, Device = "cpu" },
        };
    }

    /// <summary>The bits of scores, for comparisons without a tolerance.</summary>
    public static long[] Bits(IEnumerable<double> scores) => [.. scores.Select(BitConverter.DoubleToInt64Bits)];
}
