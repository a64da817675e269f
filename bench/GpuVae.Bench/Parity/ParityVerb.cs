using GpuVae.Bench.Reports;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Bench.Parity;

/// <summary><c>parity</c>: the same first steps on the CPU and on a device, loss by loss.</summary>
internal static class ParityVerb
{
    private const int Batch = 128;

    // A step's rounding errors are some 1e-6 of the loss, and training amplifies them from step to step.
    private const double LargestDifference = 1e-4;

    /// <param name="report">Where the table goes.</param>
    /// <param name="device">What is compared with the CPU.</param>
    /// <param name="steps">Steps of the training of 784-400-20.</param>
    /// <returns>The largest relative difference, or NaN.</returns>
    public static double Execute(Report report, string device, int steps)
    {
        (double[] expected, _) = Losses("cpu", steps);
        (double[] losses, string execution) = Losses(device, steps);
        var table = new Table(0, "step", "loss on the CPU", $"loss on {device}", "relative difference");
        double largest = 0;
        for (int step = 0; step < steps; step++)
        {
            double difference = Math.Abs(losses[step] - expected[step]) / expected[step];
            largest = double.IsNaN(difference) ? double.NaN : Math.Max(largest, difference);
            if (step is 0 or 1 or 4 or 9 or 19 or 49 or 99 || step == steps - 1)
            {
                table.Add(
                    $"{step + 1}", Format.Precise(expected[step]), Format.Precise(losses[step]),
                    Format.Scientific(difference));
            }
        }
        report.Show(table, "The same steps on both");
        report.Say(
            $"784-400-20, batch {Batch}, float32; nats per image. The largest difference in {steps} steps is "
            + $"{Format.Scientific(largest)}; up to {Format.Scientific(LargestDifference)} passes. Steps on {device} ran "
            + $"{execution}.");
        return largest;
    }

    /// <summary>Passes a difference that rounding explains.</summary>
    /// <exception cref="UserException">It is larger.</exception>
    public static void Require(string device, double largest)
    {
        if (!(largest <= LargestDifference))
            throw new UserException($"{device}: losses differ from the CPU's by {Format.Scientific(largest)}");
    }

    private static (double[] Losses, string Execution) Losses(string deviceName, int steps)
    {
        var configuration = new RunConfiguration { Batch = Batch };
        ImageSet images = Datasets.Mnist().Train.Take(Batch * steps);
        using IDevice device = BenchDevice.Open(deviceName, threads: 0);
        using Autoencoder model = ModelBuilder.Build(configuration, device, images.Shape, Batch);
        model.Parameters.Initialize(configuration.Seed);
        using var trainer = new Trainer(
            device, model, configuration.CreateObjective(),
            images, new TrainerSettings(Batch, configuration.LearningRate, configuration.Seed));
        var losses = new double[steps];
        double before = 0;
        trainer.BeginEpoch(1);
        for (int step = 0; step < steps; step++)
        {
            trainer.Step();
            double sum = trainer.ReadLoss().Mean * (step + 1);
            losses[step] = sum - before;
            before = sum;
        }
        return (losses, trainer.StepExecution);
    }
}
