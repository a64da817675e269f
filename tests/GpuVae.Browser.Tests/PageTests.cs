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
        await page.Show($"report-{width}{(isDark ? "-dark" : "")}");
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
        string before = await page.Pixels("#traversal canvas");
        await bars.Nth(1).ClickAsync();
        Assert.Equal("true", await bars.Nth(1).GetAttributeAsync("aria-pressed"));
        Assert.NotEqual(before, await page.Pixels("#traversal canvas"));
        Assert.Equal(11, await page.Page.Locator("#traversal canvas").CountAsync());
    }

    [Fact]
    public async Task Sliders_draws_and_ways_change_what_is_decoded()
    {
        await using OpenedPage page = await chromium.Open(runs.Digits());
        await page.Page.Locator("#centre").ClickAsync();
        string centre = await page.Pixels("#decoded");
        await page.Page.Locator("#sliders input").First.FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        Assert.Equal("4.00", await page.Page.Locator("#sliders output").First.InnerTextAsync());
        Assert.NotEqual(centre, await page.Pixels("#decoded"));
        await page.Page.Locator("#centre").ClickAsync();
        Assert.Equal(centre, await page.Pixels("#decoded"));
        await page.Page.Locator("#random").ClickAsync();
        Assert.NotEqual(centre, await page.Pixels("#decoded"));
        // At temperature 0 every draw is the centre.
        await page.Page.Locator("#temperature").FillAsync("0");
        await page.Page.Locator("#random").ClickAsync();
        Assert.Equal(centre, await page.Pixels("#decoded"));
        await page.Page.Locator("#from").FillAsync("5");
        await page.Page.Locator("#to").FillAsync("9");
        await page.Page.Locator("#position").FillAsync("1");
        string end = await page.Pixels("#decoded");
        Assert.Equal(end, await page.Pixels("#strip figure:last-child canvas"));
        await page.Page.Locator("#position").FillAsync("0.5");
        string straight = await page.Pixels("#decoded");
        Assert.NotEqual(end, straight);
        await page.Page.Locator("#path").SelectOptionAsync("spherical");
        await page.Page.Locator("#position").FillAsync("0.51");
        Assert.NotEqual(straight, await page.Pixels("#decoded"));
        page.RequireNoFault();
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
        await page.Show($"{run}-1280");
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
}
