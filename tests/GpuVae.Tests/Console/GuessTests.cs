using System.Globalization;
using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What a verb makes of a choice that does not fit the data is said in a line, with the option that says otherwise.</summary>
public sealed class GuessTests : IDisposable
{
    private readonly Workplace _workplace = new();

    /// <summary>Rows of seven numbers from 0 to 1, with names and without, and pictures in colours that are twice as wide as high.</summary>
    public GuessTests()
    {
        string[] rows =
        [
            .. Enumerable.Range(0, 40).Select(row => string.Join(',', Enumerable.Range(0, 7).Select(
                column => (0.5 + (0.49 * Math.Sin((row * 7) + column))).ToString("F3", CultureInfo.InvariantCulture)))),
        ];
        File.WriteAllLines(_workplace.In("table.csv"), ["a,b,c,d,e,f,g", .. rows]);
        File.WriteAllLines(_workplace.In("rows.csv"), rows);
        Directory.CreateDirectory(_workplace.In("wide"));
        for (int i = 0; i < 10; i++)
        {
            var picture = new RasterImage(16, 8, 3);
            for (int j = 0; j < picture.Pixels.Length; j++)
                picture.Pixels[j] = (byte)(j % 3 == 0 ? 250 : 20 * i);
            Png.Write(_workplace.In($"wide/{i}.png"), picture);
        }
    }

    [Theory]
    [InlineData("--preset vae", true)]
    [InlineData("--preset conv-vae --network dense\u00A04", true)]
    [InlineData("--preset hash", true)]
    [InlineData("--preset vae --likelihood gaussian", false)]
    [InlineData("--preset vae --likelihood bernoulli", false)]
    [InlineData("--preset ae", false)]
    public void A_likelihood_that_is_not_the_presets_is_told(string options, bool expected)
    {
        Outcome outcome = Train($"--data table.csv {options}");
        string note = $"note: the likelihood of --preset {options.Split(' ')[1]} is bernoulli, for pictures and for 0 and 1, and these are "
            + "real numbers, 0.01 … 0.99: it is gaussian here (--likelihood says otherwise)";
        Assert.Equal(expected, outcome.Error.Split('\n').Contains(note));
        Assert.Equal(
            options.Contains("likelihood bernoulli", StringComparison.Ordinal), outcome.Output.Contains(" bernoulli likelihood", StringComparison.Ordinal));
        Assert.DoesNotContain("grey values", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train --data tiny --preset conv-vae --hidden 8 --epochs 1 --latent 2 --device cpu")]
    [InlineData("model --preset conv-vae --hidden 8")]
    public void Layers_of_a_preset_that_an_option_replaces_are_named(string line)
    {
        Outcome outcome = Run(line);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(
            "note: --hidden 8 takes the place of --network 'convs 32 3/2, dense 256', which --preset conv-vae chooses; leave --hidden out to "
            + "keep that", outcome.Error);
        Assert.Equal("", Run("model --preset conv-vae").Error);
        Assert.Equal("", Run("model --preset hash --hidden 8").Error);
    }

    [Theory]
    [InlineData("table.csv", "", true)]
    [InlineData("rows.csv", "", true)]
    [InlineData("rows.csv", " --image-size 1x7", false)]
    [InlineData("tiny", "", false)]
    public void Convolutions_of_rows_are_told_what_they_take_for_neighbours(string data, string options, bool expected)
    {
        Outcome outcome = Train($"--data {data} --network conv\u00A02\u00A03/2,\u00A0dense\u00A04{options}");
        Assert.Equal(expected, outcome.Error.Contains("note: --network 'conv 2 3/2, dense 4' takes numbers beside each other", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("conv\u00A02\u00A02/3", "note: --network: conv 2 2/3: its windows are further apart than they are wide, and what lies between them is passed over")]
    [InlineData("conv\u00A02\u00A03/3", "")]
    [InlineData("pool\u00A02/3", "note: --network: pool 2/3: its windows are further apart than they are wide, and what lies between them is passed over")]
    public void Windows_with_pixels_between_them_are_told(string layer, string note) =>
        Assert.Equal(note, Train($"--data tiny --network {layer},\u00A0dense\u00A04").Error);

    [Theory]
    [InlineData("", true)]
    [InlineData(" --image-size 1x7", false)]
    public void Rows_without_names_that_are_moved_as_series_are_told(string options, bool expected)
    {
        Outcome outcome = Train($"--data rows.csv --augment flip,shift1{options}");
        Assert.Equal(expected, outcome.Error.Contains(
            "note: --augment flip,shift1: columns have no names, so that rows are taken as series", StringComparison.Ordinal));
    }

    [Fact]
    public void An_option_that_only_the_preset_chose_is_told_as_its_own()
    {
        Outcome outcome = Run("train --data tiny --preset conv-vae-64 --device cpu");
        Assert.EndsWith("--image-size 64 is what --preset conv-vae-64 chooses", outcome.ErrorLine, StringComparison.Ordinal);
        Outcome typed = Run("train --data tiny --preset conv-vae-64 --image-size 64 --device cpu");
        Assert.DoesNotContain("chooses", typed.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--image-size 8", true, true)]
    [InlineData("--image-size 4x8", true, false)]
    [InlineData("--color rgb", false, false)]
    public void Colours_and_proportions_that_are_lost_are_told(string options, bool losesColours, bool isStretched)
    {
        string[] notes = Train($"--data wide {options}").Error.Split('\n');
        Assert.Equal(losesColours, notes.Contains("note: 10 pictures with colours, read as grey (--color rgb keeps colours)"));
        Assert.Equal(isStretched, notes.Any(note => note.StartsWith(
            "note: 10 pictures of other proportions, stretched to 8×8 (--image-size HxW takes others; ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("model --network dense\u00A010000000,\u00A0dense\u00A010000000", "gpuvae: --network, --latent: the model would have more than")]
    [InlineData("model --hidden 10000000,10000000", "gpuvae: --hidden, --latent: the model would have more than")]
    public void What_is_too_large_is_told_by_the_option_that_was_typed(string line, string message) =>
        Assert.StartsWith(message, Run(line).ErrorLine, StringComparison.Ordinal);

    [Fact]
    public void A_file_of_codes_is_decoded_by_a_run_of_as_many_units()
    {
        Assert.Equal(0, Train("--data wide --out two").ExitCode);
        File.WriteAllLines(_workplace.In("three.csv"), ["file,z0,z1,z2", "a.png,0,0,0"]);
        File.WriteAllLines(_workplace.In("one.csv"), ["file,z0", "a.png,0"]);
        File.WriteAllLines(_workplace.In("many.csv"), ["z0,z1", .. Enumerable.Repeat("0,0", 450)]);
        Assert.StartsWith(
            "gpuvae: three.csv: has codes of 3 units (columns z0 … z2), and a code of this run has 2; ", Run("decode three.csv two").ErrorLine,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "gpuvae: one.csv: has codes of 1 unit (column z0), and a code of this run has 2; ", Run("decode one.csv two").ErrorLine,
            StringComparison.Ordinal);

        // A picture of all would be as large as nobody looks at.
        Outcome some = Run("decode many.csv two --out some.png"), all = Run("decode many.csv two --limit 450 --out all.png");
        Assert.Equal(
            "note: the picture shows the first 400 of 450 codes (--limit N says otherwise; --out FILE.csv or FILE.npy decodes all)", some.Error);
        Assert.Equal((0, ""), (all.ExitCode, all.Error));
        Assert.True(Png.Read(_workplace.In("some.png")).Height < Png.Read(_workplace.In("all.png")).Height);
        Assert.Equal((0, ""), (Run("decode many.csv two --out all.csv").ExitCode, Run("decode many.csv two --out other.csv").Error));
        Assert.Equal(451, File.ReadAllLines(_workplace.In("all.csv")).Length);
    }

    public void Dispose() => _workplace.Dispose();

    private Outcome Train(string options)
    {
        string network = options.Contains("--network", StringComparison.Ordinal) ? "" : "--hidden 4 ";
        string folder = options.Contains("--out", StringComparison.Ordinal) ? "" : " --out run";
        Outcome outcome = Run($"train {network}--latent 2 --epochs 1 --batch 8 --device cpu {options}{folder}");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        return outcome;
    }

    /// <summary>A blank within a value is written as one that does not break.</summary>
    private Outcome Run(string line) => Runner.Run(
        _workplace.Folder, [.. line.Split(' ').Select(word => word.Replace('\u00A0', ' '))]);
}
