using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What train, and the verbs after it, say of a run.</summary>
public sealed class TrainEndTests : IDisposable
{
    private readonly Workplace _workplace = new();

    [Fact]
    public void Bits_per_dimension_are_those_of_evaluate_whatever_kl_counted()
    {
        Outcome trained = Train("tiny", "--beta 0.01 --warm-up 5 --free-bits 2");
        Outcome evaluated = Run("evaluate run");
        Assert.Equal(Figure(evaluated, "bits per dimension"), Figure(trained, "bits per dimension"));
        Assert.Contains("of −ELBO", trained.Output, StringComparison.Ordinal);
        double sum = Figure(trained, "  reconstruction") + Figure(trained, "  KL divergence");
        Assert.Equal(-Figure(evaluated, "ELBO"), sum, 0.011);
        Assert.EndsWith("\nnext: gpuvae generate run\nor in a browser: gpuvae explore run", trained.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_prior_there_is_no_kl_and_there_are_no_bits()
    {
        Outcome outcome = Train("tiny", "--preset ae");
        Assert.Matches(@"(?m)^epoch +train loss +test loss +images/s +seconds$", outcome.Output);
        Assert.Matches(@"(?m)^ +1 +[0-9.]+ +[0-9.]+ +[0-9,]+ +[0-9.]+$", outcome.Output);
        Assert.DoesNotContain("KL", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("bits", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nnext: gpuvae reconstruct run\nor in a browser: gpuvae explore run", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_of_one_under_batch_norm_is_refused_and_leaves_nothing_behind()
    {
        Outcome outcome = Runner.Run(
            _workplace.Folder, "train", "--data", "tiny", "--network", "dense 8 norm batch", "--limit", "1", "--device", "cpu", "--out", "run");
        Assert.Equal(1, outcome.ExitCode);
        Assert.False(Directory.Exists(_workplace.In("run")));
    }

    [Fact]
    public void Pictures_of_the_last_epoch_alone_may_be_asked_for()
    {
        Outcome outcome = Train("tiny", "--preset ae --epochs 3 --pictures last");
        Assert.Contains("  images/reconstruction-0003.png\n", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("no pictures of", outcome.Output, StringComparison.Ordinal);
        outcome = Run("train --resume run --epochs 5 --pictures all");
        Assert.Contains("  images/reconstruction-0004…0005.png\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_may_be_asked_for_no_pictures_at_all()
    {
        Outcome outcome = Train("tiny", "--preset ae --epochs 3 --pictures none");
        Assert.DoesNotContain(".png", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("no pictures", outcome.Output + outcome.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_workplace.In("run/images")));
    }

    [Fact]
    public void Bits_of_bytes_stand_beside_nats_at_every_place()
    {
        Outcome trained = Train("tiny", "--preset ae --likelihood logistic --sigma learned");
        Assert.DoesNotContain("--sigma", trained.Error, StringComparison.Ordinal);
        Outcome evaluated = Run("evaluate run");
        Assert.Matches(@"(?m)^bits per dimension +[0-9.]+  of reconstruction$", trained.Output);
        Assert.Equal(Figure(evaluated, "bits per dimension"), Figure(trained, "bits per dimension"));
        using var line = JsonDocument.Parse(File.ReadLines(_workplace.In("run/metrics.jsonl")).Last());
        double bits = line.RootElement.GetProperty("bits_per_dimension").GetDouble();
        Assert.Equal(Figure(trained, "bits per dimension"), bits, 5.1e-5);
    }

    [Fact]
    public void A_scale_of_bytes_that_parts_nothing_is_told_before_training()
    {
        Outcome outcome = Train("tiny", "--likelihood logistic");
        Assert.Contains("--sigma 1 is a scale as wide as from black to white: a byte between costs 10 bits", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("--sigma learned", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_has_rows_and_is_searched_for_anomalies_next()
    {
        WriteTable("table.csv", scale: 1);
        Outcome outcome = Train("table.csv", "--preset ae");
        Assert.DoesNotContain("image", Regex.Replace(outcome.Output, "images/[^ ]*", ""), StringComparison.Ordinal);
        Assert.Contains("54 rows to train on", outcome.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^test loss +[0-9.]+  nats per row$", outcome.Output);
        Assert.Contains("per number of the test set", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nnext: gpuvae detect run --data NEW.csv", outcome.Output, StringComparison.Ordinal);
        Outcome evaluated = Run("evaluate run");
        Assert.Contains("run on 6 test rows of table", evaluated.Output, StringComparison.Ordinal);
        Assert.Contains("nats per row", evaluated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_any_size_stay_apart_under_their_headings()
    {
        WriteTable("table.csv", scale: 1e8);
        Outcome outcome = Train("table.csv", "--preset ae --learning-rate 1e-12");
        string[] lines = outcome.Output.Split('\n');
        int heading = Array.FindIndex(lines, line => line.StartsWith("epoch", StringComparison.Ordinal));
        string[] cells = lines[heading + 1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, cells.Length);
        Assert.All(cells, cell => Assert.True(
            double.TryParse(cell, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _), cell));
        Assert.Matches(@"E\+1[0-9]$", cells[1]);
        Assert.Equal(lines[heading].TrimEnd().Length, lines[heading + 1].TrimEnd().Length);
        Assert.Matches(@"(?m)^test loss +[0-9.]+E\+1[0-9]  nats per row$", outcome.Output);
        Assert.Matches(@"(?m)^after epoch +2$", outcome.Output);
    }

    [Fact]
    public void A_learned_scale_is_the_same_at_every_place()
    {
        Outcome trained = Train("tiny", "--likelihood gaussian --sigma learned --learning-rate 0.1");
        Outcome evaluated = Run("evaluate run --json figures.json");
        double sigma = Figure(trained, "learned sigma");
        Assert.InRange(sigma, 0.1, 0.99);
        Assert.Equal(sigma, Figure(evaluated, "learned sigma"));
        using var last = JsonDocument.Parse(File.ReadAllLines(_workplace.In("run/metrics.jsonl"))[^1]);
        using var figures = JsonDocument.Parse(File.ReadAllText(_workplace.In("figures.json")));
        Assert.Equal(sigma, last.RootElement.GetProperty("sigma").GetDouble(), 1e-4);
        Assert.Equal(last.RootElement.GetProperty("sigma").GetDouble(), figures.RootElement.GetProperty("sigma").GetDouble());
        // The file is read again, and what it had stays.
        Outcome resumed = Run("train --resume run --epochs 3");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.All(
            File.ReadAllLines(_workplace.In("run/metrics.jsonl")), line => Assert.Contains("\"sigma\":", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_scale_that_is_given_is_no_figure()
    {
        Assert.DoesNotContain("learned sigma", Train("tiny", "--likelihood gaussian --sigma 0.5").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("sigma", File.ReadAllText(_workplace.In("run/metrics.jsonl")), StringComparison.Ordinal);
        Assert.DoesNotContain("learned sigma", Run("evaluate run").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Units_are_one_or_many_and_have_no_empty_column()
    {
        Train("tiny", "--free-bits 1 --epochs 40 --learning-rate 0.01");
        string[] lines = Run("evaluate run").Output.Split('\n');
        Assert.Contains("unit  KL in nats  variance of the mean", lines);
        var one = new GpuVae.Evaluation.CodeUse([0], [0]);
        string advice = GpuVae.Training.TrainingAdvice.AgainstCollapse(new(), one, 900, new([0, 1], null, 1, 1))!;
        Assert.StartsWith("the posterior has collapsed, 0 of 1 unit of the code tells examples apart: ", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_keep_their_headings_in_a_pipe()
    {
        Train("tiny", "--preset ae");
        Assert.Matches(@"(?m)^unit +variance of the mean$", Run("evaluate run").Output);
        Assert.Single(Regex.Matches(Runner.Run(_workplace.Folder, "presets").Output, "code, likelihood, objective"));
        Assert.StartsWith(
            "name ", Runner.Run(_workplace.Folder, "reproduce", "--list").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Best_weights_can_be_chosen_and_are_named()
    {
        Train("tiny", "--epochs 6 --schedule steps --rate-steps 3:2");
        Outcome last = Run("evaluate run --weights last"), best = Run("evaluate run --weights best");
        Assert.DoesNotContain("weights:", last.Output, StringComparison.Ordinal);
        Match named = Regex.Match(best.Output, @"^weights: best \(epoch (\d)\)\n");
        Assert.True(named.Success, best.Output);
        Assert.InRange(int.Parse(named.Groups[1].Value, CultureInfo.InvariantCulture), 1, 3);
        Assert.True(Figure(best, "ELBO") > Figure(last, "ELBO"));
        Assert.Equal(last.Output, Run("evaluate run").Output);
        Outcome wrong = Run("evaluate run --weights first");
        Assert.Equal(2, wrong.ExitCode);
        Assert.StartsWith("gpuvae: --weights first: unknown; choose from best, last", wrong.ErrorLine, StringComparison.Ordinal);
        File.Delete(_workplace.In("run/best.safetensors"));
        Assert.Contains("--weights last", Run("evaluate run --weights best").ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void After_patience_the_best_weights_are_used_and_a_second_resumption_says_it_is_over()
    {
        Outcome trained = Train("tiny", "--epochs 1000 --patience 2 --learning-rate 0.1");
        Match best = Regex.Match(trained.Output, @"the test loss was best after epoch (\d+), which best.safetensors holds");
        Assert.True(best.Success, trained.Output);
        Assert.StartsWith(
            $"weights: best (epoch {best.Groups[1].Value})\n", Run("generate run --count 4").Output, StringComparison.Ordinal);
        Assert.Contains(
            "nothing was left to do: the run had stopped after epoch ",
            Runner.Run(_workplace.Folder, "train", "--resume", "run").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_that_says_nothing_is_told_of_at_the_end()
    {
        Assert.Matches(
            @"(?m)^note: 0 of 2 units of the code tell examples apart after 6 steps: train longer", Train("tiny", "").Output);
    }

    [Fact]
    public void Data_that_is_misspelled_is_answered_with_what_was_meant()
    {
        Outcome outcome = Runner.Run(_workplace.Folder, "train", "--data", "minst");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("no such file or folder; did you mean mnist?", outcome.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _workplace.Dispose();

    private static double Figure(Outcome outcome, string name) => double.Parse(
        Regex.Match(outcome.Output, $@"(?m)^{name} +(-?[0-9.]+) ").Groups[1].Value, CultureInfo.InvariantCulture);

    private void WriteTable(string name, double scale) => File.WriteAllLines(
        _workplace.In(name),
        [
            "a,b,c,d",
            .. Enumerable.Range(0, 60).Select(row => string.Join(',', Enumerable.Range(0, 4).Select(
                column => (scale * Math.Sin((row * 4) + column + 1)).ToString("R", CultureInfo.InvariantCulture)))),
        ]);

    private Outcome Train(string data, string options)
    {
        string[] common = ["--hidden", "16", "--latent", "2", "--batch", "10", "--out", "run", "--device", "cpu"];
        string[] epochs = options.Contains("--epochs", StringComparison.Ordinal) ? [] : ["--epochs", "2"];
        Outcome outcome = Runner.Run(
            _workplace.Folder,
            ["train", "--data", data, .. common, .. epochs, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.All(
            outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.StartsWith("note: ", line, StringComparison.Ordinal));
        return outcome;
    }

    private Outcome Run(string line) => Runner.Run(_workplace.Folder, [.. line.Split(' '), "--device", "cpu"]);
}
