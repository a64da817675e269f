using GpuVae.Data;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>What happens between a file and a model: the held-out part, scaling, sizes, and the look at the numbers.</summary>
public sealed class DataPreparationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_part_is_held_out_by_the_seed_and_nothing_is_lost()
    {
        string path = Write(string.Concat(Enumerable.Range(0, 50).Select(i => $"{i},{i % 3}\n")));
        var settings = new DataSettings { Data = path, LabelColumn = "last" };
        Dataset tenth = Datasets.Open(settings);
        Assert.Equal((45, 5), (tenth.Train.Count, tenth.Test.Count));
        Assert.Equal("0.1 of the set, held out by seed 1", tenth.Split);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (float)i), tenth.Train.Values!.Concat(tenth.Test.Values!).Order());
        Assert.Equal(tenth.Train.Values!.Order(), tenth.Train.Values!);
        Assert.Equal(tenth.Test.Values!.Select(value => (int)value % 3), tenth.Test.Labels!);

        Assert.Equal(tenth.Test.Values, Datasets.Open(settings).Test.Values);
        Assert.NotEqual(tenth.Test.Values, Datasets.Open(settings with { Seed = 2 }).Test.Values);
        Assert.Equal(20, Datasets.Open(settings with { HoldOut = 0.4 }).Test.Count);
        Assert.Equal(1, Datasets.Open(settings with { HoldOut = 1e-9 }).Test.Count);
        Assert.Equal(1, Datasets.Open(settings with { HoldOut = 1 - 1e-9 }).Train.Count);
        Dataset whole = Datasets.Open(settings with { Whole = true });
        Assert.Equal((50, 50, ""), (whole.Train.Count, whole.Test.Count, whole.Split));
    }

    [Fact]
    public void One_example_cannot_be_divided() => AssertFault(
        new DataSettings { Data = Write("1,2\n") }, "holds 1 example; training and testing need at least one each");

    [Fact]
    public void A_set_with_a_test_part_holds_nothing_out()
    {
        IdxFiles.WriteSet(_folder, 6, 2, 5);
        AssertFault(
            new DataSettings { Data = _folder.FullPath, HoldOut = 0.2 }, "--hold-out 0.2: the set has a test part");
    }

    [Fact]
    public void Scaling_by_least_and_largest_is_what_the_training_examples_say()
    {
        string path = Write("-3\n1\n2\n5\n0\n7\n4\n4\n3\n9\n");
        Dataset data = Datasets.Open(new DataSettings { Data = path, Pipeline = Pipeline.Scaled("min-max"), HoldOut = 0.3 });
        Assert.Equal((0, 1), (data.Train.Values!.Min(), data.Train.Values!.Max()));
        Dataset again = Datasets.Open(new DataSettings { Data = Write("-3\n9\n"), Pipeline = data.Pipeline, Whole = true });
        double offset = data.Pipeline.Scaling.Offsets[0], factor = data.Pipeline.Scaling.Factors[0];
        Assert.Equal([(float)((-3 - offset) * factor), (float)((9 - offset) * factor)], again.Test.Values!);
    }

    [Fact]
    public void Standard_scaling_gives_each_column_mean_0_and_variance_1()
    {
        string path = Write(string.Concat(Enumerable.Range(0, 40).Select(i => $"{i},7,{-100 * i * i}\n")));
        ImageSet train = Datasets.Open(new DataSettings { Data = path, Pipeline = Pipeline.Scaled("standard") }).Train;
        for (int column = 0; column < 3; column++)
        {
            double[] values = [.. Enumerable.Range(0, train.Count).Select(row => (double)train.Values![(row * 3) + column])];
            Assert.Equal(0, values.Average(), tolerance: 1e-6);
            Assert.Equal(column == 1 ? 0 : 1, values.Average(value => value * value), tolerance: 1e-6);
        }
    }

    [Theory]
    [InlineData("standard")]
    [InlineData("robust")]
    public void Columns_are_scaled_whose_squares_have_no_double(string method)
    {
        string path = Write(string.Concat(Enumerable.Range(0, 41).Select(i => FormattableString.Invariant($"{(i - 20) * 4e306:R},{i * 1e-310:R},{i * 1e200:R},{i}\n"))));
        Scaling scaling = Datasets.Open(new DataSettings { Data = path, Pipeline = Pipeline.Scaled(method), Whole = true }).Pipeline.Scaling;
        double[] sizes = [4e306, 1e-310, 1e200, 1];
        for (int column = 0; column < 4; column++)
            Assert.InRange(Math.Min(scaling.Factors[column] * sizes[column] / scaling.Factors[3], 1), column == 1 ? 0.01 : 1 - 1e-6, 1 + 1e-6);
        Assert.All(scaling.Factors, factor => Assert.True(factor > 0 && double.IsFinite(factor)));
    }

    [Theory]
    [InlineData("-1.7e308\n1.7e308\n0\n")]
    [InlineData("0\n5e-324\n1e-323\n")]
    public void The_least_and_largest_may_be_as_far_apart_as_doubles_go(string text)
    {
        Scaling scaling = Pipeline.Scaled("min-max").Fit(CsvReader.Read(Write(text), null)).Scaling;
        Assert.True(scaling.Factors[0] is > 0 and < double.PositiveInfinity);
    }

    [Fact]
    public void Scaling_for_other_examples_and_unknown_methods_are_refused()
    {
        string path = Write("1,2,3\n4,5,6\n");
        AssertFault(
            new DataSettings { Data = path, Pipeline = new Pipeline { Scaling = new Scaling("standard", [1, 2], [1, 1]) } },
            "examples of 3 numbers, and the run scales 2");
        Assert.Contains(
            "--scale logit: unknown; did you mean log? choose from none, auto, min-max, standard, robust, log, pixels",
            Assert.Throws<UserException>(() => Scaling.Named("logit")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_become_images_of_the_size_asked_for()
    {
        string path = Write("1,2,3,4,5,6\n7,8,9,10,11,12\n");
        ImageSet images = Datasets.Open(new DataSettings { Data = path, ImageSize = ImageSize.Parse("2x3") }).Train;
        Assert.Equal((2, 3, 1), (images.Height, images.Width, images.Channels));
        images = Datasets.Open(new DataSettings { Data = path, ImageSize = ImageSize.Parse("1x2") }).Train;
        Assert.Equal((1, 2, 3), (images.Height, images.Width, images.Channels));
        AssertFault(
            new DataSettings { Data = path, ImageSize = new ImageSize(2, 2) },
            "--image-size 2x2: examples have 1×6×1 numbers, and images of that size 4, or 12 in colours");
    }

    [Theory]
    [InlineData("28", 28, 28)]
    [InlineData("20x30", 20, 30)]
    public void Sizes_are_read(string text, int height, int width) =>
        Assert.Equal(new ImageSize(height, width), ImageSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("2x")]
    [InlineData("2x3x4")]
    [InlineData("70000")]
    public void What_is_no_size_is_refused(string text) => Assert.Throws<UserException>(() => ImageSize.Parse(text));

    [Theory]
    [InlineData("0,1\n1,1\n", "binary, 0 and 1, 1 of 2 columns constant", "bernoulli")]
    [InlineData("1,1\n1,1\n", "numbers that are all 1, 2 of 2 columns constant", "bernoulli")]
    [InlineData("0,0.5\n1,0.25\n", "real numbers, 0 … 1", "gaussian")]
    [InlineData("0,-0.5\n1,0.25\n", "real numbers, -0.5 … 1", "gaussian")]
    [InlineData("0,17\n3,255\n", "real numbers, 0 … 255 (if these are pixels, give --scale pixels)", "gaussian")]
    public void Numbers_are_told_apart_and_choose_the_likelihood(string text, string description, string likelihood)
    {
        ImageSet images = Datasets.Open(new DataSettings { Data = Write(text), Whole = true }).Train;
        var check = ValueCheck.Of(images);
        Assert.Equal((description, likelihood), (check.Describe(), check.Likelihood));
        var data = new Dataset("it", images, images);
        RunConfiguration preset = RunConfiguration.FromPreset("vae") with { Likelihood = "gaussian" };
        Assert.Equal(likelihood, preset.For(data, choosesLikelihood: false).Likelihood);
        Assert.Equal("gaussian", preset.For(data, choosesLikelihood: true).Likelihood);
    }

    [Fact]
    public void Bytes_are_pixels_of_any_shade_or_black_and_white()
    {
        Assert.Equal("binary, 0 and 1", ValueCheck.Of(new ImageSet([0, 255, 0, 0], null, 2, 2)).Describe());
        Assert.Equal("pixels that are all 0", ValueCheck.Of(new ImageSet([0, 0, 0, 0], null, 2, 2)).Describe());
        Assert.Equal("pixels of 0 … 255 as 0 … 1", ValueCheck.Of(new ImageSet([0, 255, 0, 1], null, 2, 2)).Describe());
        Assert.Equal("pixels of 3 … 40, divided by 255", ValueCheck.Of(new ImageSet([3, 40, 7, 9], null, 2, 2)).Describe());
    }

    [Fact]
    public void Numbers_that_a_likelihood_gives_no_probability_are_refused()
    {
        var data = new Dataset("it", new ImageSet([-1f, 2f], null, 1, 2), new ImageSet([-1f, 2f], null, 1, 2));
        RunConfiguration vae = RunConfiguration.FromPreset("vae");
        string message = Assert.Throws<DataException>(() => vae.For(data, choosesLikelihood: true)).Message;
        Assert.Contains("--likelihood bernoulli is for numbers from 0 to 1, and these go from -1 to 2", message, StringComparison.Ordinal);
        message = Assert.Throws<DataException>(
            () => (vae with { Likelihood = "gaussian", Binarize = "dynamic" }).For(data, choosesLikelihood: true)).Message;
        Assert.Contains("--binarize dynamic is for numbers from 0 to 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_a_number_is_named_by_its_row_before_anything_is_drawn_or_scaled()
    {
        string path = _folder.File("x.npy");
        File.WriteAllBytes(
            path, NumpyFiles.Build("<f4", "3, 2", NumpyFiles.Floats(1, 2, 3, 4, 5, float.NaN)));
        AssertFault(
            new DataSettings { Data = path, Pipeline = Pipeline.Scaled("min-max") },
            $"{path}: 1 cell is missing: example 2 (from 0), column 2; --missing drop leaves");
    }

    [Fact]
    public void Parts_of_an_archive_that_differ_are_refused()
    {
        string path = _folder.File("x.npz");
        File.WriteAllBytes(path, NumpyFiles.Archive(
            ("x_train.npy", NumpyFiles.Build("|u1", "1, 2, 2", new byte[4])),
            ("x_test.npy", NumpyFiles.Build("<f4", "1, 2, 2", new byte[16]))));
        AssertFault(
            new DataSettings { Data = path },
            "test examples of 2×2×1 real numbers, and those of training have 2×2×1 pixels");
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertFault(DataSettings settings, string part)
    {
        string message = Assert.Throws<DataException>(() => Datasets.Open(settings)).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private string Write(string text)
    {
        string path = _folder.File("table.csv");
        File.WriteAllText(path, text);
        return path;
    }
}
