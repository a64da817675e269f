using System.Text.Json;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>Columns of words: how they are found, what a model sees of them, and how they come back.</summary>
public sealed class CategoryTests : IDisposable
{
    private const string Cars =
        "speed,colour,doors\n1.5,red,two\n2.5,\"dark, blue\",four\n3.5,red,four\n4.5,green,two\n5.5,red,two\n";

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _told = [];

    [Theory]
    [InlineData("auto")]
    [InlineData("colour,doors")]
    [InlineData("2-3")]
    public void Words_become_groups_of_columns_and_come_back(string categorical)
    {
        Dataset data = Open(Cars, categorical, Pipeline.None);
        Category colour = data.Pipeline.Categories[0], doors = data.Pipeline.Categories[1];
        Assert.Equal(new Category(1, ["dark, blue", "green", "red"]), colour);
        Assert.Equal(new Category(2, ["four", "two"]), doors);
        Assert.Equal([4, 3], data.Train.Groups);
        Assert.Equal((1, 8), (data.Train.NumberColumns, data.Train.Dimensions));
        Assert.Equal("1 number and 2 categories each", data.Train.DescribeShape());
        Assert.Equal([0, 0, 1, 0, 0, 1, 0], data.Train.Values!.AsSpan(1, 7).ToArray());
        Assert.Equal(
            ["speed", "colour=dark, blue", "colour=green", "colour=red", "colour=(another)", "doors=four", "doors=two", "doors=(another)"],
            data.Train.ColumnNames!);

        // Not the words alone are 0 and 1, and they do not choose the likelihood.
        Assert.Equal("gaussian", ValueCheck.Of(data.Train).Likelihood);
        Assert.Equal((categorical == "auto", 3), (_told.Contains("columns of words: colour (3 levels), doors (2 levels)"), data.Pipeline.TableColumns(8)));

        string path = _folder.File("out.csv");
        ExampleFile.Write(path, data.Train.Values!, (1, 8, 1), data.Pipeline);
        string[] lines = File.ReadAllLines(path);
        Assert.Equal(["speed,colour,doors", "1.5,red,two", "2.5,\"dark, blue\",four"], lines[..3]);
        UserException fault = Assert.Throws<UserException>(
            () => ExampleFile.Write(_folder.File("out.npy"), data.Train.Values!, (1, 8, 1), data.Pipeline));
        Assert.Contains("cannot hold the words of 2 columns", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_are_told_by_the_words_of_the_training_rows()
    {
        Pipeline pipeline = Open(Cars, "auto", Pipeline.None).Pipeline;
        // Another order of the columns, words in another order, and one that training lacks.
        string path = Write("new.csv", "doors,speed,colour\nfour,1,green\ntwo,2,mauve\n");
        Dataset other = Datasets.Open(new DataSettings
        {
            Data = path,
            Pipeline = pipeline,
            Categorical = ["auto"],
            Dimensions = 3,
            Whole = true,
        });
        Assert.Equal([1, 0, 1, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0], other.Test.Values!);

        // A column of numbers does not become one of words with the data.
        path = Write("slip.csv", "speed,colour,doors\nfast,red,two\n");
        DataException fault = Assert.Throws<DataException>(() => Datasets.Open(new DataSettings
        {
            Data = path,
            Pipeline = pipeline,
            Categorical = ["auto"],
            Dimensions = 3,
            Whole = true,
        }));
        Assert.Contains("row 2, column 1 (speed): 'fast' is no number", fault.Message, StringComparison.Ordinal);

        // A column that was renamed is missing, whatever it holds.
        path = Write("renamed.csv", "speed,Colour,doors\n1,red,two\n");
        fault = Assert.Throws<DataException>(() => Datasets.Open(new DataSettings
        {
            Data = path,
            Pipeline = pipeline,
            Categorical = ["auto"],
            Dimensions = 3,
            Whole = true,
        }));
        Assert.Contains("lacks 1 column that the run was trained on: colour; it has speed, Colour, doors", fault.Message, StringComparison.Ordinal);

        // Without names columns go by their places.
        path = Write("bare.csv", "1,red,two\n2,green,two\n");
        ImageSet bare = Datasets.Open(new DataSettings
        {
            Data = path,
            Pipeline = pipeline,
            Header = HeaderRule.No,
            Dimensions = 3,
            Whole = true,
        }).Test;
        Assert.Equal([1, 0, 0, 1, 0, 0, 1, 0, 2, 0, 1, 0, 0, 0, 1, 0], bare.Values!);
    }

    [Theory]
    [InlineData("a,b\nx,u\ny,v\nx,v\nx,u\ny,u\n", true)]
    [InlineData("x,v\nx,u\ny,v\nx,v\nx,u\ny,u\n", false)]
    public void A_row_above_words_names_them_where_it_has_others(string text, bool header)
    {
        Dataset data = Datasets.Open(new DataSettings { Data = Write("w.csv", text), Categorical = ["auto"], Whole = true, Tell = _told.Add });
        Assert.Equal(header ? 5 : 6, data.Train.Count);
        Assert.Equal((0, 6), (data.Train.NumberColumns, data.Train.Dimensions));
        Assert.Equal("no numbers", ValueCheck.Of(data.Train).Describe());
        Assert.Equal(header, _told.Exists(told => told.Contains("--header no", StringComparison.Ordinal)));
    }

    [Fact]
    public void Words_come_from_the_training_rows_alone()
    {
        string path = Write("t.csv", "a,w,label\n1,x,good\n2,y,good\n3,z,bad\n4,x,good\n");
        Dataset data = Datasets.Open(new DataSettings { Data = path, Categorical = ["w"], TrainLabels = ["good"], HoldOut = 0.25, Seed = 3 });
        Assert.DoesNotContain("z", data.Pipeline.Categories[0].Levels);
    }

    [Fact]
    public void Missing_words_are_a_level_and_missing_numbers_are_marked()
    {
        const string Holes = "a,w\n1,x\n,y\n3,\n4,x\n5,y\n";
        DataException refused = Assert.Throws<DataException>(() => Open(Holes, "w", Pipeline.None));
        Assert.Contains("2 cells are missing: row 3, column 1 (a); row 4, column 2 (w)", refused.Message, StringComparison.Ordinal);

        Pipeline pipeline = Pipeline.None with { Missing = MissingRule.Mean, MasksMissing = true };
        Dataset data = Open(Holes, "w", pipeline);
        Assert.Equal(["x", "y", ""], data.Pipeline.Categories[0].Levels);
        Assert.Equal([0], data.Pipeline.MaskedColumns);
        Assert.Equal([4, 2], data.Train.Groups);
        Assert.Equal(
            [1, 1, 0, 0, 0, 1, 0, 3.25f, 0, 1, 0, 0, 0, 1, 3, 0, 0, 1, 0, 1, 0], data.Train.Values!.AsSpan(0, 21).ToArray());
        Assert.Equal("a is missing", data.Train.ColumnNames![^1]);
        Assert.Equal("1 number, 1 category and 1 mark of missing cells each", data.Train.DescribeShape());
        Assert.Equal(3, data.Train.Variables);
        Assert.Equal([3.25, 1], data.Pipeline.Invert(data.Train.Values.AsSpan(7, 7), 7));

        // Nothing fills a word.
        Assert.Contains(_told, told => told.EndsWith("filled 1 missing cell (a 1)", StringComparison.Ordinal));
        Assert.Contains(_told, told => told.Contains("1 missing word (w 1): kept, as a category of its own", StringComparison.Ordinal));

        // Where training had no missing word, such an example is impossible, as one with a missing number is.
        Pipeline whole = Open(Cars, "auto", Pipeline.None).Pipeline;
        string path = Write("new.csv", "speed,colour,doors\n1,,two\n");
        ImageSet other = Datasets.Open(new DataSettings
        {
            Data = path,
            Pipeline = whole,
            Dimensions = 3,
            Whole = true,
            KeepsImpossible = true,
        }).Test;
        Assert.True(float.IsNaN(other.Values![1]));
    }

    [Theory]
    [InlineData("when,x\n2020-01-02,1\n2020-01-03,2\n", "auto", "column when is dates: leave it out with --drop when")]
    [InlineData("n,x\n1,1\ntwo,2\n", "auto", "row 3, column 1 (n): 'two' is no number")]
    [InlineData("n,x\n1,1\ntwo,2\n3,3\n", "auto", "mend the cells, take their columns as words with --categorical auto,n, or leave")]
    [InlineData("a,x\nred,1\nblue,2\n", "z", "--categorical z: no such column; there is a, x")]
    public void What_is_no_column_of_words_is_said(string text, string categorical, string fault)
    {
        string message = Assert.Throws<DataException>(() => Open(text, categorical, Pipeline.None)).Message;
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b,c,d\nx,1,2,3\ny,4,5,6\nx,7,8,9\n", "--categorical: an image has pixels alone")]
    [InlineData("a,b,c,d\n1,1,2,3\n,4,5,6\n2,7,8,9\n", "--mask-missing: an image has pixels alone")]
    public void Images_get_no_columns_of_their_own(string text, string fault)
    {
        // Levels would be pixels by their positions, and marks would take the image apart.
        DataSettings settings = new()
        {
            Data = Write("i.csv", text),
            Categorical = ["auto"],
            Header = HeaderRule.Yes,
            Whole = true,
            Pipeline = Pipeline.None with { Missing = MissingRule.Mean, MasksMissing = true },
        };
        Assert.Equal(3, Datasets.Open(settings).Train.Count);
        DataException refused = Assert.Throws<DataException>(() => Datasets.Open(settings with { ImageSize = new ImageSize(2, 2) }));
        Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_of_too_many_words_is_refused_unless_it_is_named()
    {
        string text = "name,x\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"n{i},{i}\n"));
        string message = Assert.Throws<DataException>(() => Open(text, "auto", Pipeline.None)).Message;
        Assert.Contains(
            "row 52: column name has more than 50 different words; --drop name leaves it out, or --categorical name to take it",
            message, StringComparison.Ordinal);
        Assert.Equal(61, Open(text, "name", Pipeline.None).Train.Groups[0]);
    }

    [Fact]
    public void The_squared_error_is_that_of_the_numbers_alone()
    {
        Dataset data = Open(Cars, "auto", Pipeline.Scaled("standard"));
        RunConfiguration configuration = (RunConfiguration.FromPreset("ae") with { Hidden = [], Latent = 1 }).For(data, true);
        using IDevice device = CpuDevice.Create(1);
        double Error(RunConfiguration run, ImageSet images)
        {
            using Autoencoder model = ModelBuilder.Build(run, device, images.Shape, images.Count);
            using var evaluator = new Evaluator(device, model, images, seed: 1);
            return evaluator.MeanSquaredError();
        }

        // With parameters of zero the picture of a row is 0, and the mean square of standardised numbers is 1.
        Assert.Equal(1, Error(configuration, data.Train), 1e-6);
        Dataset words = Open("w\na\nb\na\n", "w", Pipeline.None);
        configuration = (RunConfiguration.FromPreset("ae") with { Hidden = [], Latent = 1 }).For(words, true);
        Assert.True(double.IsNaN(Error(configuration, words.Train)));
    }

    [Fact]
    public void A_configuration_keeps_the_words()
    {
        Dataset data = Open(Cars, "auto", Pipeline.Scaled("standard"));
        RunConfiguration configuration = (RunConfiguration.FromPreset("vae") with { Categorical = ["auto"], Scale = "standard" })
            .For(data, choosesLikelihood: false);
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
            configuration.WriteJson(writer);
        RunConfiguration read = RunConfiguration.ReadJson(json.ToArray(), "it");
        Assert.Equal(configuration.Categories, read.Categories);
        Assert.DoesNotContain(Settings.All, setting => !setting.IsEqual(configuration, read));
        Assert.IsType<MixedLikelihood>(read.CreateLikelihood(8));
        Assert.Throws<UserException>(() => read.CreateLikelihood(7));
        foreach (Category[] wrong in (Category[][])[[new(2, ["a"]), new(1, ["a"])], [new(-1, [])], [new(0, null!)], [null!]])
            Assert.Throws<UserException>((read with { Categories = wrong }).Validate);
        Assert.Throws<UserException>((read with { MaskMissing = true }).Validate);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string text)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, text);
        return path;
    }

    private Dataset Open(string text, string categorical, Pipeline pipeline) => Datasets.Open(new DataSettings
    {
        Data = Write("table.csv", text),
        Categorical = categorical.Split(','),
        Pipeline = pipeline,
        Tell = _told.Add,
        Whole = true,
        Header = HeaderRule.Yes,
    });
}
