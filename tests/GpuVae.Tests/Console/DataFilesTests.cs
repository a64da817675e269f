using System.Text.Json;
using GpuVae.Imaging;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>Data of one's own, good and bad, given to the program as a person does.</summary>
public sealed class DataFilesTests
{
    private static readonly string[] _quick =
        ["--device", "cpu", "--hidden", "8", "--latent", "2", "--batch", "10", "--epochs", "1", "--out", "run"];

    public static TheoryData<string, string[], string> BadInputs => new()
    {
        { "unknown column", ["--data", "table.csv", "--label-column", "kind"], "--label-column kind: no such column; there is label, a, b" },
        { "NaN", ["--data", "nan.csv"], "nan.csv: 1 cell is missing: row 3, column 2" },
        { "ragged row", ["--data", "ragged.csv"], "ragged.csv: row 2: 1 cells, and the rows before have 2" },
        { "NaN in an array", ["--data", "nan.npy"], "nan.npy: 1 cell is missing: example 1 (from 0), column 1; --missing drop" },
        { "text as an array", ["--data", "text.npy"], "text.npy: offset 0: no NumPy file" },
        { "mixed sizes", ["--data", "mixed"], "b.png: 2×3 pixels, and " },
        { "corrupt picture", ["--data", "corrupt"], "5.png: the picture is damaged" },
        { "empty folder", ["--data", "empty"], "empty: the folder is empty; looked for IDX files" },
        { "nowhere", ["--data", "nowhere"], "nowhere: no such file or folder; --data takes mnist, fashion-mnist, kmnist, " },
        { "unknown kind", ["--data", "page.html"], "page.html: a file of a kind that is not read" },
        { "bernoulli", ["--data", "table.csv", "--likelihood", "bernoulli"], "--likelihood bernoulli is for numbers from 0 to 1, and these go from -3 to 8" },
        { "no bytes", ["--data", "table.csv", "--likelihood", "logistic"], "--likelihood logistic gives bytes of pictures a probability, 0 … 255 as they lie in a file, and these are real numbers, -3 … 8; take --likelihood gaussian" },
        { "no bytes, widths", ["--data", "table.csv", "--likelihood", "beta-binomial"], "--likelihood beta-binomial gives bytes of pictures a probability, 0 … 255 as they lie in a file, and these are real numbers, -3 … 8; take --likelihood gaussian" },
        { "scaled bytes", ["--data", "tiny", "--likelihood", "logistic", "--scale", "standard"], "or give pixels as pictures, IDX files or .npy images of uint8, without --scale" },
        { "test part", ["--data", "tiny", "--hold-out", "0.5"], "--hold-out 0.5: the set has a test part of its own" },
        { "size", ["--data", "table.csv", "--image-size", "5"], "--image-size 5x5: examples have 1×2×1 numbers" },
    };

    [Theory]
    [MemberData(nameof(BadInputs))]
    public void A_bad_input_is_one_line_and_leaves_nothing_behind(string what, string[] arguments, string fault)
    {
        Assert.NotEmpty(what);
        using Workplace workplace = Prepare();
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, ["train", .. arguments, .. _quick]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(fault, outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, workplace.Snapshot());
    }

    [Theory]
    [InlineData("--color", "blue", "--color blue: unknown; choose from grey, rgb")]
    [InlineData("--scale", "logit", "--scale logit: unknown; did you mean log? choose from none, auto, min-max, standard, robust, log, pixels")]
    [InlineData("--hold-out", "1", "--hold-out 1: must be a number between 0 and 1")]
    [InlineData("--image-size", "big", "--image-size big: not a size")]
    public void A_value_that_an_option_may_not_have_is_a_mistake_of_usage(string option, string value, string fault)
    {
        using Workplace workplace = Prepare();
        Outcome outcome = Runner.Run(workplace.Folder, ["train", "--data", "table.csv", option, value, .. _quick]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(fault, outcome.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_real_numbers_becomes_curves_by_a_gaussian_likelihood()
    {
        using Workplace workplace = Prepare();
        Outcome outcome = Runner.Run(
            workplace.Folder, ["train", "--data", "table.csv", "--scale", "standard", "--hold-out", "0.25", .. _quick]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("9 rows to train on in 1 step, 3 to test (0.25 of the set, held out by seed 1)", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("values  2 numbers each, 2 classes, real numbers, ", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("gaussian likelihood fits", outcome.Output, StringComparison.Ordinal);
        using var configuration = JsonDocument.Parse(File.ReadAllText(workplace.In("run/config.json")));
        JsonElement root = configuration.RootElement;
        Assert.Equal("gaussian", root.GetProperty("likelihood").GetString());
        Assert.Equal(2, root.GetProperty("scale_offsets").GetArrayLength());
        Assert.Equal(2, root.GetProperty("scale_factors").GetArrayLength());
        Assert.True(Png.Read(workplace.In("run/images/reconstruction-0001.png")).Width > 400);
    }

    [Fact]
    public void A_folder_of_pictures_is_trained_on_in_colours_at_the_size_asked_for()
    {
        using Workplace workplace = Prepare();
        Outcome outcome = Runner.Run(
            workplace.Folder, ["train", "--data", "mixed", "--image-size", "6x4", "--color", "rgb", .. _quick]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("note: 1 picture of other proportions, stretched to 6×4 (", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("note: every pixel of all 2 pictures is 0 of 255", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("values  6×4 coloured images, ", outcome.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(workplace.In("run/images/reconstruction-0001.png")));
    }

    [Fact]
    public void An_archive_of_arrays_is_trained_and_tested_on()
    {
        using Workplace workplace = Prepare();
        workplace.Put("set.npz", NumpyFiles.Archive(
            ("x_train.npy", NumpyFiles.Build("|u1", "5, 3, 3", IdxFiles.Counting(45))),
            ("x_test.npy", NumpyFiles.Build("|u1", "2, 3, 3", IdxFiles.Counting(18)))));
        Outcome outcome = Runner.Run(workplace.Folder, ["train", "--data", "set.npz", .. _quick]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("data    set: 5 images to train on in 1 step, 2 to test\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_to_download_says_what_to_do_without_a_network_and_is_read_from_the_cache()
    {
        using Workplace workplace = Prepare();
        string nobody;
        using (var server = new FileServer([]))
            nobody = server.Address.AbsoluteUri;
        var environment = new Dictionary<string, string>
        {
            ["XDG_CACHE_HOME"] = workplace.In("cache"),
            ["GPUVAE_DATA_URL"] = nobody,
        };
        string[] arguments = ["train", "--data", "kmnist", .. _quick];
        Outcome offline = Runner.Run(workplace.Folder, environment, arguments);
        Assert.Equal(1, offline.ExitCode);
        Assert.Contains($"kmnist: {nobody}kmnist/train-images-idx3-ubyte.gz cannot be reached: ", offline.ErrorLine, StringComparison.Ordinal);

        foreach (string file in Directory.GetFiles(workplace.In("tiny")))
        {
            workplace.Put(
                Path.Combine("cache", "gpuvae", "kmnist", Path.GetFileName(file) + ".gz"), IdxFiles.Gzip(File.ReadAllBytes(file)));
        }
        Outcome cached = Runner.Run(workplace.Folder, environment, arguments);
        Assert.Equal((0, ""), (cached.ExitCode, cached.Error));
        Assert.Contains("data    kmnist: 24 images to train on", cached.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mirror_with_another_file_is_refused()
    {
        using Workplace workplace = Prepare();
        using var server = new FileServer(new byte[26_421_880]);
        var environment = new Dictionary<string, string>
        {
            ["XDG_CACHE_HOME"] = workplace.In("cache"),
            ["GPUVAE_DATA_URL"] = server.Address.AbsoluteUri,
        };
        Outcome outcome = Runner.Run(workplace.Folder, environment, ["train", "--data", "fashion-mnist", .. _quick]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("is not the file that was published: its SHA-256 is ", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.False(File.Exists(workplace.In("cache/gpuvae/fashion-mnist/train-images-idx3-ubyte.gz")));
    }

    private static Workplace Prepare()
    {
        var workplace = new Workplace();
        foreach (string folder in (string[])["mixed", "corrupt", "empty"])
            Directory.CreateDirectory(workplace.In(folder));
        string rows = string.Concat(Enumerable.Range(0, 12).Select(i => $"{(i % 2 == 0 ? "even" : "odd")},{i - 3},{i * 0.5}\n"));
        File.WriteAllText(workplace.In("table.csv"), "label,a,b\n" + rows);
        File.WriteAllText(workplace.In("nan.csv"), "1,2\n3,4\n5,NaN\n");
        File.WriteAllText(workplace.In("ragged.csv"), "1,2\n3\n");
        File.WriteAllText(workplace.In("text.npy"), "hello, world");
        File.WriteAllText(workplace.In("page.html"), "<html>");
        workplace.Put("nan.npy", NumpyFiles.Build("<f4", "2, 2", NumpyFiles.Floats(1, 2, float.NaN, 4)));
        Png.Write(workplace.In("mixed/a.png"), new RasterImage(2, 3));
        Png.Write(workplace.In("mixed/b.png"), new RasterImage(3, 2));
        for (int i = 0; i < 7; i++)
            Png.Write(workplace.In($"corrupt/{i}.png"), new RasterImage(40, 40));
        workplace.Put("corrupt/5.png", File.ReadAllBytes(workplace.In("corrupt/5.png"))[..^25]);
        return workplace;
    }
}
