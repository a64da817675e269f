using GpuVae.Bench.Peak;
using GpuVae.Bench.Reports;
using GpuVae.Cases;
using GpuVae.Kernels;

namespace GpuVae.Bench.Kernels;

/// <summary><c>kernels</c>: every operation of the case table at the step's shapes and at awkward ones.</summary>
internal static class KernelsVerb
{
    // Multiply-adds of the smallest product that counts as large; the step's others have a tenth of it.
    private const double LargeProductFlops = 5e7;

    public static void Execute(Report report, string deviceName, string precision, double secondsOfMeasurement)
    {
        using IDevice device = BenchDevice.Open(deviceName, threads: 0, precision);
        report.Say($"Device {device.Name}, {precision}: {device.Description}.");
        bool onCpu = device.Name == "cpu";
        MachinePeak? peak = onCpu ? MachinePeak.Measure() : null;
        if (peak is not null)
        {
            report.Say(
                $"Peak in this run: {Format.Number(peak.Flops / 1e9)} GFLOP/s; triad "
                + string.Join(", ", MachinePeak.Levels.Zip(
                    peak.Triad, (level, bytes) => $"{level.Name} {Format.Number(bytes / 1e9)} GB/s"))
                + ".");
        }

        OperationCase[] step = Cases(CaseSize.Step);
        OperationCase[] large = [.. step.Where(row => IsLargeProduct(row, device))];
        Measure("The step's large products (784-400-20, batch 128)", large, summarize: true);
        // A precision is that of products: the other operations are the same in each.
        Func<OperationCase, bool> differs = precision == "fp32" ? _ => true : IsProduct;
        Measure("The step's other operations", [.. step.Except(large).Where(differs)], summarize: false);
        Measure("Awkward sizes", [.. Cases(CaseSize.Large).Where(differs)], summarize: false);
        if (!onCpu)
        {
            // Other devices may be processors, which would need minutes for each of them.
            if (device.Name.StartsWith("cuda", StringComparison.Ordinal))
                Measure("Large products", GpuProducts.All, summarize: false);
            report.Say(DeviceTiming.Explanation);
            return;
        }
        report.Say(
            "Share: a product's of the multiply-add peak; the others', which move more than they compute, of the triad "
            + "bandwidth at the level of memory where their operands lie when the operation is repeated.");

        void Measure(string heading, OperationCase[] rows, bool summarize) =>
            KernelsVerb.Measure(report, heading, rows, device, peak, secondsOfMeasurement, summarize);
    }

    // The end of a step counts it: repeated, it would pass the end of its epoch. Its parts are there alone.
    private static OperationCase[] Cases(CaseSize size) =>
        [.. OperationCases.All.Where(row => row.Size == size && row.Operation != nameof(EndStep))];

    private static bool IsProduct(OperationCase row) => row.Operation == nameof(Multiply);

    private static bool IsLargeProduct(OperationCase row, IDevice device)
    {
        using PreparedCase prepared = row.Prepare(device);
        return IsProduct(row) && prepared.Operation.Cost.Flops >= LargeProductFlops;
    }

    private static void Measure(
        Report report, string heading, OperationCase[] rows, IDevice device, MachinePeak? peak,
        double secondsOfMeasurement, bool summarize)
    {
        var table = new Table(2, "operation", "size", "µs", "GFLOP/s", "GB/s", "share of", "share");
        double flops = 0, seconds = 0, leastShare = double.PositiveInfinity;
        foreach (OperationCase row in rows)
        {
            (double time, OperationCost cost) = Timing.Measure(row, device, secondsOfMeasurement);
            int level = MachinePeak.LevelOf(cost.Bytes);
            double share = peak is null
                ? double.NaN
                : IsProduct(row) ? cost.Flops / time / peak.Flops : cost.Bytes / time / peak.Triad[level];
            table.Add(
                row.Operation, row.Name, Format.Number(time * 1e6), Format.Number(cost.Flops / time / 1e9),
                Format.Number(cost.Bytes / time / 1e9),
                peak is null ? "" : IsProduct(row) ? "peak" : MachinePeak.Levels[level].Name,
                peak is null ? "" : Format.Percent(share));
            flops += cost.Flops;
            seconds += time;
            leastShare = Math.Min(leastShare, share);
        }
        report.Show(table, heading);
        if (summarize && peak is not null)
        {
            report.Say(
                $"Together {Format.Number(flops / seconds / 1e9)} GFLOP/s, {Format.Percent(flops / seconds / peak.Flops)} "
                + $"of the peak; the lowest is {Format.Percent(leastShare)}.");
        }
    }
}
