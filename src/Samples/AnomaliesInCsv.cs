using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Samples;

/// <summary>Learns what is normal in a CSV file of numbers, and names the rows of it that are least so.</summary>
internal static class AnomaliesInCsv
{
    public static void Run(string[] args)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"gpuvae-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        string table = args.Length > 0 ? args[0] : WriteExample(Path.Combine(folder, "sensors.csv"));

        // 1. The table, each column with mean 0 and variance 1.
        RunConfiguration configuration = RunConfiguration.FromPreset("anomaly") with
        {
            Data = table,
            Scale = "standard",
            Hidden = [16],
            Latent = 2,
            Batch = 32,
            Epochs = 40,
            EvaluateEvery = 40,
        };
        Dataset data = Datasets.Open(configuration.ToDataSettings());
        configuration = configuration.For(data, choosesLikelihood: true);

        // 2. What is normal.
        using IDevice device = Device.Open("auto");
        RunFolder run = RunFolder.Create(Path.Combine(folder, "run"), configuration.Preset, data.Name, configuration.WriteJson);
        TrainingRun.Execute(configuration, data, device, run.FullPath, new PrintedProgress(), CancellationToken.None);

        // 3. How strange each row is, in nats, and from where on it counts as an anomaly.
        using var trained = TrainedModel.Open(run.FullPath, device, capacity: 512);
        var scorer = new AnomalyScorer(
            device, trained.Model, trained.Encoding, configuration.Seed, AnomalyScore.Reconstruction, samples: 1);
        double threshold = ScoreThreshold.Quantile(scorer.Score(data.Train), 0.99);
        double[] scores = scorer.Score(data.Test);
        Console.WriteLine($"{scores.Count(score => score > threshold)} of {scores.Length} held-out rows are above {threshold:F2} nats");
        foreach ((int row, double score) in scores.Index().OrderByDescending(pair => pair.Item).Take(5))
            Console.WriteLine($"held-out row {row}: {score:F2} nats");
    }

    /// <summary>Four sensors that follow one load, and a few readings that do not.</summary>
    private static string WriteExample(string path)
    {
        var random = new Random(1);
        using var file = new StreamWriter(path);
        file.WriteLine("current,torque,heat,noise");
        for (int i = 0; i < 1000; i++)
        {
            double load = random.NextDouble();
            double Read(double gain) => (gain * load) + (0.02 * random.NextDouble());
            double heat = i % 100 == 99 ? 3 : Read(0.5);
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Read(4):F3},{Read(2):F3},{heat:F3},{Read(1):F3}"));
        }
        return path;
    }
}
