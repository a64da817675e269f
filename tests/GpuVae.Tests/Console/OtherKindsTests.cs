using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Every verb on what is no grey image: colour pictures of 6×5 pixels, and series of eight numbers.</summary>
public sealed class OtherKindsTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public OtherKindsTests()
    {
        string rows = string.Concat(Enumerable.Range(0, 30).Select(row =>
            $"{(row % 2 == 0 ? "up" : "down")},{string.Join(',', Enumerable.Range(0, 8).Select(i => (row + i) % 7 - 3))}\n"));
        File.WriteAllText(_workplace.In("series.csv"), rows);
        foreach (string name in (string[])["warm", "cold"])
        {
            Directory.CreateDirectory(_workplace.In($"colours/{name}"));
            for (int i = 0; i < 12; i++)
                Put($"colours/{name}/{i}.png", isWarm: name == "warm", (byte)(i * 20));
        }
        Put("query.png", isWarm: true, 17);
    }

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void Colour_pictures_go_through_every_verb()
    {
        LongTests.Require();
        Train("vae", "--data", "colours", "--color", "rgb", "--corruption", "gaussian");
        Train("bits", "--data", "colours", "--color", "rgb", "--code", "binary", "--objective", "reconstruction");
        string[] expected = UseEveryVerb();
        Run("denoise", "vae", "query.png");
        RasterImage denoised = Png.Read(_workplace.In("vae/denoised/query-denoised.png"));
        Assert.Equal((5, 6), (denoised.Width, denoised.Height));
        Run("search", "bits", "query.png", "--out", "found-file.png");
        Assert.All(expected, name => Assert.True(IsColoured(name), $"{name} is grey"));
    }

    [Fact]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    public void Series_go_through_every_verb()
    {
        LongTests.Require();
        Train(
            "vae", "--data", "series.csv", "--label-column", "first", "--scale", "min-max", "--likelihood", "gaussian",
            "--corruption", "gaussian");
        Train("bits", "--data", "series.csv", "--label-column", "first", "--code", "binary", "--objective", "reconstruction");
        Assert.All(UseEveryVerb(), name => Assert.True(Png.Read(_workplace.In(name)).Width > 100, name));
    }

    public void Dispose() => _workplace.Dispose();

    /// <summary>The pictures that were made.</summary>
    private string[] UseEveryVerb()
    {
        Assert.Contains("ELBO", Run("evaluate", "vae", "--samples", "5"), StringComparison.Ordinal);
        foreach (string verb in (string[])["reconstruct", "generate", "interpolate", "traverse", "manifold", "denoise"])
            Run(verb, "vae", "--out", $"{verb}.png");
        Run("encode", "vae", "--out", "codes.csv");
        Run("decode", "codes.csv", "vae", "--out", "decoded.png");
        Run("project", "vae", "--out", "project.png");
        Run("detect", "vae", "--out", "scores.csv");
        Run("hash", "bits", "--out", "bits.npy");
        Run("search", "bits", "0", "1", "--out", "found.png");
        return
        [
            "reconstruct.png", "generate.png", "interpolate.png", "traverse.png", "manifold.png", "denoise.png",
            "decoded.png", "found.png",
        ];
    }

    private string Run(params string[] arguments)
    {
        Outcome outcome = Runner.Run(_workplace.Folder, [.. arguments, "--device", "cpu"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome.Output;
    }

    private void Train(string run, params string[] options) => Run(
        ["train", "--hidden", "8", "--latent", "2", "--batch", "8", "--epochs", "2", "--out", run, .. options]);

    private bool IsColoured(string name)
    {
        using var file = new ImageFile(_workplace.In(name));
        byte[] pixels = file.Decode(coloured: true, size: null, PictureBackground.White).Pixels;
        return Enumerable.Range(0, pixels.Length / 3).Any(i => pixels[3 * i] != pixels[(3 * i) + 2]);
    }

    private void Put(string name, bool isWarm, byte shade)
    {
        var image = new RasterImage(5, 6, channels: 3);
        for (int i = 0; i < 30; i++)
        {
            (image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]) =
                isWarm ? ((byte)240, shade, (byte)20) : ((byte)20, shade, (byte)240);
        }
        Png.Write(_workplace.In(name), image);
    }
}
