using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Scores and thresholds, on waves of eight numbers: 24 of the 60 rows are held out.</summary>
public sealed class DetectVerbTests(UsedRuns runs) : IClassFixture<UsedRuns>
{
    [Fact]
    public void What_training_did_not_see_scores_higher_and_is_measured()
    {
        Outcome outcome = Run("detect beats --threshold-quantile 1 --out scores.csv");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("(quantile 1 of the training scores)", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("positive class: anomaly", outcome.Output, StringComparison.Ordinal);
        Assert.InRange(Figure(outcome, "ROC AUC"), 0.99, 1);
        Assert.Equal(900, Png.Read(runs.In("beats/images/detect.png")).Width);

        string[] lines = File.ReadAllLines(runs.In("scores.csv"));
        Assert.StartsWith("row,label,score,anomaly,probability,part of ", lines[0], StringComparison.Ordinal);
        string[][] rows = [.. lines[1..].Select(line => line.Split(','))];
        Assert.Equal(24, rows.Length);
        // An example is named by its row in the file, where its label stands too.
        string[] file = File.ReadAllLines(runs.In("beats.csv"));
        Assert.All(rows, row => Assert.Contains(
            row[1], file[int.Parse(row[0], CultureInfo.InvariantCulture) - 1].Split(',')));
        Assert.Equal(24, rows.Select(row => row[0]).Distinct().Count());
        int above = rows.Count(row => row[3] == "1");
        Assert.StartsWith($"{above} of 24 examples score above ", outcome.Output, StringComparison.Ordinal);
        int anomalous = rows.Count(row => row[1] != "n");
        Assert.Equal((double)rows.Count(row => row[1] != "n" && row[3] == "1") / anomalous, Figure(outcome, "recall"), 1e-4);

        // The threshold of the first line is what parts the scores.
        double threshold = double.Parse(
            Regex.Match(outcome.Output, "score above ([0-9.]+) ").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.All(rows, row => Assert.Equal(
            row[3] == "1", double.Parse(row[2], CultureInfo.InvariantCulture) > threshold));

        // What the columns have of a score adds up to it.
        Assert.All(rows, row => Assert.Equal(
            double.Parse(row[2], CultureInfo.InvariantCulture),
            row[5..].Sum(part => double.Parse(part, CultureInfo.InvariantCulture)), 1e-5));
    }

    [Fact]
    public void Normals_as_the_positive_class_turn_the_table()
    {
        Outcome anomalies = Run("detect beats --threshold 8"), normals = Run("detect beats --threshold 8 --positive n");
        Assert.Contains("positive class: n", normals.Output, StringComparison.Ordinal);
        Assert.Equal(Cases(anomalies, "anomaly", "anomaly"), Cases(normals, "others", "others"));
        Assert.Equal(Cases(anomalies, "normal", "anomaly"), Cases(normals, "n", "others"));
        Assert.Equal(Figure(anomalies, "ROC AUC"), Figure(normals, "ROC AUC"));
        Assert.Equal(Figure(anomalies, "accuracy"), Figure(normals, "accuracy"));
        Assert.Matches("(?m)^the example is +and was taken for +examples$", anomalies.Output);
        Assert.DoesNotContain("other way", anomalies.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_that_run_the_other_way_are_told_of()
    {
        // The run was trained on every class: one of the two has its scores the wrong way round.
        Outcome[] outcomes = [Run("detect vae --positive n --out n.csv"), Run("detect vae --positive x,y --out xy.csv")];
        Assert.Equal(1, outcomes.Sum(outcome => Figure(outcome, "ROC AUC")), 1e-3);
        foreach (Outcome outcome in outcomes)
        {
            Assert.Equal(
                Figure(outcome, "ROC AUC") < 0.5,
                outcome.Output.Contains("a ROC AUC below 0.5: the scores run the other way, for ", StringComparison.Ordinal));
        }
        Assert.Single(outcomes, outcome => outcome.Output.Contains("other way", StringComparison.Ordinal));
    }

    [Fact]
    public void All_rows_of_other_data_are_scored_with_the_threshold_of_the_training_data()
    {
        File.WriteAllLines(runs.In("new.csv"), File.ReadAllLines(runs.In("beats.csv"))[..6]);
        Outcome outcome = Run("detect beats --data new.csv --out new-scores.csv");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches("^[0-6] of 6 examples score above", outcome.Output);
        Assert.Contains("(quantile 0.99 of the training scores)", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(7, File.ReadAllLines(runs.In("new-scores.csv")).Length);
    }

    [Fact]
    public void A_bound_of_many_draws_is_tighter_than_that_of_single_ones_and_names_can_be_positive()
    {
        double Sum(string score)
        {
            Outcome outcome = Run($"detect vae --score {score} --samples 5000 --positive x,y --out {score}.csv");
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
            Assert.Contains("positive class: x,y", outcome.Output, StringComparison.Ordinal);
            return File.ReadAllLines(runs.In($"{score}.csv"))[1..].Sum(
                line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture));
        }

        Assert.True(Sum("iwae") < Sum("elbo"));
    }

    [Fact]
    public void Without_a_positive_class_there_is_nothing_to_measure_and_that_is_said()
    {
        Outcome outcome = Run("detect vae");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("name the anomalous ones with --positive to measure", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ROC", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("detect beats --score strange", 2, "--score strange: unknown; choose from memory, reconstruction, elbo, iwae")]
    [InlineData("detect beats --score elbo", 1, "--score elbo: the code of beats is point, which is not drawn")]
    [InlineData("detect vae --samples 0", 2, "--samples 0: must be a whole number from 1 to ")]
    [InlineData("detect beats --threshold 1 --threshold-std 2", 2, "--threshold-std and --threshold: there is one threshold")]
    [InlineData("detect beats --threshold-quantile 1.5", 2, "--threshold-quantile 1.5: must be from 0 to 1")]
    [InlineData("detect beats --threshold NaN", 2, "--threshold NaN: must be a finite number")]
    [InlineData("detect beats --positive z", 1, "--positive z: there is no class z; the classes are ")]
    [InlineData("detect beats --positive n,x", 1, "--positive n,x: the run was trained on n, which are normal")]
    [InlineData("detect vae --positive anomaly", 1, "--positive anomaly: the run was trained on every class")]
    [InlineData("detect beats --data tiny", 1, "tiny: ")]
    [InlineData("detect beats --out scores.png", 2, "--out scores.png: the name of the file has to end with .csv")]
    [InlineData("train --data beats.csv --label-column first --train-labels z", 1, "--train-labels z: there is no class z")]
    [InlineData("train --data beats.csv --label-column first --train-labels n,", 2, "--train-labels n,: names stand between commas")]
    public void A_mistake_is_one_line_that_names_it_and_leaves_nothing_behind(string line, int code, string said)
    {
        string[] before = runs.Snapshot();
        Outcome outcome = Run(line);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, runs.Snapshot());
    }

    private static double Figure(Outcome outcome, string name) => double.Parse(
        Regex.Match(outcome.Output, $@"(?m)^{name} +([0-9.]+)$").Groups[1].Value, CultureInfo.InvariantCulture);

    private static string Cases(Outcome outcome, string actual, string taken) =>
        Regex.Match(outcome.Output, $@"(?m)^{actual} +{taken} +([0-9]+)$").Groups[1].Value;

    private Outcome Run(string line) => Runner.Run(runs.Folder, [.. line.Split(' '), "--device", "cpu"]);
}
