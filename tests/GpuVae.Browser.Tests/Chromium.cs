using GpuVae.Tests.Support;
using Microsoft.Playwright;
using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>The system's Chromium without a window; tests skip where there is none.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome", "chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The program: what <c>GPUVAE_CHROMIUM</c> names, or one in the path; null where there is none.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable("GPUVAE_CHROMIUM") ?? Find();

    /// <summary>Skips a test where there is none, or nobody asked for what takes minutes.</summary>
    public static void Require()
    {
        LongTests.Require();
        Assert.SkipWhen(Program is null, "there is no Chromium: install Debian's package chromium, or name a program in GPUVAE_CHROMIUM");
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Program is null || !LongTests.AreAskedFor)
            return;
        _playwright = await Playwright.CreateAsync();
        // As root, in a container, Chromium's own sandbox cannot be had; the pages are the tests' own.
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program, Args = ["--no-sandbox"] });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a file as a person does from the disk, and waits until it has drawn itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="isDark">Whether the person prefers dark pages.</param>
    internal Task<OpenedPage> Open(string path, int width = 1280, bool isDark = false) =>
        Visit(new Uri(path).AbsoluteUri, width, isDark);

    /// <summary>The same of a page that is served, which may ask its server.</summary>
    internal async Task<OpenedPage> Visit(string address, int width = 1280, bool isDark = false)
    {
        Require();
        IBrowserContext context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
        });
        var page = new OpenedPage(context, await context.NewPageAsync(), address);
        await page.Page.GotoAsync(address);
        await page.Page.EvaluateAsync("() => gpuvae.ready.then(() => null)");
        return page;
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => _names.Select(name => Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name)))
        .FirstOrDefault(File.Exists);
}

/// <summary>A page, and what went wrong in it.</summary>
internal sealed class OpenedPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    /// <summary>Listens to a page before it is opened.</summary>
    public OpenedPage(IBrowserContext context, IPage page, string address)
    {
        _context = context;
        Page = page;
        // Reading pixels back often is slow, and is what tests do and the page does not.
        page.Console += (_, message) => Add(
            message.Type is "error" or "warning" && !message.Text.StartsWith("Canvas2D: Multiple readback", StringComparison.Ordinal),
            $"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Add(true, $"thrown: {error}");
        page.Dialog += (_, dialog) => Add(true, $"dialog: {dialog.Message}");
        page.Request += (_, request) => Add(
            !request.Url.StartsWith(address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal), $"request: {request.Url}");
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Fails with everything that went wrong: errors in the console, dialogs, requests.</summary>
    public void RequireNoFault()
    {
        lock (_faults)
            Assert.Empty(_faults);
    }

    /// <summary>The pixels of the canvases of a selector, as one text.</summary>
    public Task<string> Pixels(string selector) => Page.EvaluateAsync<string>(
        "selector => [...document.querySelectorAll(selector)].map(canvas => canvas.toDataURL()).join(' ')", selector);

    /// <summary>Keeps a picture of the page where <c>GPUVAE_SCREENSHOTS</c> names a folder.</summary>
    public async Task Show(string name)
    {
        if (Environment.GetEnvironmentVariable("GPUVAE_SCREENSHOTS") is string folder)
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Add(bool isFault, string text)
    {
        lock (_faults)
        {
            if (isFault)
                _faults.Add(text);
        }
    }
}
