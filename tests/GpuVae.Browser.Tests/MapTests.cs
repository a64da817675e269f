using System.Globalization;
using Microsoft.Playwright;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>The map of codes.</summary>
[Collection(Pages.Name)]
public sealed class MapTests(Chromium chromium, ReportedRuns runs)
{
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

    private static byte[] Unpacked(string path)
    {
        using var file = File.OpenRead(path);
        using var gzip = new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }
}
