using System.IO.Compression;
using System.Text;
using GpuVae.Data;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using Xunit;

namespace GpuVae.Tests.Data;

/// <summary>What stands between the numbers of files and those of models.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Rows_that_training_does_not_see_do_not_set_the_scale()
    {
        // 90 normal rows within ±1, and 10 anomalies a hundred times as large.
        IEnumerable<string> rows = Enumerable.Range(0, 100).Select(
            i => i % 10 == 0 ? $"{(i % 20 == 0 ? 100 : -100)},bad" : $"{(i % 2 == 0 ? 1 : -1)},good");
        string path = Write(["x,label", .. rows]);
        var settings = new DataSettings { Data = path, Pipeline = Pipeline.Scaled("standard"), TrainLabels = ["good"] };
        Dataset data = Datasets.Open(settings);
        Assert.InRange(1 / data.Pipeline.Scaling.Factors[0], 0.9, 1.1);
        Assert.Contains(data.Train.Values!, value => value > 50);

        Dataset limited = Datasets.Open(settings with { TrainLabels = [], Limit = 1 });
        Assert.Equal(1, limited.Pipeline.Scaling.Factors[0]);
        Assert.True(1 / Datasets.Open(settings with { TrainLabels = [] }).Pipeline.Scaling.Factors[0] > 20);
    }

    [Theory]
    [InlineData("none", "inf")]
    [InlineData("none", "-inf")]
    [InlineData("none", "1e39")]
    [InlineData("standard", "inf")]
    [InlineData("log", "-3")]
    [InlineData("log", "-inf")]
    public void What_has_no_probability_stays_for_scores_and_is_refused_for_all_else(string scale, string cell)
    {
        var settings = new DataSettings
        {
            Data = Write(["a,b", "1,2", $"3,{cell}", "2,4"]),
            Whole = true,
            Dimensions = 2,
            KeepsImpossible = true,
            Pipeline = Pipeline.Scaled(scale).Fit(new ImageSet([1d, 2, 3, 5, 2, 4], null, 1, 2)),
        };
        Assert.Equal([true, true, true, false, true, true], Datasets.Open(settings).Test.Values!.Select(float.IsFinite));
        Assert.Throws<DataException>(() => Datasets.Open(settings with { KeepsImpossible = false }));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("NaN", false)]
    [InlineData("?", false)]
    [InlineData("None", true)]
    [InlineData("-", true)]
    public void A_missing_label_is_none_and_other_words_are_classes(string label, bool isClass)
    {
        ImageSet table = Datasets.Open(new DataSettings
        {
            Data = Write(["a,label", "1,good", $"2,{label}", "3,good"]),
            Whole = true,
        }).Test;
        Assert.Equal(["good", isClass ? label : null, "good"], Enumerable.Range(0, 3).Select(table.LabelOf));
        Assert.Equal(isClass ? 0 : 1, table.UnlabelledCount);
    }

    [Fact]
    public void Offsets_are_removed_before_numbers_become_float32()
    {
        double[] times = [.. Enumerable.Range(0, 60).Select(second => 1.7e9 + second)];
        var images = new ImageSet(times, null, 1, 1);
        Pipeline pipeline = Pipeline.Scaled("standard").Fit(images);
        ImageSet scaled = pipeline.Apply("it", images);
        Assert.Equal(60, scaled.Values!.Distinct().Count());
        Assert.Equal(1, scaled.Values!.Average(value => (double)value * value), 1e-5);
        Assert.Equal(times, pipeline.Invert(scaled.Values, 1).Select(time => Math.Round(time)));
    }

    [Fact]
    public void A_number_beyond_float32_is_scaled_or_refused_by_its_place()
    {
        var images = new ImageSet([1e39, 2e39, 3e39], null, 1, 1) { ColumnNames = ["far"] };
        string fault = Assert.Throws<DataException>(() => Pipeline.None.Apply("it.csv", images)).Message;
        Assert.StartsWith("it.csv: example 0 (from 0), column 1 (far): 1E+39 is beyond the largest number", fault, StringComparison.Ordinal);
        Assert.Equal([0, 0.5f, 1], Pipeline.Scaled("min-max").Fit(images).Apply("it", images).Values!);
    }

    [Fact]
    public void Quartiles_leave_outliers_out_and_logarithms_refuse_what_has_none()
    {
        var images = new ImageSet([1d, 2, 3, 4, 1e6], null, 1, 1);
        Pipeline robust = Pipeline.Scaled("robust").Fit(images);
        // numpy.percentile([1, 2, 3, 4, 1e6], [25, 50, 75]) is 2, 3, 4.
        Assert.Equal((3, 0.5), (robust.Scaling.Offsets[0], robust.Scaling.Factors[0]));

        var powers = new ImageSet([1d, 10, 100], null, 1, 1);
        Pipeline log = Pipeline.Scaled("log").Fit(powers);
        float[] scaled = log.Apply("it", powers).Values!;
        Assert.Equal(0, scaled[1], 1e-6f);
        Assert.Equal(-scaled[0], scaled[2], 1e-6f);
        Assert.Equal([1, 10, 100], log.Invert(scaled, 1).Select(number => Math.Round(number, 4)));
        string fault = Assert.Throws<DataException>(
            () => log.Apply("it.csv", new ImageSet([1d, 0], null, 1, 1))).Message;
        Assert.Equal("it.csv: example 1 (from 0), column 1: 0 has no logarithm; --scale log is for numbers above 0", fault);
    }

    [Theory]
    [InlineData(MissingRule.Mean, 4)]
    [InlineData(MissingRule.Median, 2)]
    public void Missing_cells_are_filled_by_training_rows_alone(MissingRule rule, double expected)
    {
        var train = new ImageSet([1d, 5, 2, 5, 9, 5, double.NaN, 5], null, 1, 2);
        Pipeline pipeline = (Pipeline.None with { Missing = rule }).Fit(train);
        Assert.Equal([expected, 5], pipeline.FillValues);
        var other = new ImageSet([double.NaN, 7, 100, double.NaN], null, 1, 2);
        Assert.Equal([(float)expected, 7, 100, 5], pipeline.Apply("it", other).Values!);
    }

    [Fact]
    public void Missing_cells_are_refused_with_their_places_or_their_rows_are_left_out()
    {
        string path = Write(["a,b", .. Enumerable.Range(0, 30).Select(i => i % 2 == 0 ? $"{i},1" : $"?,{i}")]);
        var settings = new DataSettings { Data = path };
        string fault = Assert.Throws<DataException>(() => Datasets.Open(settings)).Message;
        Assert.Contains("15 cells are missing: row 3, column 1 (a); row 5, column 1 (a)", fault, StringComparison.Ordinal);
        Assert.Contains("and 5 more; --missing drop", fault, StringComparison.Ordinal);

        List<string> told = [];
        Dataset dropped = Datasets.Open(settings with
        {
            Pipeline = Pipeline.None with { Missing = MissingRule.Drop },
            Tell = told.Add,
        });
        Assert.Equal(15, dropped.Train.Count + dropped.Test.Count);
        Assert.Contains(told, line => line.Contains("left out 15 of 30 rows", StringComparison.Ordinal));
    }

    [Fact]
    public void Columns_are_found_by_their_names()
    {
        Pipeline pipeline = Pipeline.None with { ColumnNames = ["a", "b"] };
        List<string> told = [];
        ImageSet turned = pipeline.Align(
            "it.csv", new ImageSet([9d, 2, 1, 9, 4, 3], null, 1, 3) { ColumnNames = ["c", "b", "a"] }, told.Add);
        Assert.Equal([1, 2, 3, 4], turned.Exact!);
        Assert.Equal("it.csv: left out 1 column that the run does not know: c", Assert.Single(told));

        string fault = Assert.Throws<DataException>(() => pipeline.Align(
            "it.csv", new ImageSet([1d, 2], null, 1, 2) { ColumnNames = ["a", "x"] }, null)).Message;
        Assert.Equal("it.csv: lacks 1 column that the run was trained on: b; it has a, x", fault);
    }

    [Fact]
    public void Columns_of_one_name_are_taken_in_their_turn()
    {
        Pipeline pipeline = Pipeline.None with { ColumnNames = ["t", "t", "v"] };
        ImageSet same = pipeline.Align(
            "it.csv", new ImageSet([3d, 1, 2], null, 1, 3) { ColumnNames = ["v", "t", "t"] }, null);
        Assert.Equal([1, 2, 3], same.Exact!);
        Assert.Throws<DataException>(
            () => pipeline.Align("it.csv", new ImageSet([1d, 2], null, 1, 2) { ColumnNames = ["t", "v"] }, null));

        // And so by the reader, which knows the columns of the run.
        string path = Write(["v,t,t", "3,1,2", "6,4,5"]);
        var settings = new DataSettings { Data = path, Pipeline = pipeline, Dimensions = 3, Whole = true };
        Assert.Equal([1f, 2, 3, 4, 5, 6], Datasets.Open(settings).Test.Values!);
    }

    [Fact]
    public void A_column_without_a_name_is_called_by_its_place()
    {
        string path = Write([",a", .. Enumerable.Range(0, 10).Select(i => $"{i},{i * i}")]);
        Dataset data = Datasets.Open(new DataSettings { Data = path });
        Assert.Equal(["unnamed 1", "a"], data.Pipeline.ColumnNames);
        Dataset other = Datasets.Open(
            new DataSettings { Data = path, Pipeline = data.Pipeline, Dimensions = 2, Whole = true });
        Assert.Equal([0, 0, 1, 1], other.Test.Values![..4]);
    }

    [Fact]
    public void A_column_that_float32_flattens_is_no_constant_one()
    {
        string path = Write(["time,k", .. Enumerable.Range(0, 20).Select(i => $"{1_700_000_000 + i},{i}")]);
        Dataset data = Datasets.Open(new DataSettings { Data = path });
        Assert.Equal([0], data.FlattenedColumns);
        string[] warnings = [.. TableWarnings.Of(data)];
        Assert.Contains(warnings, line => line.StartsWith("column time changes by less than", StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, line => line.Contains("never", StringComparison.Ordinal));
        Assert.Empty(TableWarnings.Of(Datasets.Open(
            new DataSettings { Data = path, Pipeline = Pipeline.Scaled("standard") })));
    }

    [Fact]
    public void Compressed_files_are_whole_or_refused()
    {
        string path = _folder.File("table.csv.gz");
        using (var packed = new MemoryStream())
        {
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                for (int row = 0; row < 2000; row++)
                    gzip.Write(Encoding.ASCII.GetBytes($"{Math.Sin(row):F6},{Math.Cos(row):F6}\n"));
            }
            byte[] whole = packed.ToArray();
            File.WriteAllBytes(path, whole);
            Assert.Equal(2000, CsvReader.Read(path, null).Count);
            // Two members, as of two files that were joined.
            File.WriteAllBytes(path, [.. whole, .. whole]);
            Assert.Equal(4000, CsvReader.Read(path, null).Count);
            for (int length = whole.Length / 2; length < whole.Length; length += whole.Length / 9)
            {
                File.WriteAllBytes(path, whole[..length]);
                Assert.Contains(
                    "the gzip data is damaged", Assert.Throws<DataException>(() => CsvReader.Read(path, null)).Message,
                    StringComparison.Ordinal);
            }
        }

        string archive = _folder.File("x.npz");
        byte[] entry = NumpyFiles.Build("<f4", "200, 2", new byte[1600]);
        byte[] zip = NumpyFiles.Archive(("x.npy", entry));
        File.WriteAllBytes(archive, zip);
        Assert.Equal(200, NumpyReader.Read(archive).Train.Count);
        // The checksum in the central directory is another: what was packed is not what was meant.
        int directory = zip.AsSpan().LastIndexOf("PK\x01\x02"u8);
        zip[directory + 16] ^= 1;
        File.WriteAllBytes(archive, zip);
        Assert.Contains(
            "the archive is damaged", Assert.Throws<DataException>(() => NumpyReader.Read(archive)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Grey_values_of_a_table_are_no_probabilities_and_a_test_part_outside_them_is_refused()
    {
        ImageSet table = new([0.2f, 0.7f], null, 1, 2), image = new([0.2f, 0.7f], null, 2, 1);
        Assert.Equal("gaussian", ValueCheck.Of(table).Likelihood);
        Assert.Equal("bernoulli", ValueCheck.Of(image).Likelihood);
        Assert.Contains("gaussian or laplace", ValueCheck.Of(table).Doubt("bernoulli"), StringComparison.Ordinal);
        Assert.Null(ValueCheck.Of(image).Doubt("bernoulli"));

        var data = new Dataset("it", image, new ImageSet([51f, 178f], null, 2, 1));
        string fault = Assert.Throws<DataException>(
            () => RunConfiguration.FromPreset("vae").For(data, choosesLikelihood: false)).Message;
        Assert.Contains("test part: --likelihood bernoulli is for numbers from 0 to 1", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_nobody_completed_keeps_what_the_pipeline_found()
    {
        string path = Write(["x,y", .. Enumerable.Range(0, 20).Select(i => $"{i},{100 + i}")]);
        RunConfiguration configuration = TemporaryRun.Small("anomaly") with { Data = path, Scale = "standard" };
        Dataset data = Datasets.Open(configuration.ToDataSettings());
        using var run = new TemporaryRun();
        run.Execute(configuration, data: data);
        RunConfiguration kept = run.Folder.ReadConfiguration();
        Assert.Equal(data.Pipeline.Scaling.Offsets, kept.ScaleOffsets);
        Assert.Equal(["x", "y"], kept.ColumnNames);
        Assert.InRange(kept.ScaleOffsets[1] - kept.ScaleOffsets[0], 99.999, 100.001);
    }

    [Fact]
    public void Examples_are_written_in_the_units_of_the_file_under_its_names()
    {
        Pipeline pipeline = new() { Scaling = new Scaling("standard", [100, -1], [0.5, 2]), ColumnNames = ["a b", "c"] };
        string path = _folder.File("out.csv");
        ExampleFile.Write(path, [0, 0, 1, -1], (1, 2, 1), pipeline);
        Assert.Equal(["a b,c", "100,-1", "102,-1.5"], File.ReadAllLines(path));

        // A tenth of a second of a time since 1970 has eleven digits before it.
        Pipeline times = new() { Scaling = new Scaling("standard", [1.7e9], [1]), ColumnNames = ["t"] };
        ExampleFile.Write(path, [0.25f, 16.5f], (1, 1, 1), times);
        Assert.Equal(["t", "1700000000.25", "1700000016.5"], File.ReadAllLines(path));
    }

    public void Dispose() => _folder.Dispose();

    private string Write(IEnumerable<string> lines)
    {
        string path = _folder.File("table.csv");
        File.WriteAllLines(path, lines);
        return path;
    }
}
