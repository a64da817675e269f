using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>The verbs that make a picture of a trained run, on tiny images of 6×5 pixels, enlarged ninefold.</summary>
public sealed class PictureVerbTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    private const int Height = 54;
    private const int Width = 45;
    private const int Gap = 2;
    private const int Line = 22;

    [Theory]
    [InlineData("generate vae --count 7", 3, 3)]
    [InlineData("generate vae --count 1", 1, 1)]
    [InlineData("reconstruct vae", 2, 10)]
    [InlineData("reconstruct vae --count 12", 4, 10)]
    [InlineData("reconstruct ae --first 9", 2, 3)]
    [InlineData("reconstruct ae --set train --first 12 --count 8", 2, 8)]
    [InlineData("interpolate vae", 4, 11)]
    [InlineData("interpolate ae --images 11,0 --steps 3 --path spherical", 1, 5)]
    [InlineData("traverse vae", 3, 11)]
    [InlineData("traverse vae --units 2,0 --steps 4 --image 3", 2, 4)]
    [InlineData("traverse ae --steps 5", 2, 5)]
    [InlineData("manifold ae --side 6", 6, 6)]
    [InlineData("manifold vae --units 2,1 --side 3", 3, 3)]
    public void A_picture_has_so_many_rows_and_columns(string line, int rows, int columns)
    {
        string name = $"{Guid.NewGuid():N}.png";
        Outcome outcome = Runner.Run(runs.Folder, [.. line.Split(' '), "--device", "cpu", "--out", name]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal($"written to {name}", outcome.Output);
        RasterImage picture = Png.Read(runs.In(name));
        // Below stand the names of columns that differ in what they show, and the title; to the right the names of such rows.
        string verb = line.Split(' ')[0];
        Assert.Equal((rows * (Height + Gap)) + Gap + (verb is "interpolate" or "traverse" or "manifold" ? 2 * Line : Line), picture.Height);
        int names = picture.Width - ((columns * (Width + Gap)) + Gap);
        bool named = verb is "reconstruct" or "traverse" or "manifold";
        Assert.InRange(names, named ? 20 : 0, named ? 150 : 0);
    }

    [Fact]
    public void Of_many_units_those_are_shown_that_differ_most()
    {
        runs.Train("vae", "40", folder: "wide");
        Outcome outcome = Runner.Run(runs.Folder, "traverse", "wide", "--steps", "2", "--device", "cpu", "--out", "wide.png");
        Assert.StartsWith("the 32 of 40 units whose codes differ most; ", outcome.Output.Split('\n')[^1], StringComparison.Ordinal);
        Assert.Equal((32 * (Height + Gap)) + Gap + (2 * Line), Png.Read(runs.In("wide.png")).Height);
    }

    [Fact]
    public void A_reconstruction_has_the_images_themselves_above()
    {
        Outcome outcome = Runner.Run(runs.Folder, "reconstruct", "vae", "--count", "1", "--device", "cpu", "--out", "one.png");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        RasterImage picture = Png.Read(runs.In("one.png"));
        byte At(int row, int column) => picture.Pixels[((Gap + (9 * row) + 4) * picture.Width) + Gap + (9 * column) + 4];
        Assert.Equal(7, At(0, 0));
        Assert.Equal(7 + 29, At(5, 4));
    }

    [Fact]
    public void The_same_seed_gives_the_same_pictures_and_another_one_others()
    {
        byte[] Generate(string seed, string name)
        {
            Runner.Run(runs.Folder, "generate", "vae", "--seed", seed, "--device", "cpu", "--out", name);
            return File.ReadAllBytes(runs.In(name));
        }

        byte[] first = Generate("4", "first.png");
        Assert.Equal(first, Generate("4", "second.png"));
        Assert.NotEqual(first, Generate("5", "third.png"));
    }

    [Theory]
    [InlineData("reconstruct vae --first 12", 2, "--first 12: must be a whole number from 0 to 11")]
    [InlineData("reconstruct vae --set all", 2, "--set all: unknown; choose from test, train")]
    [InlineData("reconstruct vae --data other", 1, "other: images of 5×6 pixels, and vae was trained on images of 6×5 pixels")]
    [InlineData("reconstruct vae --data nowhere", 1, "nowhere: no such file or folder")]
    [InlineData("interpolate vae --images 3", 2, "--images 3: a way needs two images at least")]
    [InlineData("interpolate vae --images 3,12", 2, "--images 12: must be a whole number from 0 to 11")]
    [InlineData("interpolate vae --steps 1", 2, "--steps 1: must be a whole number from 2 to 100")]
    [InlineData("interpolate vae --path winding", 2, "--path winding: unknown; choose from straight, spherical")]
    [InlineData("traverse vae --units 3", 2, "--units 3: must be a whole number from 0 to 2")]
    [InlineData("traverse vae --units 1,1", 2, "--units 1,1: names a unit twice")]
    [InlineData("traverse vae --image 99", 2, "--image 99: must be a whole number from 0 to 11")]
    [InlineData("manifold vae", 2, "--units: a code of this run has 3 units; name two of them")]
    [InlineData("manifold vae --units 0", 2, "--units 0: a plane has two units")]
    [InlineData("manifold vae --units 0,7", 2, "--units 7: must be a whole number from 0 to 2")]
    [InlineData("generate ae", 1, "generate: the objective of ae is reconstruction")]
    public void A_mistake_is_one_line_that_names_it(string line, int code, string said)
    {
        Outcome outcome = Runner.Run(runs.Folder, [.. line.Split(' '), "--device", "cpu", "--out", "never.png"]);
        Assert.Equal(code, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.False(File.Exists(runs.In("never.png")));
    }
}
