using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Compression;

/// <summary>Files that lose something: as little as was allowed, as much as they say, and the same wherever they are restored.</summary>
public sealed class LossyCompressorTests : IClassFixture<TableCompressorTests.SharedTable>
{
    private static readonly Shape _small = new(4, 5, 1);
    private readonly TinyTable _table;

    /// <summary>Takes the table.</summary>
    public LossyCompressorTests(TableCompressorTests.SharedTable table) => _table = table.Table;

    /// <summary>What compresses; more than without loss.</summary>
    public static TheoryData<string> Kinds => ["threshold", "grey", "bytes", "wide-colour", "gaussian", "laplace", "point", "full", "bits", "conv", "mixture"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_comes_back_is_as_far_away_as_the_report_says(string kind)
    {
        using TinyCompressor tiny = Make(kind);
        float[] x = Inputs(tiny);
        LossyReport? last = null;
        foreach (double bits in (double[])[90, 160])
        {
            CompressionReport report = tiny.Compress(tiny.File("x.gvz"), Lossy(LossyTarget.Bits(bits)));
            LossyReport lossy = report.Lossy!;
            var file = CompressedFile.Open(tiny.File("x.gvz"));
            RestoredImages restored = file.Restore(threads: 2);
            Assert.Empty(restored.Damaged);
            Assert.Equal((true, false), (file.IsLossy, file.IsBinary));
            Assert.Equal(x.Length, restored.Pixels.Length);
            double[] errors = [.. x.Select((value, i) => value - (restored.Pixels[i] / 255.0))];
            Assert.Equal(errors.Average(error => error * error), lossy.SquaredError, 6);
            Assert.Equal(errors.Max(Math.Abs), lossy.LargestError, 5);
            Assert.InRange(report.BitsPerExample, 0, bits);
            Assert.Equal(new FileInfo(tiny.File("x.gvz")).Length, report.FileBytes);
            Assert.Null(lossy.WrongWords);
            Assert.InRange(lossy.UsedUnits, last?.UsedUnits ?? 0, lossy.Units);
            // More bits, less error, but for what rounding a pixel does.
            Assert.True(last is null || lossy.SquaredError <= last.SquaredError * 1.02, $"{last?.SquaredError} and then {lossy.SquaredError}");
            last = lossy;
        }
        double asked = last!.SquaredError * 1.2;
        CompressionReport byError = tiny.Compress(tiny.File("e.gvz"), Lossy(LossyTarget.SquaredError(asked)));
        Assert.InRange(byError.Lossy!.SquaredError, 0, asked);
        Assert.Equal(byError.Lossy.CodeError, last.CodeError);
    }

    [Fact]
    public void Threads_change_no_bit_and_blocks_are_restored_alone()
    {
        using TinyCompressor tiny = Make("conv");
        CompressionOptions options = Lossy(LossyTarget.Bits(150)) with { Threads = 1 };
        byte[] one = tiny.Compressed(options), four = tiny.Compressed(options with { Threads = 4 });
        Assert.Equal(one, four);
        var file = CompressedFile.Open(tiny.File("compressed.gvz"));
        byte[] whole = file.Restore().Pixels;
        Assert.Equal(whole.AsSpan(16 * 64, 8 * 64).ToArray(), file.RestoreBlock(2));
        tiny.Compress(tiny.File("apart.gvz"), options with { IsModelApart = true });
        var apart = CompressedFile.Open(tiny.File("apart.gvz"));
        Assert.True(apart.NeedsModel);
        apart.TakeModel(tiny.Device, tiny.Run);
        Assert.Equal(whole, apart.Restore().Pixels);
    }

    [Fact]
    public void An_error_that_all_examples_together_have_is_found_where_some_have_more()
    {
        using TinyCompressor tiny = Make("grey");
        // What a search looks at is a picture that is rebuilt badly, and between are others that are not.
        int[] order = [.. Enumerable.Range(0, tiny.Images.Count).OrderBy(image => Error(tiny.Images.Take([image])))];
        int[] looked = [.. EvenSelection.Of<int>([.. Enumerable.Range(0, 4000)], 2000)];
        ImageSet mixed = tiny.Images.Take([.. Enumerable.Range(0, 4000).Select(place => looked.Contains(place) ? order[^1] : order[0])]);
        double all = Error(mixed), some = Error(tiny.Images.Take([order[^1]]));
        Assert.True(some > 1.2 * all);
        var options = new CompressionOptions { BlockSize = 1000, Lossy = LossyTarget.SquaredError(all * 1.01) };
        LossyReport lossy = ImageCompressor.Compress(tiny.File("mixed.gvz"), tiny.Device, tiny.Run, mixed, 1, options).Lossy!;
        // But for bytes, to which pixels are rounded.
        Assert.InRange(lossy.CodeError, all * 0.99, all * 1.01);
        Assert.InRange(lossy.SquaredError, 0, all * 1.01);
        options = options with { Lossy = LossyTarget.SquaredError(lossy.CodeError * 0.9999) };
        Assert.Matches(
            @"leaves a squared error of (0\.\d{4,9}) a number with codes that are not rounded, and (?!\1 )0\.\d{4,9} is asked for",
            Assert.Throws<UserException>(() => ImageCompressor.Compress(tiny.File("no.gvz"), tiny.Device, tiny.Run, mixed, 1, options)).Message);

        double Error(ImageSet images)
        {
            using var codec = new Codec(tiny.Device, tiny.Run.Model, tiny.Run.Encoding, seed: 1);
            float[] x = codec.EncoderInputs(images), rebuilt = new float[x.Length];
            codec.Decode(codec.Encode(images), rebuilt);
            return x.Zip(rebuilt, (one, other) => (one - other) * (double)(one - other)).Average();
        }
    }

    [Fact]
    public void Progress_begins_where_steps_are_found()
    {
        using TinyCompressor tiny = Make("grey");
        List<int> told = [];
        ImageCompressor.Compress(
            tiny.File("x.gvz"), tiny.Device, tiny.Run, tiny.Images, 1, Lossy(LossyTarget.Bits(150)) with { Threads = 1 }, told.Add);
        Assert.Equal((0, tiny.Images.Count), (told[0], told[^1]));
        // Where other steps are tried it begins again.
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.Second > pair.First || pair == (tiny.Images.Count, 0)));
    }

    [Fact]
    public void A_target_that_cannot_be_met_is_refused_with_what_can()
    {
        using TinyCompressor tiny = Make("grey");
        string Refusal(LossyTarget target) => Assert.Throws<UserException>(() => tiny.Compress(tiny.File("no.gvz"), Lossy(target))).Message;
        Assert.Matches("leaves a squared error of 0\\.\\d+ a number with codes that are not rounded, and 1E-09 is asked for; ", Refusal(LossyTarget.SquaredError(1e-9)));
        Assert.Matches("is asked for 3 bits an example, and header and index alone take \\d+\\.\\d of them; ", Refusal(LossyTarget.Bits(3)));
        Assert.False(File.Exists(tiny.File("no.gvz")));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossyTarget.Bits(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossyTarget.SquaredError(double.NaN));
        // Of more bits than codes have nothing is made.
        LossyReport finest = tiny.Compress(tiny.File("fine.gvz"), Lossy(LossyTarget.Bits(1e6))).Lossy!;
        Assert.Equal(finest.CodeError, finest.SquaredError, 5);
    }

    [Fact]
    public void Numbers_that_are_no_pixels_are_refused()
    {
        using TinyCompressor tiny = Make("gaussian");
        var images = new ImageSet(Array.ConvertAll(tiny.Images.Pixels!, pixel => pixel / 100f), null, 4, 5);
        UserException refusal = Assert.Throws<UserException>(
            () => ImageCompressor.Compress(tiny.File("no.gvz"), tiny.Device, tiny.Run, images, 1, Lossy(LossyTarget.Bits(200))));
        Assert.Contains("has data outside of 0 … 1", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_says_what_its_numbers_and_words_lost()
    {
        CompressionReport report = _table.Compress("lossy.gvz", precision: null, Lossy(LossyTarget.Bits(120)));
        var file = CompressedFile.Open(_table.In("lossy.gvz"));
        RestoredImages restored = file.Restore();
        string[][] given = TinyTable.Cells(_table.Text), back = [.. Enumerable.Range(0, given.Length).Select(row => file.Table!.Cells(restored, row).ToArray())];
        Assert.Equal(given.Count(row => row[5] != back[Array.IndexOf(given, row)][5]) / (double)given.Length, report.Lossy!.WrongWords!.Value, 9);
        Assert.All(back, row => Assert.Contains(row[3], (string[])["0.5", "-1.25", "7"]));
        Assert.All(back, row => Assert.Equal("4.5", row[6]));
        Assert.InRange(report.Lossy.SquaredError, report.Lossy.CodeError * 0.9, 1.5);
        Assert.InRange(report.BitsPerExample, 0, 120);
        // A number is near to what the model said of it: within its column.
        Assert.All(back, row => Assert.InRange(double.Parse(row[0], System.Globalization.CultureInfo.InvariantCulture), -3, 1));
        CompressionReport apart = _table.Compress("lossy.gvz", 0.1, Lossy(LossyTarget.SquaredError(report.Lossy.CodeError * 1.5)));
        Assert.InRange(apart.Lossy!.SquaredError, 0, report.Lossy.CodeError * 1.5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Any_changed_bit_is_found(int step)
    {
        using TinyCompressor tiny = Make("grey");
        byte[] bytes = step == 1 ? tiny.Compressed(Lossy(LossyTarget.Bits(150)) with { IsModelApart = true }) : tiny.Compressed(Lossy(LossyTarget.Bits(150)));
        string path = tiny.File("changed.gvz");
        for (int at = 0; at < bytes.Length; at += step)
        {
            byte[] changed = [.. bytes];
            changed[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(path, changed);
            Assert.Throws<CompressedFileException>(() =>
            {
                var file = CompressedFile.Open(path);
                if (file.NeedsModel)
                    file.TakeModel(tiny.Device, tiny.Run);
                for (int block = 0; block < file.Blocks.Count; block++)
                    file.RestoreBlock(block);
            });
        }
    }

    [Fact]
    public void Error_falls_as_bits_rise()
    {
        using TinyCompressor tiny = Make("grey");
        IReadOnlyList<RatePoint> model = RateDistortion.OfModel(tiny.Device, tiny.Run, tiny.Images, 1);
        IReadOnlyList<RatePoint> components = RateDistortion.OfPrincipalComponents(tiny.Device, tiny.Run, tiny.Images, tiny.Images, 1);
        foreach (IReadOnlyList<RatePoint> curve in (IReadOnlyList<RatePoint>[])[model, components])
        {
            Assert.True(curve.Count > 3);
            Assert.Equal(curve.OrderBy(point => point.Bits), curve);
            Assert.All(curve.Zip(curve.Skip(1)), pair => Assert.True(pair.Second.SquaredError <= pair.First.SquaredError * 1.02));
        }
        // Twenty components of twenty numbers lose nothing but steps.
        Assert.InRange(components[^1].SquaredError, 0, 1e-4);
        Assert.Equal(3, RateDistortion.Some(tiny.Images.Take(3)).Count);
    }

    private static CompressionOptions Lossy(LossyTarget target) => new() { BlockSize = 8, Lossy = target };

    private static float[] Inputs(TinyCompressor tiny)
    {
        using var codec = new Codec(tiny.Device, tiny.Run.Model, tiny.Run.Encoding, seed: 1);
        return codec.EncoderInputs(tiny.Images);
    }

    private static TinyCompressor Make(string kind) => kind switch
    {
        "threshold" => new TinyCompressor(TinyCompressor.Binary, _small),
        "grey" => new TinyCompressor(TinyCompressor.Binary with { Binarize = "none" }, _small),
        "bytes" => new TinyCompressor(TinyCompressor.Bytes, _small),
        "wide-colour" => new TinyCompressor(TinyCompressor.Wide with { Network = "conv 4 3/2, conv 8 3/2 norm group" }, new Shape(8, 8, 3)),
        "mixture" => new TinyCompressor(TinyCompressor.Mixture with { Network = "conv 4 3/2, conv 8 3/2 norm group" }, new Shape(8, 8, 3)),
        "gaussian" => new TinyCompressor(TinyCompressor.Bytes with { Likelihood = "gaussian" }, _small),
        "laplace" => new TinyCompressor(TinyCompressor.Bytes with { Likelihood = "laplace", Code = "full" }, _small),
        "point" => new TinyCompressor(TinyCompressor.Bytes with { Likelihood = "gaussian", Code = "point", Objective = "reconstruction" }, _small),
        "full" => new TinyCompressor(TinyCompressor.Binary with { Binarize = "none", Code = "full" }, _small),
        "bits" => new TinyCompressor(TinyCompressor.Binary with { Binarize = "none", Code = "binary", Objective = "reconstruction" }, _small),
        _ => new TinyCompressor(TinyCompressor.Bytes with { Network = "conv 4 3/2 norm batch, res, dense 6", Activation = "gelu" }, new Shape(8, 8, 1)),
    };
}
