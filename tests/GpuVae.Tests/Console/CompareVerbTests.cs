using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SkiaSharp;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What tells two tiny runs apart.</summary>
public sealed class CompareVerbTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    [Fact]
    public void Settings_that_differ_and_no_others_and_figures_with_their_differences()
    {
        Outcome outcome = Run("compare vae ae --out both.png");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Matches(@"(?m)^setting +vae +ae$", outcome.Output);
        Assert.Matches(@"(?m)^latent +3 +2$", outcome.Output);
        Assert.Matches(@"(?m)^preset +vae +ae$", outcome.Output);
        Assert.DoesNotMatch(@"(?m)^(hidden|batch|epochs|data|seed) ", outcome.Output);

        (double one, double other) = (BestLoss("vae"), BestLoss("ae"));
        Match loss = Regex.Match(outcome.Output, @"(?m)^test_loss +(\S+) +(\S+) +(\S+)$");
        string Shown(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
        Assert.Equal(
            [Shown(one), Shown(other), $"{(other > one ? '+' : '−')}{Shown(Math.Abs(other - one))}"],
            loss.Groups.Values.Skip(1).Select(group => group.Value));
        Assert.Single(Regex.Matches(outcome.Output, "(?m)^losses, reconstruction and kl in nats per image$"));
    }

    [Fact]
    public void Newest_pictures_stand_side_by_side_and_nothing_is_overwritten_unasked()
    {
        Outcome outcome = Run("compare vae ae");
        Assert.EndsWith("\nwritten to compare.png", outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith("\nwritten to compare-2.png", Run("compare vae ae").Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(runs.In("compare.png")), File.ReadAllBytes(runs.In("compare-2.png")));

        using SKBitmap picture = SKBitmap.Decode(runs.In("compare.png"));
        using SKBitmap vae = SKBitmap.Decode(runs.In("vae/images/reconstruction-0002.png"));
        using SKBitmap ae = SKBitmap.Decode(runs.In("ae/images/reconstruction-0002.png"));
        Assert.True(picture.Width > vae.Width + ae.Width);
        // Under a heading and a caption of 24 pixels each, within a margin of 14.
        const int Left = 14, Top = 14 + 48;
        for (int x = 0; x < vae.Width; x += 7)
            Assert.Equal(vae.GetPixel(x, vae.Height / 2), picture.GetPixel(Left + x, Top + (vae.Height / 2)));
        // The other's begins where the first's column, as wide as its widest picture, and a gap end.
        int second = Enumerable.Range(Left + vae.Width, picture.Width - Left - vae.Width - ae.Width)
            .First(x => Enumerable.Range(0, ae.Width).All(i => picture.GetPixel(x + i, Top + (ae.Height / 2)) == ae.GetPixel(i, ae.Height / 2)));
        Assert.True(second >= Left + vae.Width + 14);
    }

    [Fact]
    public void Equal_runs_say_so_and_programs_get_the_differences()
    {
        runs.Train("vae", "3", "again");
        Assert.StartsWith("the runs have the same settings\n", Run("compare vae again --out same.png").Output, StringComparison.Ordinal);
        Outcome outcome = Run("compare vae ae again --out three.png --json -");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        using var json = JsonDocument.Parse(outcome.Output);
        JsonElement[] all = [.. json.RootElement.GetProperty("runs").EnumerateArray()];
        Assert.Equal([3, 2, 3], all.Select(run => run.GetProperty("settings").GetProperty("latent").GetInt32()));
        Assert.Equal(
            BestLoss("ae") - BestLoss("vae"), all[1].GetProperty("best_difference").GetProperty("test_loss").GetDouble(), 1e-9);
        Assert.Equal(0, all[2].GetProperty("best_difference").GetProperty("test_loss").GetDouble());
        Assert.Equal("three.png", json.RootElement.GetProperty("picture").GetString());
    }

    [Fact]
    public void A_run_without_pictures_has_none_beside_others()
    {
        string bare = runs.In("bare");
        Directory.CreateDirectory(bare);
        File.Copy(runs.In("vae/config.json"), Path.Combine(bare, "config.json"), overwrite: true);
        Outcome outcome = Run("compare vae bare");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.DoesNotContain("written to", outcome.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^test_loss +[0-9.]+ +– +–$", outcome.Output);
        Outcome asked = Run("compare vae bare --out none.png");
        Assert.Equal(1, asked.ExitCode);
        Assert.Equal("gpuvae: --out none.png: bare has no pictures to put beside others; leave --out out", asked.ErrorLine);
    }

    [Theory]
    [InlineData("compare vae", 2, "RUN: compare takes 2 to 16 runs, and 1 were given")]
    [InlineData("compare vae nowhere", 1, "nowhere: no such folder; give the folder of a run")]
    [InlineData("compare vae other", 1, "other: holds no run")]
    [InlineData("compare vae ae --out both.jpg", 2, "--out both.jpg: the name of the file has to end with .png")]
    public void A_mistake_is_one_line_that_names_it(string line, int code, string said)
    {
        Outcome outcome = Run(line);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void A_run_is_not_compared_with_itself_by_whatever_path()
    {
        foreach (string verb in (string[])["compare", "report"])
        {
            AssertRefused($"{verb} vae vae", "RUN: vae is given twice; a run is not compared with itself");
            AssertRefused($"{verb} ae vae ./ae/", "RUN: ae and ./ae/ are the same folder; a run is not compared with itself");
            AssertRefused($"{verb} vae other/../vae", "RUN: vae and other/../vae are the same folder; a run is not compared with itself");
            if (OperatingSystem.IsWindows())
                continue;
            if (!Path.Exists(runs.In("here")))
            {
                Directory.CreateSymbolicLink(runs.In("here"), ".");
                Directory.CreateSymbolicLink(runs.In("link"), Path.Combine(runs.Folder, "here", "vae"));
            }
            AssertRefused($"{verb} vae here/here/vae", "RUN: vae and here/here/vae are the same folder; a run is not compared with itself");
            AssertRefused($"{verb} link vae", "RUN: link and vae are the same folder; a run is not compared with itself");
        }
    }

    private void AssertRefused(string line, string said)
    {
        Outcome outcome = Run(line);
        Assert.Equal((2, ""), (outcome.ExitCode, outcome.Output));
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
    }

    private double BestLoss(string run) => File.ReadLines(runs.In($"{run}/metrics.jsonl"))
        .Min(line => JsonDocument.Parse(line).RootElement.GetProperty("test_loss").GetDouble());

    private Outcome Run(string line) => Runner.Run(runs.Folder, line.Split(' '));
}
