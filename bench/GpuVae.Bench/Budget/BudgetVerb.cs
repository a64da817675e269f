using System.Diagnostics;
using GpuVae.Bench.Convolutions;
using GpuVae.Bench.Epochs;
using GpuVae.Bench.Peak;
using GpuVae.Bench.Reports;
using GpuVae.Kernels;

namespace GpuVae.Bench.Budget;

/// <summary><c>budget</c>: where the time of a training step goes on the CPU, operation by operation.</summary>
internal static class BudgetVerb
{
    private const int PeakSamples = 200;

    /// <param name="report">Where the table goes.</param>
    /// <param name="model">As <see cref="EpochModel"/> reads it.</param>
    /// <param name="batch">Images of a step.</param>
    /// <param name="images">Images of an epoch; null for as many as the model has by default.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="epochs">Epochs that are measured after one for warm-up.</param>
    public static void Execute(Report report, string model, int batch, int? images, int threads, int epochs)
    {
        TimingDevice? timing = null;
        var shape = EpochModel.Parse(model);
        // What one thread does is told by that thread's own clock, which stands while other programs have its core.
        bool isOwnClock = threads == 1;
        Func<double> clock = isOwnClock
            ? () => ThreadClock.Seconds
            : () => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        using var runner = new GpuVaeRunner(
            shape.ToSettings(batch, images ?? shape.DefaultImages) with { Threads = threads }, device => timing = new TimingDevice(device, clock));
        runner.RunEpoch();
        timing!.Forget();
        double start = clock();
        for (int epoch = 0; epoch < epochs; epoch++)
            runner.RunEpoch();
        double took = clock() - start;

        double flops = isOwnClock
            ? Enumerable.Range(0, PeakSamples).Max(_ => MultiplyAddRate.Sample(Machine.VectorBits, clock))
            : MultiplyAddRate.Measure(threads, Machine.VectorBits);
        double bandwidth = Bandwidth.Triad(threads, MachinePeak.Levels[1].AllCores);
        double perStep = 1e6 / (runner.StepsPerEpoch * epochs);
        double whole = took * perStep;

        var table = new Table(1, "operation", "µs a step", "floor", "over it", "share of the step");
        double spent = 0, floors = 0;
        foreach ((string name, Expense expense) in timing.Expenses)
        {
            double time = expense.Seconds * perStep;
            OperationCost cost = expense.Cost;
            double floor = expense.Calls * perStep * Math.Max(cost.Flops / flops, cost.Bytes / bandwidth);
            Add(name, time, floor);
            spent += time;
            floors += floor;
        }
        Add("between the operations", whole - spent, 0);
        Add("the step", whole, floors);
        report.Show(table, $"{model} at {batch}, {threads} thread{(threads == 1 ? "" : "s")}");
        report.Say(
            $"Means of {epochs} epochs. The floor is the larger of an operation's arithmetic at "
            + $"{Format.Number(flops / 1e9)} GFLOP/s and its bytes at {Format.Number(bandwidth / 1e9)} GB/s, the "
            + "third-level cache's; both measured in this run. It counts every multiplication; products with images leave "
            + "out those by black pixels, and so may lie below it. Calls of the smaller last batch stand for themselves.");

        void Add(string name, double time, double floor) => table.Add(
            name, Format.Number(time), Format.Number(floor), Format.Number(time - floor), Format.Percent(time / whole));
    }
}
