using Microsoft.Playwright;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>A report of several runs.</summary>
[Collection(Pages.Name)]
public sealed class ComparisonTests(Chromium chromium, ReportedRuns runs)
{
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
        await page.Show("compared-1280");
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
        await page.Show($"cut-400{(isDark ? "-dark" : "")}");
        (int left, int right) = await Edges(page, table);
        Assert.Equal(0, left);
        Assert.InRange(right, 6, 120);
        await table.EvaluateAsync("table => { table.scrollLeft = table.scrollWidth; }");
        (left, right) = await Edges(page, table);
        Assert.InRange(left, 6, 120);
        Assert.Equal(0, right);
        Assert.InRange(await page.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth"), 1, 400);
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
}
