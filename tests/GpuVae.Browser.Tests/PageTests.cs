using System.Globalization;
using Microsoft.Playwright;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>What the parts of a report do in a browser.</summary>
[Collection(Pages.Name)]
public sealed class PageTests(Chromium chromium, ReportedRuns runs)
{
    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(400, false)]
    [InlineData(400, true)]
    public async Task It_opens_without_a_fault_and_fits(int width, bool isDark)
    {
        await using OpenedPage page = await chromium.Open(runs.Digits(), width, isDark);
        page.RequireNoFault();
        Assert.Equal("digits", await page.Page.Locator("h1").InnerTextAsync());
        foreach (string section in (string[])["curves", "epochs", "units", "map", "decoder"])
            Assert.True(await page.Page.Locator($"#{section}").IsVisibleAsync(), section);
        Assert.False(await page.Page.Locator("#compare").IsVisibleAsync());
        await Show(page, $"report-{width}{(isDark ? "-dark" : "")}");
        Assert.InRange(await page.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"), 1, width);
        Assert.InRange(new FileInfo(runs.Digits()).Length, 1, 5_000_000);
    }

    [Fact]
    public async Task The_slider_of_the_epochs_changes_the_picture()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        ILocator picture = page.Page.Locator("#epochs img").First;
        string? last = await picture.GetAttributeAsync("src");
        Assert.Equal("3 of 3", await page.Page.Locator("#epoch-name").InnerTextAsync());
        await page.Page.Locator("#epoch").FocusAsync();
        await page.Page.Keyboard.PressAsync("Home");
        Assert.Equal("1 of 3", await page.Page.Locator("#epoch-name").InnerTextAsync());
        Assert.NotEqual(last, await picture.GetAttributeAsync("src"));
        Assert.True(await picture.EvaluateAsync<int>("image => image.decode().then(() => image.naturalWidth)") > 100);
        Assert.Equal(
            Convert.ToBase64String(File.ReadAllBytes(runs.In("digits/images/reconstruction-0001.png"))),
            (await picture.GetAttributeAsync("src"))!.Split(',')[1]);
    }

    [Fact]
    public async Task Play_goes_through_the_epochs_and_ends_with_the_last()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        ILocator play = page.Page.Locator("#play"), picture = page.Page.Locator("#epochs img").First;
        await page.Page.EvaluateAsync(
            "() => { globalThis.seen = []; new MutationObserver(() => seen.push(document.getElementById('epoch-name').textContent)).observe(document.getElementById('epoch-name'), { childList: true }); }");
        string? last = await picture.GetAttributeAsync("src");
        await play.ClickAsync();
        Assert.Equal("Pause", await play.InnerTextAsync());
        Assert.Equal("1 of 3", await page.Page.EvaluateAsync<string>("() => seen[0]"));
        await page.Page.WaitForFunctionAsync("() => document.getElementById('play').textContent === 'Play'");
        Assert.Equal(["1 of 3", "2 of 3", "3 of 3"], await page.Page.EvaluateAsync<string[]>("() => seen"));
        Assert.Equal(last, await picture.GetAttributeAsync("src"));
        // A second click holds it where it is.
        await play.ClickAsync();
        await play.ClickAsync();
        Assert.Equal("Play", await play.InnerTextAsync());
        string held = await page.Page.Locator("#epoch-name").InnerTextAsync();
        await page.Page.WaitForTimeoutAsync(800);
        Assert.Equal(held, await page.Page.Locator("#epoch-name").InnerTextAsync());
        page.RequireNoFault();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Copy_takes_the_command_or_marks_it(bool mayCopy)
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        await page.Page.EvaluateAsync(
            "may => { globalThis.copied = null; Object.defineProperty(navigator, 'clipboard', { value: { writeText: text => may ? (copied = text, Promise.resolve()) : Promise.reject(new Error('no')) } }); }", mayCopy);
        await page.Page.Locator("#copy").ClickAsync();
        string command = await page.Page.Locator("#again").InnerTextAsync();
        Assert.StartsWith("gpuvae train ", command, StringComparison.Ordinal);
        await page.Page.WaitForFunctionAsync("text => document.getElementById('copy').textContent === text", mayCopy ? "Copied" : "Marked");
        Assert.Equal(mayCopy ? command : null, await page.Page.EvaluateAsync<string?>("() => copied"));
        Assert.Equal(mayCopy ? "" : command, await page.Page.EvaluateAsync<string>("() => `${getSelection()}`"));
        await page.Page.WaitForFunctionAsync("() => document.getElementById('copy').textContent === 'Copy'");
        page.RequireNoFault();
    }

    [Fact]
    public async Task Curves_tell_the_numbers_of_the_epoch_under_the_pointer_or_the_arrow()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        ILocator chart = page.Page.Locator("#curves .chart svg").First, at = page.Page.Locator("#curves .chart .at").First;
        Assert.Equal("epoch 3", await at.InnerTextAsync());
        LocatorBoundingBoxResult box = (await chart.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + (box.Width * 0.2f), box.Y + (box.Height / 2));
        Assert.Equal("epoch 1", await at.InnerTextAsync());
        await page.Page.Mouse.MoveAsync(0, 0);
        await chart.FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        Assert.Equal("epoch 2", await at.InnerTextAsync());
        Assert.StartsWith("Loss, nats, epoch 2: training ", await chart.GetAttributeAsync("aria-label"), StringComparison.Ordinal);
        double expected = await page.Page.EvaluateAsync<double>("() => gpuvae.data.runs[0].epochs.series.test_loss[1]");
        Assert.Contains(expected.ToString("F2", CultureInfo.InvariantCulture), await page.Page.Locator("#curves .chart .keys").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.InRange(await page.Page.Locator("#curves .chart").CountAsync(), 3, 4);
        Assert.Equal(await page.Page.Locator("#curves .chart").CountAsync(), await page.Page.Locator("#curves .best").CountAsync());
    }

    [Fact]
    public async Task A_click_on_a_unit_draws_its_way()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        ILocator bars = page.Page.Locator("#bars button");
        Assert.Equal(20, await bars.CountAsync());
        double[] kl = await page.Page.EvaluateAsync<double[]>("() => [...document.querySelectorAll('#bars button')].map(b => gpuvae.data.runs[0].units[b.dataset.unit].kl)");
        Assert.Equal(kl.OrderDescending(), kl);
        string before = await Pixels(page, "#traversal canvas");
        await bars.Nth(1).ClickAsync();
        Assert.Equal("true", await bars.Nth(1).GetAttributeAsync("aria-pressed"));
        Assert.NotEqual(before, await Pixels(page, "#traversal canvas"));
        Assert.Equal(11, await page.Page.Locator("#traversal canvas").CountAsync());
    }

    [Fact]
    public async Task The_map_shows_the_example_under_the_pointer()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        await page.Page.Locator("#plane").ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult box = (await page.Page.Locator("#plane").BoundingBoxAsync())!;
        // One that stands apart, so that no other is nearer.
        int point = await page.Page.EvaluateAsync<int>(
            "() => gpuvae.map.x.map((x, i) => [gpuvae.map.x.reduce((least, other, j) => j === i ? least : Math.min(least, Math.hypot(other - x, gpuvae.map.y[j] - gpuvae.map.y[i])), 1e9), i]).sort((a, b) => b[0] - a[0])[0][1]");
        double[] place = await page.Page.EvaluateAsync<double[]>("i => [gpuvae.map.x[i], gpuvae.map.y[i]]", point);
        await page.Page.Mouse.MoveAsync(box.X + (float)place[0] + 2, box.Y + (float)place[1] + 2);
        Assert.Equal($"{point}", await page.Page.Locator("#example").GetAttributeAsync("data-example"));
        // Its original is that test image, byte by byte.
        int image = await page.Page.EvaluateAsync<int>("i => gpuvae.data.runs[0].map.places[i]", point);
        byte[] file = Unpacked(Path.Combine(AppContext.BaseDirectory, "mnist", "t10k-images-idx3-ubyte.gz"));
        int[] shown = await page.Page.EvaluateAsync<int[]>(
            "() => { const c = document.querySelector('#example canvas'); return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 0); }");
        Assert.Equal(file.AsSpan(16 + (image * 784), 784).ToArray().Select(value => (int)value), shown);
        byte[] labels = Unpacked(Path.Combine(AppContext.BaseDirectory, "mnist", "t10k-labels-idx1-ubyte.gz"));
        Assert.Equal($"{labels[8 + image]} · image no. {image}", await page.Page.Locator("#example h3").InnerTextAsync());
    }

    [Fact]
    public async Task The_legend_filters_and_a_line_around_points_lists_them()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        await page.Page.Locator("#legend button").First.ClickAsync();
        Assert.Equal("false", await page.Page.Locator("#legend button").First.GetAttributeAsync("aria-pressed"));
        int[] labels = await page.Page.EvaluateAsync<int[]>("() => gpuvae.map.shown().map(i => gpuvae.data.runs[0].map.labels[i])");
        Assert.DoesNotContain(0, labels);
        Assert.Contains(1, labels);
        await page.Page.Locator("#plane").ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult box = (await page.Page.Locator("#plane").BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + 2, box.Y + 2);
        await page.Page.Mouse.DownAsync();
        foreach ((float x, float y) in ((float, float)[])[(box.Width / 2, 2), (box.Width / 2, box.Height - 2), (2, box.Height - 2)])
            await page.Page.Mouse.MoveAsync(box.X + x, box.Y + y);
        await page.Page.Mouse.UpAsync();
        int expected = await page.Page.EvaluateAsync<int>("half => gpuvae.map.shown().filter(i => gpuvae.map.x[i] < half).length", (double)box.Width / 2);
        Assert.InRange(expected, 100, 1900);
        Assert.Equal(expected.ToString("N0", CultureInfo.InvariantCulture) + " images", await page.Page.Locator("#listed h3").InnerTextAsync());
        Assert.Equal(60, await page.Page.Locator("#listed li").CountAsync());
        page.RequireNoFault();
    }

    [Fact]
    public async Task Each_of_ten_labels_has_the_colour_of_the_legend_on_the_map()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        int[] points = await page.Page.EvaluateAsync<int[]>(
            """
            () => {
              const plane = document.querySelector("#plane"), { data } = plane.getContext("2d").getImageData(0, 0, plane.width, plane.height);
              return [...document.querySelectorAll("#legend .swatch > *")].map(swatch => {
                const [red, green, blue] = getComputedStyle(swatch).fill.match(/\d+/g).map(Number);
                let count = 0;
                for (let i = 0; i < data.length; i += 4)
                  count += data[i] === red && data[i + 1] === green && data[i + 2] === blue;
                return count;
              });
            }
            """);
        Assert.Equal(10, points.Length);
        Assert.All(points, count => Assert.InRange(count, 100, int.MaxValue));
    }

    [Fact]
    public async Task The_map_is_walked_by_the_arrow_keys()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        await page.Page.Locator("#plane").FocusAsync();
        double before = await page.Page.EvaluateAsync<double>("() => gpuvae.map.x[gpuvae.map.at]");
        await page.Page.Keyboard.PressAsync("ArrowRight");
        Assert.True(await page.Page.EvaluateAsync<double>("() => gpuvae.map.x[gpuvae.map.at]") > before);
        Assert.Equal(
            await page.Page.EvaluateAsync<string>("() => `${gpuvae.map.at}`"), await page.Page.Locator("#example").GetAttributeAsync("data-example"));
    }

    [Fact]
    public async Task Sliders_draws_and_ways_change_what_is_decoded()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        await page.Page.Locator("#centre").ClickAsync();
        string centre = await Pixels(page, "#decoded");
        await page.Page.Locator("#sliders input").First.FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        Assert.Equal("4.00", await page.Page.Locator("#sliders output").First.InnerTextAsync());
        Assert.NotEqual(centre, await Pixels(page, "#decoded"));
        await page.Page.Locator("#centre").ClickAsync();
        Assert.Equal(centre, await Pixels(page, "#decoded"));
        await page.Page.Locator("#random").ClickAsync();
        Assert.NotEqual(centre, await Pixels(page, "#decoded"));
        // At temperature 0 every draw is the centre.
        await page.Page.Locator("#temperature").FillAsync("0");
        await page.Page.Locator("#random").ClickAsync();
        Assert.Equal(centre, await Pixels(page, "#decoded"));
        await page.Page.Locator("#from").FillAsync("5");
        await page.Page.Locator("#to").FillAsync("9");
        await page.Page.Locator("#position").FillAsync("1");
        string end = await Pixels(page, "#decoded");
        Assert.Equal(end, await Pixels(page, "#strip figure:last-child canvas"));
        await page.Page.Locator("#position").FillAsync("0.5");
        string straight = await Pixels(page, "#decoded");
        Assert.NotEqual(end, straight);
        await page.Page.Locator("#path").SelectOptionAsync("spherical");
        await page.Page.Locator("#position").FillAsync("0.51");
        Assert.NotEqual(straight, await Pixels(page, "#decoded"));
        page.RequireNoFault();
    }

    [Fact]
    public async Task Several_runs_are_compared_and_each_can_be_looked_at()
    {
        string[] tiny = ["--data", runs.In("tiny"), "--hidden", "16", "--latent", "3", "--epochs", "2"];
        runs.Report("one", tiny);
        runs.Report("two", [.. tiny, "--beta", "4"]);
        ReportedRuns.Run("report", runs.In("one"), runs.In("two"), "--device", "cpu", "--out", runs.In("both.html"));
        await using OpenedPage page = await chromium.Open(runs.In("both.html"));
        Assert.True(await page.Page.Locator("#compare").IsVisibleAsync());
        Assert.Equal("--beta\t1\t4", await page.Page.Locator("#compare tbody tr").First.InnerTextAsync());
        Assert.Equal(2, await page.Page.Locator("#compare .chart").First.Locator("polyline").CountAsync());
        Assert.Equal(2, await page.Page.Locator("#compare .side img").CountAsync());
        Assert.Equal(["one: beta 1", "two: beta 4"], await page.Page.Locator("#names li").AllInnerTextsAsync());
        Assert.Matches(
            @"^beta 1: [0-9.]+\s*beta 4: [0-9.]+$", await page.Page.Locator("#compare .chart .keys").First.InnerTextAsync());
        Assert.Equal("one: beta 1", await page.Page.Locator("#summary-title").InnerTextAsync());
        await page.Page.Locator("#run").SelectOptionAsync("1");
        await page.Page.EvaluateAsync("() => gpuvae.ready.then(() => null)");
        Assert.Equal("2 runs compared", await page.Page.Locator("h1").InnerTextAsync());
        Assert.Equal("one, two: report", await page.Page.TitleAsync());
        Assert.Equal("two: beta 4", await page.Page.Locator("#summary-title").InnerTextAsync());
        Assert.Equal("two", await page.Page.EvaluateAsync<string>("() => gpuvae.run.name"));
        Assert.Contains("β = 4", await page.Page.Locator("#model").InnerTextAsync(), StringComparison.Ordinal);
        page.RequireNoFault();
        await Show(page, "compared-1280");
    }

    [Fact]
    public async Task Settings_that_tell_runs_apart_are_as_many_as_it_takes()
    {
        await using OpenedPage page = await chromium.Open(Compared());
        Assert.Equal(
            ["few: latent 2, seed 1", "more: latent 3, seed 1", "other: latent 2, seed 7", "a-longer-name: latent 12, seed 1"],
            await page.Page.Locator("#names li").AllInnerTextsAsync());
        async Task<string[]> Labels(string differences) => await page.Page.EvaluateAsync<string[]>(
            "differences => gpuvae.labelsOf({ runs: [{ name: 'x' }, { name: 'y' }, { name: 'x' }], differences })".Replace(
                "differences })", $"differences: {differences} }})", StringComparison.Ordinal), 0);
        Assert.Matches(
            @"^test loss, nats(\t[0-9]+\.[0-9]{2}){4}$", await page.Page.Locator("#compare tbody tr", new() { HasText = "test loss" }).InnerTextAsync());
        string longest = new('z', 60);
        Assert.Equal(
            ["latent 1", "latent 2", "latent 3"],
            await Labels($"[{{ setting: '--latent', values: ['1', '2', '3'] }}, {{ setting: '--network', values: ['', '{longest}', ''] }}]"));
        Assert.Equal(["x (1)", "y (2)", "x (3)"], await Labels("[]"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_edge_at_which_a_table_is_cut_off_lies_in_shadow(bool isDark)
    {
        await using OpenedPage page = await chromium.Open(Compared(), 400, isDark);
        ILocator table = page.Page.Locator("#compare .scroll");
        Assert.True(await table.EvaluateAsync<bool>("table => table.scrollWidth > table.clientWidth + 40"));
        await Show(page, $"cut-400{(isDark ? "-dark" : "")}");
        (int left, int right) = await Edges(page, table);
        Assert.Equal(0, left);
        Assert.InRange(right, 6, 120);
        await table.EvaluateAsync("table => { table.scrollLeft = table.scrollWidth; }");
        (left, right) = await Edges(page, table);
        Assert.InRange(left, 6, 120);
        Assert.Equal(0, right);
        Assert.InRange(await page.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"), 1, 400);
    }

    [Theory]
    [InlineData("rows", "--data table.csv --label-column label --drop c --hidden 8 --latent 2 --epochs 3 --evaluate-every 1")]
    [InlineData("words", "--data table.csv --label-column label --categorical c --hidden 8 --latent 2 --epochs 3 --evaluate-every 1")]
    [InlineData("single", "--data tiny --hidden 16 --latent 1 --epochs 1")]
    [InlineData("plane", "--data tiny --hidden 16 --latent 2 --epochs 2")]
    [InlineData("point", "--data tiny --preset ae --hidden 16 --latent 3 --epochs 2")]
    [InlineData("own-layers", "--data tiny --network 'conv 4 3/2' --latent 3 --epochs 2")]
    public async Task Every_kind_of_run_opens(string run, string options)
    {
        string[] words = [.. options.Split('\'').SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        string report = runs.Report(run, [.. words.Select(word => word is "tiny" or "table.csv" ? runs.In(word) : word)]);
        await using OpenedPage page = await chromium.Open(report);
        page.RequireNoFault();
        Assert.True(await page.Page.Locator("#map").IsVisibleAsync());
        Assert.True(await page.Page.Locator("#decoder").IsVisibleAsync());
        await page.Page.Locator("#random").ClickAsync();
        page.RequireNoFault();
        await Show(page, $"{run}-1280");
    }

    [Fact]
    public async Task Nothing_in_names_is_executed()
    {
        const string Evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";
        string rows = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"\"{(i % 2 == 0 ? Evil : "b")}\",{i % 5},{i % 7},{i % 3}"));
        File.WriteAllText(runs.In("evil.csv"), $"label,\"a{Evil}\",c,d\n{rows}\n");
        string report = runs.Report(
            "<img src=x onerror=alert(3)>", "--data", runs.In("evil.csv"), "--hidden", "4", "--latent", "2", "--epochs", "1", "--evaluate-every", "1");
        await using OpenedPage page = await chromium.Open(report);
        await page.Page.WaitForTimeoutAsync(200);
        page.RequireNoFault();
        Assert.Equal("<img src=x onerror=alert(3)>", await page.Page.Locator("h1").InnerTextAsync());
        Assert.Contains(Evil, await page.Page.Locator("#legend").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Page.Locator("h1 img, #legend img, #example img").CountAsync());
    }

    /// <summary>A report of four runs whose table is wider than a telephone.</summary>
    private string Compared()
    {
        string[] tiny = ["--data", runs.In("tiny"), "--hidden", "16", "--epochs", "2"];
        runs.Report("few", [.. tiny, "--latent", "2"]);
        runs.Report("more", [.. tiny, "--latent", "3"]);
        runs.Report("other", [.. tiny, "--latent", "2", "--seed", "7"]);
        runs.Report("a-longer-name", [.. tiny, "--latent", "12"]);
        string path = runs.In("four.html");
        if (!File.Exists(path))
            ReportedRuns.Run("report", runs.In("few"), runs.In("more"), runs.In("other"), runs.In("a-longer-name"), "--device", "cpu", "--out", path);
        return path;
    }

    /// <summary>How much darker the left and the right edge of an element are than paper, between its first two lines.</summary>
    private static async Task<(int Left, int Right)> Edges(OpenedPage page, ILocator element)
    {
        await element.ScrollIntoViewIfNeededAsync();
        string picture = Convert.ToBase64String(await element.ScreenshotAsync());
        int[] darker = await page.Page.EvaluateAsync<int[]>(
            """
            async picture => {
              const image = new Image();
              image.src = `data:image/png;base64,${picture}`;
              await image.decode();
              const canvas = document.createElement("canvas");
              [canvas.width, canvas.height] = [image.width, image.height];
              const context = canvas.getContext("2d");
              context.drawImage(image, 0, 0);
              const at = x => context.getImageData(x, 2, 1, 1).data[1];
              const probe = document.createElement("p");
              probe.style.color = "var(--paper)";
              document.body.append(probe);
              const paper = Number(getComputedStyle(probe).color.match(/\d+/g)[1]);
              probe.remove();
              return [paper - at(1), paper - at(image.width - 2)];
            }
            """, picture);
        return (darker[0], darker[1]);
    }

    /// <summary>The pixels of the canvases of a selector, as one text.</summary>
    internal static Task<string> Pixels(OpenedPage page, string selector) => page.Page.EvaluateAsync<string>(
        "selector => [...document.querySelectorAll(selector)].map(canvas => canvas.toDataURL()).join(' ')", selector);

    private static byte[] Unpacked(string path)
    {
        using var file = File.OpenRead(path);
        using var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Keeps a picture of the page where <c>GPUVAE_SCREENSHOTS</c> names a folder.</summary>
    internal static async Task Show(OpenedPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("GPUVAE_SCREENSHOTS") is string folder)
            await page.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }
}
