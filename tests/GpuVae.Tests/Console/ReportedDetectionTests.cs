using System.Globalization;
using System.Text.Json;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What the page of a report says of anomalies is what <c>detect</c> says.</summary>
public sealed class ReportedDetectionTests(UsedRuns runs) : IClassFixture<UsedRuns>
{
    [Theory]
    [InlineData("beats", "distance from training rows like it", "")]
    [InlineData("vae-beats", "negative ELBO", "nats")]
    [InlineData("pictures", "loss of the reconstruction", "nats")]
    public void The_confusion_at_each_step_is_that_of_detect(string run, string score, string unit)
    {
        Train(run);
        JsonElement detection = Detection(run);
        Assert.Equal((score, unit), (detection.GetProperty("score").GetString(), detection.GetProperty("unit").GetString()));
        Assert.Equal($"gpuvae detect {runs.In(run)}", detection.GetProperty("command").GetString());
        double[] steps = Numbers(detection.GetProperty("thresholds"));
        Assert.Equal(steps.Order().Distinct(), steps);
        JsonElement own = Detect(run);
        Assert.Equal(own.GetProperty("threshold").GetDouble(), detection.GetProperty("threshold").GetDouble());
        Assert.Equal(own.GetProperty("rule").GetString(), detection.GetProperty("rule").GetString());
        Assert.Equal(own.GetProperty("roc_auc").GetDouble(), detection.GetProperty("roc_auc").GetDouble());
        Assert.Equal(own.GetProperty("average_precision").GetDouble(), detection.GetProperty("average_precision").GetDouble());
        RequireSame(own, detection, Array.IndexOf(steps, own.GetProperty("threshold").GetDouble()));
        foreach (int step in (int[])[0, steps.Length / 3, steps.Length / 2, steps.Length - 1])
            RequireSame(Detect(run, $"--threshold={steps[step].ToString("R", CultureInfo.InvariantCulture)}"), detection, step);
        // From all to none, one by one: every row has a step of its own.
        int[] above = [.. detection.GetProperty("kinds").EnumerateArray().Select(kind => Numbers(kind.GetProperty("above")))
            .Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]).Select(count => (int)count).Distinct()];
        Assert.Equal(own.GetProperty("examples").GetInt32(), above[0]);
        Assert.Equal(0, above[^1]);
    }

    [Theory]
    [InlineData("beats")]
    [InlineData("vae-beats")]
    public void The_strangest_rows_are_those_of_detect_with_the_parts_of_their_columns(string run)
    {
        Train(run);
        JsonElement[] strangest = [.. Detection(run).GetProperty("strangest").EnumerateArray()];
        Detect(run);
        string[] lines = File.ReadAllLines(runs.In("detected.csv")), header = lines[0].Split(',');
        string[][] rows = [.. lines[1..].Select(line => line.Split(','))
            .OrderByDescending(row => double.Parse(row[2], CultureInfo.InvariantCulture))];
        Assert.Equal(Math.Min(20, rows.Length), strangest.Length);
        for (int i = 0; i < strangest.Length; i++)
        {
            Assert.Equal(rows[i][0], strangest[i].GetProperty("name").GetString());
            Assert.Equal(rows[i][1], strangest[i].GetProperty("label").GetString());
            Assert.Equal(rows[i][1] != "n", strangest[i].GetProperty("is_anomaly").GetBoolean());
            Assert.Equal(double.Parse(rows[i][2], CultureInfo.InvariantCulture), strangest[i].GetProperty("score").GetDouble());
            JsonElement[] columns = [.. strangest[i].GetProperty("columns").EnumerateArray()];
            double[] parts = [.. columns.Select(column => column.GetProperty("part").GetDouble())];
            Assert.Equal(parts.OrderDescending(), parts);
            Assert.Equal(parts.Sum(), strangest[i].GetProperty("parts_in_all").GetDouble(), 1e-9);
            string[] file = File.ReadAllLines(runs.In("beats.csv"))[int.Parse(rows[i][0], CultureInfo.InvariantCulture) - 1].Split(',');
            foreach (JsonElement column in columns)
            {
                int place = column.GetProperty("column").GetInt32();
                Assert.Equal(double.Parse(file[1 + place], CultureInfo.InvariantCulture), column.GetProperty("given").GetDouble(), 1e-4);
                if (run == "beats")
                    Assert.Equal(double.Parse(rows[i][Array.IndexOf(header, $"part of column {place + 1}")], CultureInfo.InvariantCulture), column.GetProperty("part").GetDouble());
            }
        }
    }

    [Fact]
    public void Bars_have_every_example_once()
    {
        JsonElement detection = Detection("beats");
        foreach (JsonElement kind in detection.GetProperty("kinds").EnumerateArray())
            Assert.Equal(kind.GetProperty("count").GetInt32(), Numbers(kind.GetProperty("bars")).Sum() + kind.GetProperty("infinite").GetInt32());
        Assert.Equal(["normal", "anomaly"], detection.GetProperty("kinds").EnumerateArray().Select(kind => kind.GetProperty("name").GetString()));
    }

    [Fact]
    public void Pictures_have_heat_and_are_in_the_order_of_their_scores()
    {
        Train("pictures");
        JsonElement detection = Detection("pictures");
        double[] scores = [.. detection.GetProperty("strangest").EnumerateArray().Select(each => each.GetProperty("score").GetDouble())];
        Assert.Equal(12, scores.Length);
        Assert.Equal(scores.OrderDescending(), scores);
        JsonElement heat = detection.GetProperty("heat");
        Assert.Equal(12 * 30, heat.GetProperty("originals").GetProperty("length").GetInt32());
        Assert.Equal(12 * 30, heat.GetProperty("expected").GetProperty("length").GetInt32());
        Assert.Equal(12 * 30, heat.GetProperty("shades").GetProperty("length").GetInt32());
        Assert.True(heat.GetProperty("hottest").GetDouble() > 0);
    }

    [Fact]
    public void Without_labels_or_normal_classes_there_is_one_kind_and_no_confusion()
    {
        File.WriteAllLines(runs.In("bare.csv"), File.ReadAllLines(runs.In("beats.csv")).Select(line => line[2..]));
        JsonElement bare = Detection("beats", "--data", runs.In("bare.csv"));
        Assert.Equal("rows", Assert.Single(bare.GetProperty("kinds").EnumerateArray()).GetProperty("name").GetString());
        Assert.False(bare.TryGetProperty("roc_auc", out _));
        Assert.Equal($"gpuvae detect {runs.In("beats")} --data {runs.In("bare.csv")}", bare.GetProperty("command").GetString());
        Train("all", "--data", runs.In("beats.csv"), "--label-column", "first", "--preset", "ae", "--latent", "2", "--epochs", "2");
        JsonElement all = Detection("all");
        Assert.Single(all.GetProperty("kinds").EnumerateArray());
        Assert.StartsWith("The run was trained on every class", Assert.Single(all.GetProperty("notes").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_row_and_rows_without_any_probability_are_scored()
    {
        string[] lines = File.ReadAllLines(runs.In("beats.csv"));
        File.WriteAllLines(runs.In("one.csv"), lines[..1]);
        JsonElement one = Detection("beats", "--data", runs.In("one.csv"));
        Assert.Equal(1, one.GetProperty("kinds").EnumerateArray().Sum(kind => kind.GetProperty("count").GetInt32()));
        string[] broken = [.. lines[..6].Select((line, i) => i < 2 ? $"{line[..line.LastIndexOf(',')]}," : line)];
        File.WriteAllLines(runs.In("broken.csv"), broken);
        JsonElement detection = Detection("beats", "--data", runs.In("broken.csv"));
        JsonElement[] kinds = [.. detection.GetProperty("kinds").EnumerateArray()];
        Assert.Equal(2, kinds.Sum(kind => kind.GetProperty("infinite").GetInt32()));
        // Above every threshold.
        Assert.Equal(2, kinds.Sum(kind => Numbers(kind.GetProperty("above"))[^1]));
        JsonElement strangest = detection.GetProperty("strangest")[0];
        Assert.Equal(JsonValueKind.Null, strangest.GetProperty("score").ValueKind);
        Assert.Equal("column 8", strangest.GetProperty("columns")[0].GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Null, strangest.GetProperty("columns")[0].GetProperty("given").ValueKind);
        // The rest of the page is of the others, which keep their names.
        Assert.Equal(4, Run("beats", "--data", runs.In("broken.csv")).GetProperty("map").GetProperty("count").GetInt32());
        Assert.Equal([2, 3, 4, 5], Run("beats", "--data", runs.In("broken.csv")).GetProperty("map").GetProperty("places").EnumerateArray().Select(place => place.GetInt32()));
    }

    [Fact]
    public void Words_and_missing_cells_are_shown_as_they_are()
    {
        File.WriteAllLines(
            runs.In("words.csv"),
            ["heat,mode,flow", .. Enumerable.Range(0, 60).Select(i => $"{i % 7}.5,{(i % 2 == 0 ? "eco" : "max")},{(i % 5 == 0 ? "" : $"{i % 4}")}")]);
        Train("words", "--data", runs.In("words.csv"), "--categorical", "mode", "--preset", "anomaly", "--missing", "mean", "--mask-missing", "--latent", "2", "--epochs", "2");
        File.WriteAllLines(runs.In("odd.csv"), ["heat,mode,flow", "1000,eco,2", "2.5,max,"]);
        JsonElement[] rows = [.. Detection("words", "--data", runs.In("odd.csv")).GetProperty("strangest").EnumerateArray()];
        JsonElement Cell(int row, string name) =>
            rows[row].GetProperty("columns").EnumerateArray().Single(column => column.GetProperty("name").GetString() == name).GetProperty("given");
        Assert.Equal("heat", rows[0].GetProperty("columns")[0].GetProperty("name").GetString());
        Assert.Equal(1000, Cell(0, "heat").GetDouble(), 1e-2);
        Assert.Equal("eco", Cell(0, "mode").GetString());
        Assert.Equal("max", Cell(1, "mode").GetString());
        Assert.Equal(JsonValueKind.Null, Cell(1, "flow").ValueKind);
    }

    [Fact]
    public void A_detector_of_other_weights_is_told_of()
    {
        Train("old", "--data", runs.In("beats.csv"), "--label-column", "first", "--train-labels", "n", "--preset", "ae", "--latent", "2", "--epochs", "2");
        Train("new", "--data", runs.In("beats.csv"), "--label-column", "first", "--train-labels", "n", "--preset", "ae", "--latent", "2", "--epochs", "3");
        File.Copy(runs.In("old/detector.gpuvae"), runs.In("new/detector.gpuvae"), overwrite: true);
        Outcome outcome = Report("new");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("other weights than the checkpoint", outcome.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        JsonElement detection = PageData.Read(runs.In("new.html")).GetProperty("runs")[0].GetProperty("detection");
        Assert.Contains("other weights than the checkpoint", Assert.Single(detection.GetProperty("notes").EnumerateArray()).GetString(), StringComparison.Ordinal);
        RequireSame(Detect("new"), detection, Array.IndexOf(Numbers(detection.GetProperty("thresholds")), detection.GetProperty("threshold").GetDouble()));
    }

    [Fact]
    public void Where_there_can_be_no_scores_the_page_says_why()
    {
        File.Copy(runs.In("beats.csv"), runs.In("passing.csv"));
        Train("passing", "--data", runs.In("passing.csv"), "--label-column", "first", "--train-labels", "n", "--likelihood", "gaussian", "--latent", "2", "--epochs", "2");
        File.Delete(runs.In("passing.csv"));
        Outcome outcome = Report("passing", "--data", runs.In("beats.csv"));
        Assert.Equal(0, outcome.ExitCode);
        Assert.EndsWith("the page has no scores of anomalies", outcome.Error.ReplaceLineEndings(" ").TrimEnd(), StringComparison.Ordinal);
        JsonElement run = PageData.Read(runs.In("passing.html")).GetProperty("runs")[0];
        Assert.Contains("the threshold comes from the scores of the training data", run.GetProperty("detection").GetProperty("why_not").GetString(), StringComparison.Ordinal);
        Assert.True(run.TryGetProperty("map", out _));
    }

    [Fact]
    public void Runs_that_are_not_meant_for_it_say_nothing_of_anomalies() => Assert.False(Run("vae").TryGetProperty("detection", out _));

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void A_hundred_thousand_rows_are_a_small_page_whose_confusion_is_that_of_detect()
    {
        LongTests.Require();
        var random = new Random(7);
        string Row(int i) => string.Join(',', (string[])[
            i % 50 == 0 ? "x" : "n",
            .. Enumerable.Range(0, 8).Select(_ => (random.NextDouble() * (i % 50 == 0 ? 3 : 1)).ToString("R", CultureInfo.InvariantCulture))]);
        File.WriteAllLines(runs.In("many.csv"), Enumerable.Range(0, 100_000).Select(Row));
        JsonElement detection = Detection("beats", "--data", runs.In("many.csv"));
        Assert.InRange(new FileInfo(runs.In("beats.html")).Length, 1, 5_000_000);
        double[] steps = Numbers(detection.GetProperty("thresholds"));
        Assert.InRange(steps.Length, 3900, 4001);
        foreach (int step in (int[])[1, 2000, steps.Length - 3])
            RequireSame(Detect("beats", "--data", runs.In("many.csv"), $"--threshold={steps[step].ToString("R", CultureInfo.InvariantCulture)}"), detection, step);
        // The highest scores are told apart one by one.
        int[] above = [.. Enumerable.Range(steps.Length - 900, 900).Select(step =>
            (int)detection.GetProperty("kinds").EnumerateArray().Sum(kind => kind.GetProperty("above")[step].GetDouble()))];
        Assert.All(above.Zip(above.Skip(1)), pair => Assert.InRange(pair.First - pair.Second, 0, 1));
    }

    private static void RequireSame(JsonElement detect, JsonElement detection, int step)
    {
        JsonElement[] kinds = [.. detection.GetProperty("kinds").EnumerateArray()];
        int Count(int kind) => kinds[kind].GetProperty("count").GetInt32();
        int Above(int kind) => kinds[kind].GetProperty("above")[step].GetInt32();
        Assert.Equal(
            (detect.GetProperty("true_positives").GetInt32(), detect.GetProperty("false_positives").GetInt32(),
                detect.GetProperty("true_negatives").GetInt32(), detect.GetProperty("false_negatives").GetInt32()),
            (Above(1), Above(0), Count(0) - Above(0), Count(1) - Above(1)));
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    private JsonElement Detect(string run, params string[] options)
    {
        foreach (string file in (string[])["detected.csv", "detected.json"])
            File.Delete(runs.In(file));
        Outcome outcome = Runner.Run(runs.Folder, ["detect", runs.In(run), "--device", "cpu", "--heat-maps", "none", "--out", "detected.csv", .. options]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        using var figures = JsonDocument.Parse(File.ReadAllText(runs.In("detected.json")));
        return figures.RootElement.Clone();
    }

    private JsonElement Detection(string run, params string[] options) => Run(run, options).GetProperty("detection");

    private JsonElement Run(string run, params string[] options)
    {
        Assert.Equal(0, Report(run, options).ExitCode);
        return PageData.Read(runs.In($"{run}.html")).GetProperty("runs")[0];
    }

    private Outcome Report(string run, params string[] options) =>
        Runner.Run(runs.Folder, ["report", runs.In(run), "--device", "cpu", "--out", $"{run}.html", .. options]);

    /// <summary>Trains a run that is not one of <see cref="UsedRuns"/>, once.</summary>
    private void Train(string run, params string[] options)
    {
        if (Directory.Exists(runs.In(run)))
            return;
        string[] of = run switch
        {
            "vae-beats" =>
                ["--data", runs.In("beats.csv"), "--label-column", "first", "--train-labels", "n", "--hold-out", "0.4", "--likelihood", "gaussian", "--latent", "2", "--epochs", "10"],
            "pictures" => ["--data", "tiny", "--train-labels", "0,1,2,3", "--preset", "anomaly", "--latent", "3", "--epochs", "5"],
            _ => options,
        };
        Outcome outcome = Runner.Run(runs.Folder, ["train", "--device", "cpu", "--hidden", "8", "--batch", "8", "--out", run, .. of]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }
}
