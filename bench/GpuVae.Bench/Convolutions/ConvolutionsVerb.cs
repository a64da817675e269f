using GpuVae.Bench.Peak;
using GpuVae.Bench.Reports;
using GpuVae.Kernels.Cpu;

namespace GpuVae.Bench.Convolutions;

/// <summary><c>convolutions</c>: each layer of some networks in each direction, beside the peak of a core.</summary>
internal static class ConvolutionsVerb
{
    /// <summary>Measures and reports.</summary>
    /// <param name="report">Where it goes.</param>
    /// <param name="layers">Parts of a network's or a layer's name; all where there are none.</param>
    /// <param name="secondsOfMeasurement">For each layer and direction.</param>
    public static void Execute(Report report, IReadOnlyList<string> layers, double secondsOfMeasurement)
    {
        NetworkLayer[] chosen = [.. NetworkLayer.All.Where(IsChosen)];
        if (chosen.Length == 0)
            throw new UserException($"--layers {string.Join(' ', layers)}: no layer is called so; they are of {Networks()}, as '{NetworkLayer.All[0].Name}'");
        using var one = CpuDevice.Create(1);
        using var all = CpuDevice.Create(Machine.Cores);
        report.Say($"Device {all.Name}: {all.Description}.");
        string threads = $"{Machine.Cores} threads";
        double[] bandwidths = [.. MachinePeak.Levels.Select(level => Bandwidth.Triad(1, level.OneCore))];
        var table = new Table(3, "layer", "direction", "images", "ms", "GFLOP/s", "of a core's peak", "of its roofline", threads);
        var networks = new Table(
            1, "network", "convolutions, GFLOP per 1,000 images", "s per 1,000, one thread", "of a core's peak", $"s per 1,000, {threads}");
        var peaks = new List<double>();
        foreach (IGrouping<string, NetworkLayer> network in chosen.GroupBy(layer => layer.Network))
        {
            double flops = 0, seconds = 0, secondsOfAll = 0, secondsAtPeak = 0;
            foreach (NetworkLayer layer in network)
            {
                foreach (Direction direction in Enum.GetValues<Direction>())
                {
                    if (direction == Direction.InputGradient && layer.IsFirst)
                        continue;
                    LayerTiming timing = LayerTiming.Measure(layer, direction, one, all, secondsOfMeasurement);
                    table.Add(
                        $"{layer.Network}: {layer.Name}", timing.Name, Format.Count(NetworkLayer.Images), Format.Number(timing.Seconds * 1e3),
                        Format.Number(timing.Flops / timing.Seconds / 1e9), Format.Percent(timing.Share),
                        Format.Percent(timing.ShareOfRoofline(bandwidths[MachinePeak.LevelOf(timing.Bytes)])), Format.Number(timing.SpeedUp));
                    peaks.Add(timing.Peak);
                    flops += timing.Flops / NetworkLayer.Images;
                    seconds += timing.Seconds / NetworkLayer.Images;
                    secondsOfAll += timing.Seconds / timing.SpeedUp / NetworkLayer.Images;
                    secondsAtPeak += timing.Seconds * timing.Share / NetworkLayer.Images;
                }
            }
            networks.Add(
                network.Key, Format.Number(flops * 1e3 / 1e9), Format.Number(seconds * 1e3), Format.Percent(secondsAtPeak / seconds),
                Format.Number(secondsOfAll * 1e3));
        }
        report.Show(table, "Layers");
        report.Show(networks, "Networks: the sums of their layers");
        if (peaks.Count == 0)
            return;
        report.Say(
            $"The peak of a core, measured beside each sample: {Format.Number(peaks.Min() / 1e9)} to {Format.Number(peaks.Max() / 1e9)} "
            + $"GFLOP/s, median {Format.Number(Statistics.Median(peaks) / 1e9)}. Medians; multiply-adds with padding left out; the time of "
            + "the computing thread alone, and for more threads the shortest time that passed over the shortest of one thread. The roofline "
            + "is the longer of the time of the multiply-adds at the peak and that of the maps and weights, each once, at a core's "
            + $"bandwidth (triad), {string.Join(", ", MachinePeak.Levels.Zip(bandwidths, (level, rate) => $"{Format.Number(rate / 1e9)} GB/s in {level.Name}"))}.");

        string Networks() => string.Join(", ", NetworkLayer.All.Select(layer => layer.Network).Distinct());

        bool IsChosen(NetworkLayer layer) =>
            layers.Count == 0 || layers.Any(part => $"{layer.Network}: {layer.Name}".Contains(part, StringComparison.Ordinal));
    }
}
