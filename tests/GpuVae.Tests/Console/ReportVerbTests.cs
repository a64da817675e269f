using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary><c>gpuvae report</c>: what the page holds, whatever the run is like. What a browser makes of it has tests of its own.</summary>
public sealed class ReportVerbTests : IDisposable
{
    private readonly Workplace _workplace = new();

    /// <inheritdoc/>
    public void Dispose() => _workplace.Dispose();

    [Fact]
    public void The_page_is_one_file_that_needs_nothing_else()
    {
        Train("run");
        Assert.Equal($"written to {Path.Combine("run", "report.html")}", Report("run").Output);
        string page = File.ReadAllText(_workplace.In("run/report.html"));
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
        // The name of SVG's elements is no address that anything is fetched from.
        Assert.DoesNotMatch(@"https?:|(src|href)=|@import|url\(", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal));
        Assert.Contains("default-src 'none'; img-src data:; style-src 'sha256-", page, StringComparison.Ordinal);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_workplace.In("run"), "*.tmp"));
    }

    [Fact]
    public void The_data_are_a_block_of_json_with_a_version()
    {
        Train("run");
        JsonElement data = Data("run");
        Assert.Equal("gpuvae-report", data.GetProperty("schema").GetString());
        Assert.Equal(1, data.GetProperty("version").GetInt32());
        JsonElement run = Assert.Single(data.GetProperty("runs").EnumerateArray());
        Assert.Equal("run", run.GetProperty("name").GetString());
        Assert.Equal("30-8-3-8-30 relu, diagonal code, bernoulli likelihood, elbo with β = 1", run.GetProperty("model").GetString());
        Assert.Equal("tiny: 24 images to train on, 12 images to test; 6×5 grey images, 10 classes", run.GetProperty("data").GetString());
        Assert.Equal("all 12 test images", run.GetProperty("measured_on").GetString());
        Assert.Equal([1, 2], run.GetProperty("epochs").GetProperty("epoch").EnumerateArray().Select(epoch => epoch.GetInt32()));
        Assert.Equal(2, run.GetProperty("epochs").GetProperty("series").GetProperty("kl").GetArrayLength());
        Assert.Equal(4, run.GetProperty("pictures").GetProperty("kept").GetArrayLength());
        Assert.Equal(3, run.GetProperty("units").GetArrayLength());
        Assert.NotEqual(0, run.GetProperty("verdict").GetArrayLength());
        JsonElement map = run.GetProperty("map");
        Assert.Equal(12, map.GetProperty("count").GetInt32());
        Assert.Equal(2, map.GetProperty("axes").GetArrayLength());
        Assert.Contains("% of the variance", map.GetProperty("axes")[0].GetProperty("label").GetString(), StringComparison.Ordinal);
        Assert.Equal(["dense", "dense"], run.GetProperty("decoder").GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("op").GetString()));
        Assert.Equal("f16", run.GetProperty("decoder").GetProperty("weights").GetProperty("type").GetString());
    }

    [Fact]
    public void Its_figures_are_those_of_evaluate()
    {
        Train("run");
        JsonElement run = Data("run").GetProperty("runs")[0];
        Assert.Equal(0, Runner.Run(_workplace.Folder, "evaluate", "run", "--device", "cpu", "--json", "figures.json").ExitCode);
        using var evaluated = JsonDocument.Parse(File.ReadAllBytes(_workplace.In("figures.json")));
        foreach (string figure in (string[])["elbo", "reconstruction", "kl", "bits_per_dimension", "mean_squared_error", "active_units"])
            Assert.Equal(evaluated.RootElement.GetProperty(figure).GetDouble(), run.GetProperty("figures").GetProperty(figure).GetDouble());
        Assert.Equal(
            evaluated.RootElement.GetProperty("units").EnumerateArray().Select(unit => unit.GetProperty("kl").GetDouble()),
            run.GetProperty("units").EnumerateArray().Select(unit => unit.GetProperty("kl").GetDouble()));
    }

    [Fact]
    public void Its_command_trains_the_same_run_again()
    {
        Train("run", "--beta", "2", "--learning-rate", "5e-4");
        string command = Data("run").GetProperty("runs")[0].GetProperty("command").GetString()!;
        Assert.StartsWith("gpuvae train ", command, StringComparison.Ordinal);
        Outcome again = Runner.Run(_workplace.Folder, [.. command.Split(' ')[1..], "--out", "again"]);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        // Where the data lie was typed whole.
        string tiny = JsonSerializer.Serialize(_workplace.In("tiny"));
        Assert.Equal(
            File.ReadAllText(_workplace.In("run/config.json")).Replace("\"data\": \"tiny\"", $"\"data\": {tiny}", StringComparison.Ordinal),
            File.ReadAllText(_workplace.In("again/config.json")));
    }

    [Fact]
    public void Nothing_in_the_data_ends_their_block()
    {
        const string Evil = "</script><script>alert(1)</script><!--";
        string rows = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"\"{(i % 2 == 0 ? Evil : "b")}\",{i % 5},{i % 7},{i % 3}"));
        _workplace.Put("evil.csv", Encoding.UTF8.GetBytes($"label,\"a{Evil}\",c,d\n{rows}\n"));
        string name = OperatingSystem.IsWindows() ? "a&b'c" : "<script>alert(1)<&amp;\"'{{data}}";
        Outcome trained = Runner.Run(
            _workplace.Folder, "train", "--data", "evil.csv", "--device", "cpu", "--hidden", "4", "--latent", "2", "--epochs", "1", "--out", name);
        Assert.Equal(0, trained.ExitCode);
        string page = File.ReadAllText(Path.Combine(_workplace.Folder, name, Report(name) is { ExitCode: 0 } ? "report.html" : ""));
        Assert.Equal(2, Regex.Count(page, "<script"));
        Assert.Equal(2, Regex.Count(page, "</script"));
        Assert.DoesNotContain("<!--", page, StringComparison.Ordinal);
        JsonElement run = PageData.Parse(page).GetProperty("runs")[0];
        Assert.Equal(name, run.GetProperty("name").GetString());
        Assert.Contains(Evil, run.GetProperty("map").GetProperty("label_names").EnumerateArray().Select(label => label.GetString()));
        Assert.Contains($"a{Evil}", run.GetProperty("shown").GetProperty("columns").EnumerateArray().Select(column => column.GetString()));
        Assert.Equal("row", run.GetProperty("example").GetString());
    }

    [Fact]
    public void A_report_is_replaced_and_another_file_is_not()
    {
        Train("run");
        Assert.Equal(0, Report("run").ExitCode);
        byte[] first = File.ReadAllBytes(_workplace.In("run/report.html"));
        Assert.Equal(0, Report("run").ExitCode);
        Assert.Equal(first, File.ReadAllBytes(_workplace.In("run/report.html")));
        _workplace.Put("mine.html", "<html>mine</html>"u8.ToArray());
        Outcome refused = Report("run", "--out", "mine.html");
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal("gpuvae: mine.html: is no report of gpuvae and is left as it is; choose another file with --out", refused.ErrorLine);
        Assert.Equal("<html>mine</html>", File.ReadAllText(_workplace.In("mine.html")));
    }

    [Fact]
    public void Several_runs_are_compared_beside_the_first()
    {
        Train("a");
        Train("b", "--beta", "4", "--seed", "7");
        Outcome outcome = Report("a", "b");
        Assert.Equal((0, "written to report.html"), (outcome.ExitCode, outcome.Output));
        JsonElement data = PageData.Read(_workplace.In("report.html"));
        Assert.Equal(["a", "b"], data.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("name").GetString()));
        Assert.Equal(
            ["--beta 1|4", "--seed 1|7"],
            data.GetProperty("differences").EnumerateArray().Select(difference =>
                $"{difference.GetProperty("setting").GetString()} {string.Join('|', difference.GetProperty("values").EnumerateArray())}"));
        Assert.False(File.Exists(_workplace.In("a/report.html")));
    }

    [Fact]
    public void A_run_that_is_being_written_has_what_there_is()
    {
        Train("run");
        foreach (string weights in (string[])["checkpoint.safetensors", "checkpoint.previous.safetensors", "best.safetensors"])
            File.Delete(_workplace.In($"run/{weights}"));
        string metrics = _workplace.In("run/metrics.jsonl");
        File.WriteAllText(metrics, File.ReadAllText(metrics).TrimEnd()[..^5]);
        Outcome outcome = Report("run");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal("note: run has no weights so far: its page has settings, curves and pictures alone", outcome.Error.TrimEnd());
        JsonElement run = PageData.Read(_workplace.In("run/report.html")).GetProperty("runs")[0];
        Assert.Equal([1], run.GetProperty("epochs").GetProperty("epoch").EnumerateArray().Select(epoch => epoch.GetInt32()));
        Assert.Equal(JsonValueKind.Null, run.GetProperty("model").ValueKind);
        Assert.False(run.TryGetProperty("map", out _));
        Assert.Contains("1 of 2 epochs", $"{run.GetProperty("verdict")}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_which_the_best_weights_are_left_is_shown_by_them()
    {
        Train("run");
        foreach (string weights in (string[])["checkpoint.safetensors", "checkpoint.previous.safetensors"])
            File.Delete(_workplace.In($"run/{weights}"));
        JsonElement run = Data("run").GetProperty("runs")[0];
        Assert.Equal("best", run.GetProperty("weights").GetString());
        Assert.True(run.TryGetProperty("map", out _));
    }

    [Fact]
    public void The_device_is_the_one_that_trained_last()
    {
        Train("run");
        string environment = _workplace.In("run/environment.json");
        string Trained() => $"{Data("run").GetProperty("runs")[0].GetProperty("trained_with")}";
        Assert.StartsWith("cpu: ", Trained(), StringComparison.Ordinal);
        Assert.Equal($"{Data("run").GetProperty("runs")[0].GetProperty("measured_with")}", Trained());
        File.WriteAllText(environment, """{ "invocations": [{ "device": "cpu" }, { "device": "cuda:0", "device_description": "Some GPU" }] }""");
        Assert.Equal("cuda:0: Some GPU", Trained());
        foreach (string damaged in (string[])["{", "[]", """{ "invocations": [{ "device": 3 }] }""", """{ "invocations": [] }"""])
        {
            File.WriteAllText(environment, damaged);
            Assert.Equal("", Trained());
        }
        File.Delete(environment);
        Assert.Equal("", Trained());
    }

    [Fact]
    public void A_run_without_any_epoch_has_a_page()
    {
        Train("run");
        foreach (string file in Directory.GetFiles(_workplace.In("run")).Where(file => !file.EndsWith("config.json", StringComparison.Ordinal)))
            File.Delete(file);
        Directory.Delete(_workplace.In("run/images"), recursive: true);
        Assert.Equal(0, Report("run").ExitCode);
        JsonElement run = PageData.Read(_workplace.In("run/report.html")).GetProperty("runs")[0];
        Assert.Equal(0, run.GetProperty("pictures").GetProperty("epochs_found").GetInt32());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("epochs").GetProperty("best").ValueKind);
    }

    [Fact]
    public void Metrics_that_are_no_numbers_are_null()
    {
        Train("run");
        string metrics = _workplace.In("run/metrics.jsonl");
        string[] lines = File.ReadAllLines(metrics);
        lines[1] = Regex.Replace(lines[1], @"""(test_loss|train_loss|kl|reconstruction)"":[^,}]+", "\"$1\":null");
        File.WriteAllLines(metrics, lines);
        JsonElement epochs = Data("run").GetProperty("runs")[0].GetProperty("epochs");
        Assert.Equal(JsonValueKind.Null, epochs.GetProperty("series").GetProperty("test_loss")[1].ValueKind);
        Assert.Equal(1, epochs.GetProperty("best").GetInt32());
        Assert.Contains("diverged", $"{Data("run").GetProperty("runs")[0].GetProperty("verdict")}", StringComparison.Ordinal);
    }

    [Fact]
    public void Examples_without_labels_are_points_all_the_same()
    {
        Directory.CreateDirectory(_workplace.In("bare"));
        _workplace.Put("bare/train-images-idx3-ubyte", IdxFiles.BuildImages(24, 6, 5));
        _workplace.Put("bare/t10k-images-idx3-ubyte", IdxFiles.BuildImages(12, 6, 5, first: 3));
        Train("run", "--data", "bare");
        JsonElement map = Data("run").GetProperty("runs")[0].GetProperty("map");
        Assert.Equal(12, map.GetProperty("count").GetInt32());
        Assert.False(map.TryGetProperty("labels", out _));
    }

    [Fact]
    public void Many_examples_are_points_evenly()
    {
        Directory.CreateDirectory(_workplace.In("many"));
        _workplace.Put("many/train-images-idx3-ubyte", IdxFiles.BuildImages(24, 6, 5));
        _workplace.Put("many/t10k-images-idx3-ubyte", IdxFiles.BuildImages(15_000, 6, 5));
        Train("run", "--data", "many");
        JsonElement run = Data("run").GetProperty("runs")[0];
        int[] places = [.. run.GetProperty("map").GetProperty("places").EnumerateArray().Select(place => place.GetInt32())];
        Assert.Equal(2000, places.Length);
        Assert.Equal((0, 7500), (places[0], places[1000]));
        Assert.Equal("10,000 of 15,000 test images, evenly", run.GetProperty("measured_on").GetString());
        Assert.InRange(new FileInfo(_workplace.In("run/report.html")).Length, 1, 5_000_000);
    }

    [Fact]
    public void Without_its_data_a_run_has_a_page_and_a_note()
    {
        Train("run");
        Directory.Move(_workplace.In("tiny"), _workplace.In("elsewhere"));
        Outcome outcome = Report("run");
        Assert.Equal(0, outcome.ExitCode);
        Assert.EndsWith("; the page has no figures per unit and no map (--data names other data)", outcome.Error.TrimEnd(), StringComparison.Ordinal);
        JsonElement run = PageData.Read(_workplace.In("run/report.html")).GetProperty("runs")[0];
        Assert.False(run.TryGetProperty("map", out _));
        Assert.True(run.TryGetProperty("decoder", out _));
        outcome = Report("run", "--data", "elsewhere");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        run = PageData.Read(_workplace.In("run/report.html")).GetProperty("runs")[0];
        Assert.StartsWith("elsewhere, which is not what the run was trained on", run.GetProperty("data").GetString(), StringComparison.Ordinal);
        Assert.True(run.TryGetProperty("map", out _));
    }

    [Theory]
    [InlineData("report nowhere", 1, "gpuvae: nowhere: no such folder; give the folder of a run")]
    [InlineData("report run --out page.htm", 2, "gpuvae: --out page.htm: the name of the file has to end with .html")]
    [InlineData("report run --data nosuch", 1, "gpuvae: ")]
    public void What_cannot_be_is_told_in_one_line(string line, int code, string begin)
    {
        Train("run");
        Outcome outcome = Runner.Run(_workplace.Folder, line.Split(' '));
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith(begin, outcome.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_workplace.In("run/report.html")));
    }

    private void Train(string run, params string[] options)
    {
        string[] data = options.Contains("--data") ? [] : ["--data", "tiny"];
        Outcome outcome = Runner.Run(
            _workplace.Folder,
            ["train", "--device", "cpu", "--hidden", "8", "--latent", "3", "--epochs", "2", "--batch", "8", "--out", run, .. data, .. options]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    private Outcome Report(params string[] arguments) => Runner.Run(_workplace.Folder, ["report", "--device", "cpu", .. arguments]);

    private JsonElement Data(string run)
    {
        Outcome outcome = Report(run);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        return PageData.Read(_workplace.In($"{run}/report.html"));
    }
}
