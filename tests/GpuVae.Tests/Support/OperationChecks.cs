using System.Collections.Concurrent;
using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support.Cuda;
using Xunit;

namespace GpuVae.Tests.Support;

/// <summary>Compares a device with the reference over rows of the case table.</summary>
internal static class OperationChecks
{
    private const int ShownFailures = 30;

    // Every device is compared with the same numbers, which take longer than the devices do.
    private static readonly ConcurrentDictionary<OperationCase, Lazy<IReadOnlyList<CaseOutput>>> _references = new();

    /// <summary>What a case gives in double precision; computed once.</summary>
    public static IReadOnlyList<CaseOutput> Reference(OperationCase row) => _references.GetOrAdd(
        row, asked => new Lazy<IReadOnlyList<CaseOutput>>(() =>
        {
            using var reference = new ReferenceDevice();
            return asked.Run(reference);
        })).Value;

    /// <summary>
    /// Runs every case of an operation: right numbers, nothing written outside a destination, and the same bits
    /// when it is run again.
    /// </summary>
    public static void Check(IDevice device, string operation)
    {
        IEnumerable<OperationCase> cases = OperationCases.Of(operation).Where(row => IsWorthRunning(row, device));
        List<string> failures = [];
        foreach (OperationCase row in cases)
        {
            IReadOnlyList<CaseOutput> expected = Reference(row);
            foreach (ViewPlacement placement in Enum.GetValues<ViewPlacement>())
            {
                string where = $"{device.Name}: {row} ({placement})";
                // The stand-in for a GPU runs threads in the other order, which must not be seen.
                StandInDriver.Set(reversed: false, approximate: true);
                IReadOnlyList<CaseOutput> first = RunGuarded(row, device, placement, where, failures);
                StandInDriver.Set(reversed: true, approximate: true);
                IReadOnlyList<CaseOutput> second = RunGuarded(row, device, placement, where, failures);
                for (int i = 0; i < expected.Count; i++)
                {
                    if (FindDifference(expected[i], first[i]) is { } difference)
                        failures.Add($"{where}: {difference}");
                    if (!first[i].Values.AsSpan().SequenceEqual(second[i].Values))
                        failures.Add($"{where}: {first[i].Name} has other bits when run again");
                }
            }
        }
        string report = string.Join('\n', failures.Take(ShownFailures));
        Assert.True(failures.Count == 0, $"{failures.Count} failures\n{report}");
    }

    /// <summary>The largest error beyond its bound, in words; null where every element is near enough.</summary>
    public static string? FindDifference(CaseOutput expected, CaseOutput actual)
    {
        int worst = -1, wrong = 0;
        double worstExcess = 0;
        for (int i = 0; i < expected.Values.Length; i++)
        {
            double reference = expected.Values[i], value = actual.Values[i];
            // What the operation must leave alone is NaN in both.
            if (value.Equals(reference))
                continue;
            double excess = Math.Abs(value - reference) / actual.Tolerance.Bound(reference);
            if (excess <= 1)
                continue;
            wrong++;
            if (worst < 0 || !(excess <= worstExcess))
                (worst, worstExcess) = (i, excess);
        }
        return worst < 0
            ? null
            : $"{wrong} of {expected.Values.Length} elements of {expected.Name} are wrong; "
                + $"[{worst / expected.Columns}, {worst % expected.Columns}] is {actual.Values[worst]:R}, "
                + $"reference {expected.Values[worst]:R} ± {actual.Tolerance.Bound(expected.Values[worst]):E1}";
    }

    private static bool IsWorthRunning(OperationCase row, IDevice device) =>
        // ILGPU's CPU accelerator simulates every lane with a thread.
        device.Name == "ilgpu-cpu" ? row.Size == CaseSize.Small
            // A thread after the other, and compiled anew by each process: what is large here are products, whose tiles differ by size.
            : StandInDriver.Is(device) ? !row.IsCombination && (row.Size == CaseSize.Small
                || (row.Size == CaseSize.Large && row.Operation == nameof(Multiply)))
            : !row.IsCombination || !AdjustedOpenCl.IsProcessor(device);

    private static IReadOnlyList<CaseOutput> RunGuarded(
        OperationCase row, IDevice device, ViewPlacement placement, string where, List<string> failures)
    {
        using PreparedCase prepared = row.Prepare(device, placement: placement);
        prepared.Execute();
        IReadOnlyList<CaseOutput> outputs = prepared.ReadOutputs();
        failures.AddRange(prepared.FindDamage().Select(damage => $"{where}: {damage}"));
        return outputs;
    }
}
