using System.Diagnostics;
using System.Text.Json;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>
/// Successive halving (Jamieson and Talwalkar 2016, algorithm 1): ⌈log₂ n⌉ rounds take an equal part of the time. In each the
/// runs that are left share it equally, and the half with the least test losses goes on. Which runs are done in the round at
/// hand stands in a file, so that a sweep that was killed goes on in it.
/// </summary>
/// <param name="runner">Trains.</param>
/// <param name="folder">The folder of the sweep.</param>
/// <param name="jobs">Runs at once.</param>
internal sealed class SweepHalving(SweepRunner runner, string folder, int jobs)
{
    /// <summary>The name of the file in the folder of the sweep.</summary>
    public const string StateName = "halving.json";

    private readonly Dictionary<string, RoundResult> _ended = [];

    private string StatePath => Path.Combine(folder, StateName);

    /// <summary>Trains round after round.</summary>
    /// <param name="points">The runs.</param>
    /// <param name="budget">Time for all of them.</param>
    /// <param name="cancellation">Stops and saves the runs of the round.</param>
    /// <returns>In the order of <paramref name="points"/>; who was left out early has what it came to until then.</returns>
    /// <exception cref="UserException">A run cannot go on, or the file of the rounds is damaged.</exception>
    public IReadOnlyList<SweepOutcome> Run(IReadOnlyList<SweepPoint> points, TimeSpan budget, CancellationToken cancellation)
    {
        ReadState();
        long start = Stopwatch.GetTimestamp();
        int rounds = Math.Max(1, (int)Math.Ceiling(Math.Log2(points.Count)));
        IReadOnlyList<SweepPoint> left = points;
        for (int round = 1; round <= rounds; round++)
        {
            // Reading data and measuring take time too; a round that began late is as much shorter as its part of that.
            TimeSpan late = Stopwatch.GetElapsedTime(start) - (budget * (round - 1) / rounds);
            TimeSpan share = (budget / rounds) - (AtLeastNone(late) / (rounds - round + 1));
            TimeSpan each = AtLeastNone(share) * Math.Min(jobs, left.Count) / left.Count;
            Console.Out.WriteLine(ReportText.Text(
                $"round {round} of {rounds}: {left.Count:N0} run{(left.Count == 1 ? "" : "s")}, {each.TotalSeconds:#,0.#} s each"));
            SweepPoint[] waiting = [.. left.Where(point => !_ended.TryGetValue(point.Name, out RoundResult? result) || result.Round < round)];
            runner.Run(waiting, jobs, outcome => Ended(outcome, round), cancellation, each);
            if (cancellation.IsCancellationRequested || round == rounds)
            {
                break;
            }

            left = [.. left.OrderBy(point => _ended[point.Name].Outcome(point).Best?.TestLoss ?? double.PositiveInfinity).Take((left.Count + 1) / 2)];
        }

        return [.. points.Select(point => Outcome(point, left))];
    }

    private static TimeSpan AtLeastNone(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private SweepOutcome Outcome(SweepPoint point, IReadOnlyList<SweepPoint> left)
    {
        if (!_ended.TryGetValue(point.Name, out RoundResult? result))
        {
            return new SweepOutcome(point, SweepStatus.Stopped, null, HasPrior: true);
        }

        SweepOutcome outcome = result.Outcome(point);
        return outcome.Status == SweepStatus.OutOfTime && !left.Contains(point) ? outcome with { Status = SweepStatus.Dropped } : outcome;
    }

    private void Ended(SweepOutcome outcome, int round)
    {
        if (outcome.Status == SweepStatus.Stopped)
        {
            return;
        }

        _ended[outcome.Point.Name] = RoundResult.Of(outcome, round);
        AtomicFile.Write(StatePath, stream => JsonSerializer.Serialize(stream, _ended));
    }

    private void ReadState()
    {
        if (!File.Exists(StatePath))
        {
            return;
        }

        try
        {
            byte[] state = File.ReadAllBytes(StatePath);
            foreach ((string name, RoundResult? result) in JsonSerializer.Deserialize<Dictionary<string, RoundResult?>>(state) ?? [])
            {
                bool isWhole = result is { Round: >= 1, Epoch: null or >= 1 } && Enum.IsDefined(result.Status);
                _ended[name] = isWhole ? result! : throw new JsonException();
            }
        }
        catch (JsonException exception)
        {
            throw new UserException($"{StatePath}: is damaged; delete it to begin the rounds again", exception);
        }
    }

    /// <summary>What a run had come to after its last round. Losses that are not there are null.</summary>
    private sealed record RoundResult(
        int Round, SweepStatus Status, bool HasPrior, int? Epoch, double? TestLoss, double? Reconstruction, double? Kl)
    {
        public static RoundResult Of(SweepOutcome outcome, int round) => new(
            round, outcome.Status, outcome.HasPrior, outcome.Best?.Epoch, Finite(outcome.Best?.TestLoss), Finite(outcome.Best?.Reconstruction),
            Finite(outcome.Best?.Kl));

        public SweepOutcome Outcome(SweepPoint point) => new(
            point, Status,
            Epoch is int epoch
                ? new EpochMetrics(epoch, double.NaN, TestLoss ?? double.NaN, Reconstruction ?? double.NaN, Kl ?? double.NaN, 0, 0)
                : null,
            HasPrior);

        private static double? Finite(double? value) => value is double number && double.IsFinite(number) ? number : null;
    }
}
