using GpuVae.AspNetCore;
using GpuVae.CommandLine;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Reports;
using Microsoft.Playwright;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>Pages that <c>explore</c> and <c>train --live</c> serve.</summary>
[Collection(Pages.Name)]
public sealed class ServedTests(Chromium chromium, ReportedRuns runs)
{
    [Fact]
    public async Task The_explored_page_draws_what_the_model_decodes()
    {
        string folder = Path.GetDirectoryName(runs.Digits())!;
        using IDevice device = Device.Open("cpu");
        using var trained = TrainedModel.Open(folder, device);
        using ExploredRun run = ExploredRun.Of(device, trained, Data.Datasets.Open(Data.Datasets.MnistName));
        await using ReportServer server = await ReportServer.StartAsync(run, cancellation: TestContext.Current.CancellationToken);
        await using OpenedPage page = await chromium.Visit(server.Address);
        float[] code = [.. Enumerable.Range(0, run.Units).Select(unit => (unit % 3) - 1f)];
        double[] decoded = await page.Page.EvaluateAsync<double[]>("async code => [...await gpuvae.decode(code)]", code.Select(value => (double)value));
        Assert.Equal(run.Decode(code).Select(value => (double)value), decoded);

        Assert.Contains(" by gpuvae with the run's own weights, cpu: ", await page.Page.Locator("#decoder-hint").InnerTextAsync(), StringComparison.Ordinal);
        string before = await page.Pixels("#decoded");
        await page.Page.Locator("#centre").ClickAsync();
        await page.Page.WaitForFunctionAsync("before => document.querySelector('#decoded').toDataURL() !== before", before);
        Assert.Equal(11, await page.Page.Locator("#traversal canvas").CountAsync());
        await page.Page.Locator("#plane").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Page.WaitForFunctionAsync("() => { const c = document.querySelectorAll('#example canvas')[1]; return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((x, i) => i % 4 === 0 && x > 100); }");
        page.RequireNoFault();

        await server.StopAsync(TestContext.Current.CancellationToken);
        await page.Page.Locator("#random").ClickAsync();
        await Assertions.Expect(page.Page.Locator("#status")).ToHaveTextAsync("The program that serves this page has ended: it shows what it had.");
        await Assertions.Expect(page.Page.Locator("#frame")).ToContainTextAsync("not decoded");
    }

    [Fact]
    public async Task The_live_page_follows_the_training()
    {
        Chromium.Require();
        using var said = new StringWriter();
        TextWriter output = Console.Out;
        Console.SetOut(TextWriter.Synchronized(said));
        try
        {
            Task<int> training = Task.Run(() => GpuVaeProgram.Run(
                ["train", "--limit", "6000", "--epochs", "15", "--device", "cpu", "--out", runs.In("live"), "--live"]));
            string address = "";
            while (!address.StartsWith("http", StringComparison.Ordinal))
            {
                Assert.False(training.IsCompleted, $"{said}");
                await Task.Delay(20, TestContext.Current.CancellationToken);
                address = $"{said}".Split('\n').FirstOrDefault(line => line.Contains("shows the training", StringComparison.Ordinal))?.Split(' ')[0] ?? "";
            }
            await using OpenedPage page = await chromium.Visit(address);
            Assert.False(await page.Page.Locator("#decoder").IsVisibleAsync());
            await page.Page.WaitForFunctionAsync("() => gpuvae.data.runs[0].epochs.epoch.length >= 2");
            int first = await page.Page.EvaluateAsync<int>("() => gpuvae.data.runs[0].epochs.epoch.length");
            await page.Page.WaitForFunctionAsync("first => gpuvae.data.runs[0].epochs.epoch.length > first", first);
            Assert.Matches("^Epoch [0-9]+ of 15, step ", await page.Page.Locator("#status").InnerTextAsync());
            Assert.Equal(20, await page.Page.Locator("#bars button").CountAsync());
            Assert.True(await page.Page.Locator("#epoch-first img").IsVisibleAsync());
            await Assertions.Expect(page.Page.Locator("#status")).ToContainTextAsync(
                "Training has ended after epoch 15. The model is shown by: gpuvae explore ", new LocatorAssertionsToContainTextOptions { Timeout = 120_000 });
            Assert.Equal(0, await training);
            Assert.Equal(15, await page.Page.EvaluateAsync<int>("() => gpuvae.data.runs[0].epochs.epoch.length"));
            page.RequireNoFault();
        }
        finally
        {
            Console.SetOut(output);
        }
    }
}
