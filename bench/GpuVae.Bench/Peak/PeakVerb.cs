using GpuVae.Bench.Reports;

namespace GpuVae.Bench.Peak;

/// <summary><c>peak</c>: what the machine can do at most.</summary>
internal static class PeakVerb
{
    public static void Execute(Report report)
    {
        var rates = new Table(1, "multiply-add, GFLOP/s", "one core", $"all cores ({Machine.Cores})", "per core");
        foreach (int bits in (int[])[512, 256, 128])
        {
            if (bits > Machine.VectorBits)
                continue;
            double one = MultiplyAddRate.Measure(1, bits);
            double all = MultiplyAddRate.Measure(Machine.Cores, bits);
            rates.Add(
                $"{bits} bits", Format.Number(one / 1e9), Format.Number(all / 1e9),
                Format.Number(all / 1e9 / Machine.Cores));
        }
        report.Show(rates);

        var bandwidths = new Table(
            1, "memory, GB/s", "working set", "read, one core", "read, all cores", "triad, one core", "triad, all cores");
        foreach (MemoryLevel level in MachinePeak.Levels)
        {
            bandwidths.Add(
                level.Name,
                level.OneCore == level.AllCores
                    ? $"{Size(level.AllCores)}"
                    : $"{Size(level.OneCore)}, {Size(level.AllCores)}",
                Format.Number(Bandwidth.Read(1, level.OneCore) / 1e9),
                Format.Number(Bandwidth.Read(Machine.Cores, level.AllCores) / 1e9),
                Format.Number(Bandwidth.Triad(1, level.OneCore) / 1e9),
                Format.Number(Bandwidth.Triad(Machine.Cores, level.AllCores) / 1e9));
        }
        report.Show(bandwidths);
        report.Say(
            $"A message from one core to another and its answer take {Format.Number(RoundTrip.Measure() * 1e9)} ns. "
            + "Triad is a[i] = b[i] + s·c[i]: two reads and a write count. The best of 9 samples.");
    }

    private static string Size(long bytes) => $"{Format.Number(bytes / 1024.0 / 1024)} MiB";
}
