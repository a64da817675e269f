using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>The threshold, the confusion and the strangest examples of a page, beside what <c>gpuvae detect</c> says.</summary>
[Collection(Pages.Name)]
public sealed class DetectorTests(Chromium chromium, ReportedRuns runs)
{
    private const string Evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";

    [Fact]
    public async Task The_confusion_under_a_dragged_threshold_is_that_of_detect()
    {
        await using OpenedPage page = await chromium.Open(Sensors());
        await RequireAsDetect(page);
        string before = await page.Page.Locator("#confusion-table").InnerTextAsync();
        ILocator threshold = page.Page.Locator("#threshold");
        await threshold.ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult plot = (await page.Page.Locator("#histogram").BoundingBoxAsync())!, grip = (await threshold.Locator("rect").BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(grip.X + (grip.Width / 2), grip.Y + (grip.Height / 2));
        await page.Page.Mouse.DownAsync();
        foreach (float part in (float[])[0.4f, 0.3f])
        {
            await page.Page.Mouse.MoveAsync(plot.X + (plot.Width * part), grip.Y);
            await RequireAsDetect(page);
        }
        await page.Page.Mouse.UpAsync();
        Assert.NotEqual(before, await page.Page.Locator("#confusion-table").InnerTextAsync());
        grip = (await threshold.Locator("rect").BoundingBoxAsync())!;
        Assert.InRange(grip.X + (grip.Width / 2), plot.X + (plot.Width * 0.25), plot.X + (plot.Width * 0.35));
        // A pointer that is no longer down moves nothing.
        string dropped = await page.Page.Locator("#detect").InnerTextAsync();
        await page.Page.Mouse.MoveAsync(plot.X + (plot.Width * 0.8f), grip.Y);
        Assert.Equal(dropped, await page.Page.Locator("#detect").InnerTextAsync());
        await page.Page.Locator("#own-threshold").ClickAsync();
        Assert.Equal(before, await page.Page.Locator("#confusion-table").InnerTextAsync());
        page.RequireNoFault();
    }

    [Fact]
    public async Task The_threshold_is_a_slider_for_the_keyboard()
    {
        await using OpenedPage page = await chromium.Open(Sensors());
        ILocator threshold = page.Page.Locator("[role=slider]#threshold");
        await threshold.FocusAsync();
        async Task<double> Press(string key)
        {
            await page.Page.Keyboard.PressAsync(key);
            await RequireAsDetect(page);
            return double.Parse((await threshold.GetAttributeAsync("aria-valuenow"))!, CultureInfo.InvariantCulture);
        }
        double own = double.Parse((await threshold.GetAttributeAsync("aria-valuenow"))!, CultureInfo.InvariantCulture);
        double left = await Press("ArrowLeft");
        Assert.True(left < own);
        Assert.Equal(own, await Press("ArrowRight"));
        Assert.True(await Press("PageDown") <= left);
        Assert.True(await Press("PageDown") < left);
        double least = await Press("Home");
        Assert.Equal(least.ToString("R", CultureInfo.InvariantCulture), await threshold.GetAttributeAsync("aria-valuemin"));
        Assert.Contains("104 of 104 rows above", await threshold.GetAttributeAsync("aria-valuetext"), StringComparison.Ordinal);
        Assert.Equal(least, await Press("ArrowLeft"));
        double most = await Press("End");
        Assert.Equal(most.ToString("R", CultureInfo.InvariantCulture), await threshold.GetAttributeAsync("aria-valuemax"));
        Assert.Contains(": 0 of 104 rows above", await threshold.GetAttributeAsync("aria-valuetext"), StringComparison.Ordinal);
        page.RequireNoFault();
    }

    [Fact]
    public async Task The_strangest_rows_stand_in_order_with_a_bar_for_each_column()
    {
        await using OpenedPage page = await chromium.Open(Sensors());
        await RequireAsDetect(page);
        string[][] rows = [.. File.ReadAllLines(runs.In("detected.csv")).Skip(1).Select(line => line.Split(','))
            .OrderByDescending(row => double.Parse(row[2], CultureInfo.InvariantCulture))];
        string[] shown = [.. await page.Page.Locator(".strange-list .who").AllInnerTextsAsync()];
        Assert.Equal(rows.Take(20).Select(row => $"{row[1]} · row {row[0]}"), shown);
        await page.Page.Locator(".strange-list button").Nth(2).ClickAsync();
        Assert.Equal("true", await page.Page.Locator(".strange-list button").Nth(2).GetAttributeAsync("aria-pressed"));
        Assert.StartsWith(shown[2], await page.Page.Locator("#strange h3").InnerTextAsync(), StringComparison.Ordinal);
        // detect's parts of that row, the largest first.
        string[] header = File.ReadAllLines(runs.In("detected.csv"))[0].Split(',');
        (string Name, double Part)[] parts = [.. header.Zip(rows[2]).Where(pair => pair.First.StartsWith("part of ", StringComparison.Ordinal))
            .Select(pair => (pair.First["part of ".Length..], double.Parse(pair.Second, CultureInfo.InvariantCulture))).OrderByDescending(part => part.Item2)];
        Assert.Equal(parts.Select(part => part.Name), await page.Page.Locator("#strange tbody th").AllInnerTextsAsync());
        double[] widths = await page.Page.EvaluateAsync<double[]>("() => [...document.querySelectorAll('#strange .share')].map(bar => parseFloat(bar.style.width))");
        Assert.All(parts.Zip(widths), pair => Assert.Equal(100 * pair.First.Part / parts[0].Part, pair.Second, 0.01));
        Assert.Contains((100 * parts[0].Part / parts.Sum(part => part.Part)).ToString("F1", CultureInfo.InvariantCulture), await page.Page.Locator("#strange .percent").First.InnerTextAsync(), StringComparison.Ordinal);
        // What is above the threshold has a word, and not only a colour.
        await page.Page.Locator("#threshold").FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        Assert.Equal(["▽ missed", "▽ normal"], (await page.Page.Locator(".strange-list .flag").AllInnerTextsAsync()).Distinct().Order());
        page.RequireNoFault();
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(400, false)]
    [InlineData(400, true)]
    public async Task It_fits_and_has_no_fault(int width, bool isDark)
    {
        foreach ((string name, string report) in ((string, string)[])[("sensors", Sensors()), ("waves", Waves()), ("defects", Pictures())])
        {
            await using OpenedPage page = await chromium.Open(report, width, isDark);
            page.RequireNoFault();
            Assert.True(await page.Page.Locator("#detector").IsVisibleAsync());
            Assert.InRange(await page.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"), 1, width);
            await page.Show($"{name}-{width}{(isDark ? "-dark" : "")}");
        }
    }

    [Fact]
    public async Task It_is_drawn_anew_for_another_width()
    {
        await using OpenedPage page = await chromium.Open(Sensors());
        await page.Page.Locator("#threshold").FocusAsync();
        await page.Page.Keyboard.PressAsync("Home");
        await page.Page.SetViewportSizeAsync(400, 800);
        await page.Page.WaitForFunctionAsync("() => document.querySelector('#histogram svg').getBoundingClientRect().width < 400");
        await RequireAsDetect(page);
        Assert.Contains("104 of 104", await page.Page.Locator("#called").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Series_have_curves()
    {
        await using OpenedPage page = await chromium.Open(Waves());
        Assert.Equal(2, await page.Page.Locator("#strange svg.curve polyline").CountAsync());
        Assert.Equal(12 + 1, await page.Page.Locator("#strange tbody tr").CountAsync());
        Assert.Contains("12 others", await page.Page.Locator("#strange tbody tr").Last.InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_have_their_heat()
    {
        await using OpenedPage page = await chromium.Open(Pictures());
        await RequireAsDetect(page);
        Assert.Equal(20, await page.Page.Locator(".heat").CountAsync());
        int place = await page.Page.EvaluateAsync<int>("() => gpuvae.data.runs[0].detection.strangest[0].place");
        byte[] file = File.ReadAllBytes(runs.In("tiny/t10k-images-idx3-ubyte"));
        int[] shown = await page.Page.EvaluateAsync<int[]>(
            "() => { const c = document.querySelector('.heat canvas'); return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 0); }");
        Assert.Equal(file.AsSpan(16 + (place * 144), 144).ToArray().Select(value => (int)value), shown);
        // The hottest pixel of all is the lightest colour of the scale.
        Assert.True(await page.Page.EvaluateAsync<bool>(
            "() => [...document.querySelectorAll('.heat figure:last-child canvas')].some(c => { const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; for (let i = 0; i < p.length; i += 4) if (p[i] === 252 && p[i + 1] === 254 && p[i + 2] === 164) return true; return false; })"));
        page.RequireNoFault();
    }

    [Fact]
    public async Task Nothing_in_names_of_columns_labels_and_words_is_executed()
    {
        string Row(int i) => string.Create(
            CultureInfo.InvariantCulture, $"{(i % 10 == 0 ? $"\"x{Evil}\"" : "n")},{i % 7}.5,{(i % 10 == 0 ? 20 : i % 7)},\"{(i % 2 == 0 ? Evil : "b")}\"");
        File.WriteAllLines(runs.In("evil-rows.csv"), [$"kind,\"a{Evil}\",b,\"c{Evil}\"", .. Enumerable.Range(0, 120).Select(Row)]);
        string report = runs.Report(
            "<img src=x onerror=alert(4)>", "--data", runs.In("evil-rows.csv"), "--label-column", "kind", "--train-labels", "n", "--categorical", $"c{Evil}",
            "--preset", "anomaly", "--latent", "2", "--hidden", "4", "--epochs", "2", "--hold-out", "0.4");
        await using OpenedPage page = await chromium.Open(report);
        List<string> cells = [];
        foreach (ILocator button in await page.Page.Locator(".strange-list button").AllAsync())
        {
            await button.ClickAsync();
            cells.AddRange(await page.Page.Locator("#strange .value").AllInnerTextsAsync());
        }
        await page.Page.WaitForTimeoutAsync(200);
        page.RequireNoFault();
        Assert.Contains($"a{Evil}", await page.Page.Locator("#strange tbody th").AllInnerTextsAsync());
        Assert.Contains(Evil, cells);
        Assert.StartsWith($"x{Evil} · row ", await page.Page.Locator(".strange-list .who").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains("onerror", await page.Page.Locator("#detect").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Page.Locator("#detector img, #detector script").CountAsync());
    }

    [Fact]
    public async Task Without_labels_there_is_a_threshold_and_no_confusion()
    {
        Sensors();
        File.WriteAllLines(runs.In("unknown.csv"), File.ReadAllLines(runs.In("sensors.csv")).Select(line => line[(line.IndexOf(',', StringComparison.Ordinal) + 1)..]).Take(2));
        ReportedRuns.Run("report", runs.In("sensors"), "--device", "cpu", "--data", runs.In("unknown.csv"), "--out", runs.In("unknown.html"));
        await using OpenedPage page = await chromium.Open(runs.In("unknown.html"));
        Assert.False(await page.Page.Locator("#confusion").IsVisibleAsync());
        await page.Page.Locator("#threshold").FocusAsync();
        await page.Page.Keyboard.PressAsync("Home");
        Assert.Equal("1 of 1 row (100 %) above the threshold", await page.Page.Locator("#called").InnerTextAsync());
        await page.Page.Keyboard.PressAsync("End");
        Assert.Equal("0 of 1 row (0 %) above the threshold", await page.Page.Locator("#called").InnerTextAsync());
        page.RequireNoFault();
    }

    [Fact]
    public async Task A_run_that_cannot_be_scored_says_why_and_one_that_is_not_meant_for_it_says_nothing()
    {
        File.Copy(runs.In("table.csv"), runs.In("passing.csv"), overwrite: true);
        string[] options = ["--data", runs.In("passing.csv"), "--label-column", "label", "--train-labels", "0,1", "--drop", "c", "--hidden", "8", "--latent", "2", "--epochs", "1"];
        runs.Report("passing", options);
        File.Delete(runs.In("passing.csv"));
        ReportedRuns.Run("report", runs.In("passing"), "--device", "cpu", "--data", runs.In("table.csv"), "--out", runs.In("passing.html"));
        await using OpenedPage page = await chromium.Open(runs.In("passing.html"));
        Assert.Contains("the threshold comes from the scores of the training data", await page.Page.Locator("#detector-why").InnerTextAsync(), StringComparison.Ordinal);
        Assert.False(await page.Page.Locator("#detector-body").IsVisibleAsync());
        Assert.True(await page.Page.Locator("#map").IsVisibleAsync());
        page.RequireNoFault();
        await using OpenedPage digits = await chromium.Open(runs.Digits());
        Assert.False(await digits.Page.Locator("#detector").IsVisibleAsync());
    }

    /// <summary>Readings of sensors that go together, but for those of kind x.</summary>
    private string Sensors()
    {
        if (!File.Exists(runs.In("sensors.csv")))
        {
            var random = new Random(3);
            string Row(int i)
            {
                double heat = random.NextDouble(), wear = random.NextDouble();
                bool isOdd = i % 13 == 0;
                return string.Create(
                    CultureInfo.InvariantCulture, $"{(isOdd ? "x" : "n")},{heat:F4},{(isOdd ? wear : heat) + (0.2 * random.NextDouble()):F4},{wear:F4},{heat - wear + (0.1 * random.NextDouble()):F4}");
            }
            File.WriteAllLines(runs.In("sensors.csv"), ["kind,heat,flow,wear,load", .. Enumerable.Range(0, 260).Select(Row)]);
        }
        return runs.Report(
            "sensors", "--data", runs.In("sensors.csv"), "--label-column", "kind", "--train-labels", "n", "--hold-out", "0.4", "--preset", "anomaly", "--latent", "2",
            "--hidden", "16", "--epochs", "20", "--learning-rate", "5e-3");
    }

    /// <summary>Waves of 24 numbers; those of kind x have two periods.</summary>
    private string Waves()
    {
        IEnumerable<string> rows = Enumerable.Range(0, 120).Select(row => (row % 10 == 0 ? "x" : "n") + string.Concat(Enumerable.Range(0, 24).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $",{Math.Sin((i * Math.PI / 12 * (row % 10 == 0 ? 2 : 1)) + (row * 0.01)):F4}"))));
        File.WriteAllLines(runs.In("waves.csv"), rows);
        return runs.Report(
            "waves", "--data", runs.In("waves.csv"), "--label-column", "first", "--train-labels", "n", "--hold-out", "0.4", "--preset", "anomaly", "--latent", "2",
            "--hidden", "16", "--epochs", "5");
    }

    private string Pictures() => runs.Report(
        "defects", "--data", runs.In("tiny"), "--train-labels", "0,1,2,3,4,5,6", "--preset", "anomaly", "--hidden", "16", "--latent", "3", "--epochs", "10");

    /// <summary>Runs the page's own command, and compares its confusion with the page's.</summary>
    private async Task RequireAsDetect(OpenedPage page)
    {
        string command = await page.Page.Locator("#detect").InnerTextAsync();
        string[] words = command.Split(' ');
        Assert.Equal(["gpuvae", "detect", "--threshold"], (string[])[words[0], words[1], words[^2]]);
        foreach (string file in (string[])["detected.csv", "detected.json"])
            File.Delete(runs.In(file));
        ReportedRuns.Run([.. words[1..], "--device", "cpu", "--heat-maps", "none", "--out", runs.In("detected.csv")]);
        JsonElement detected = JsonDocument.Parse(File.ReadAllText(runs.In("detected.json"))).RootElement;
        int[] cells = [.. (await page.Page.Locator("#confusion-table td").AllInnerTextsAsync()).Where(text => text.Length > 1)
            .Select(text => int.Parse(text[2..], NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        string[] names = ["true_negatives", "false_positives", "false_negatives", "true_positives"];
        Assert.Equal(names.Select(name => detected.GetProperty(name).GetInt32()), cells);
        string[] figures = [.. await page.Page.Locator("#confusion-figures .value").AllInnerTextsAsync()];
        string[] shares = ["precision", "recall", "f1"];
        Assert.Equal(shares.Select(name => Text(detected.GetProperty(name))), figures[..3]);
        Assert.Equal((Text(detected.GetProperty("roc_auc")), Text(detected.GetProperty("average_precision"))), (figures[4], figures[5]));
        double alarms = 100.0 * cells[1] / (cells[0] + cells[1]);
        Assert.Equal(alarms, double.Parse(figures[3].Split(' ')[0], CultureInfo.InvariantCulture), 0.06);
    }

    private static string Text(JsonElement share) => share.ValueKind == JsonValueKind.Null ? "–" : share.GetDouble().ToString("F4", CultureInfo.InvariantCulture);
}
