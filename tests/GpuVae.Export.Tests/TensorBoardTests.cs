using System.Buffers.Binary;
using System.Globalization;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Export.TensorBoard;
using GpuVae.Imaging;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Tensorboard;
using Xunit;

namespace GpuVae.Export.Tests;

/// <summary>Files for TensorBoard, read back by records of our own and messages that others generated from its definitions.</summary>
public sealed class TensorBoardTests : IDisposable
{
    private const int Height = 5, Width = 4;

    private readonly TemporaryFolder _folder = new();
    private readonly IDevice _device = Device.Open("cpu");
    private readonly Dataset _data = new("tiny", Images(30, seed: 1), Images(11, seed: 2));

    [Fact]
    public void Scalars_are_the_figures_of_each_epoch()
    {
        RunFolder run = Train(Configuration);
        List<Event> events = [.. Events(run)];
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.InRange(events[0].WallTime, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 600, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
        IReadOnlyList<EpochMetrics> epochs = MetricsFile.Read(run.MetricsPath);
        Assert.Equal(epochs.Select(epoch => (long)epoch.Epoch), events.Skip(1).Select(each => each.Step));
        foreach ((EpochMetrics epoch, Event each) in epochs.Zip(events.Skip(1)))
        {
            Dictionary<string, float> scalars = each.Summary.Value.Where(value => value.ValueCase == Summary.Types.Value.ValueOneofCase.SimpleValue)
                .ToDictionary(value => value.Tag, value => value.SimpleValue);
            Assert.Equal((float)epoch.TestLoss, scalars["loss/test_loss"]);
            Assert.Equal((float)epoch.LearningRate!.Value, scalars["training/learning_rate"]);
            Assert.Equal(epoch.ActiveUnits, (int)scalars["model/active_units"]);
            Assert.Equal(epoch.Figures.Count() - 1, scalars.Count);
        }
    }

    [Fact]
    public void Pictures_are_the_files_of_the_epoch()
    {
        RunFolder run = Train(Configuration with { Latent = 2 });
        foreach (Event each in Events(run).Skip(1))
        {
            Dictionary<string, Summary.Types.Image> pictures = each.Summary.Value
                .Where(value => value.ValueCase == Summary.Types.Value.ValueOneofCase.Image).ToDictionary(value => value.Tag, value => value.Image);
            Assert.Equal(["manifold", "reconstruction", "samples"], pictures.Keys.Order());
            foreach ((string kind, Summary.Types.Image picture) in pictures)
            {
                string path = run.ImagePath(kind, (int)each.Step);
                Assert.Equal(File.ReadAllBytes(path), picture.EncodedImageString.ToByteArray());
                RasterImage read = Png.Read(path);
                Assert.Equal((read.Height, read.Width), (picture.Height, picture.Width));
                Assert.InRange(picture.Colorspace, 1, 4);
            }
        }
    }

    [Fact]
    public void Histograms_count_the_codes_of_test_examples()
    {
        RunFolder run = Train(Configuration);
        using var trained = TrainedModel.Open(run.FullPath, _device);
        using var codec = new Codec(_device, trained.Model, trained.Encoding, trained.Configuration.Seed);
        codec.Use(_data.Test, out float[] codes);
        Dictionary<string, HistogramProto> histograms = Events(run).Last().Summary.Value
            .Where(value => value.ValueCase == Summary.Types.Value.ValueOneofCase.Histo).ToDictionary(value => value.Tag, value => value.Histo);
        Assert.Equal(["codes/KL of units", "codes/all units", "codes/unit 00", "codes/unit 01", "codes/unit 02"], histograms.Keys.Order(StringComparer.Ordinal));
        HistogramProto all = histograms["codes/all units"];
        Assert.Equal(codes.Length, all.Num);
        Assert.Equal((codes.Min(), codes.Max()), ((float)all.Min, (float)all.Max));
        Assert.Equal(codes.Sum(code => (double)code), all.Sum, 1e-9);
        Assert.Equal(codes.Sum(code => (double)code * code), all.SumSquares, 1e-9);
        Assert.Equal(all.BucketLimit.Order(), all.BucketLimit);
        double before = double.NegativeInfinity;
        foreach ((double limit, double count) in all.BucketLimit.Zip(all.Bucket))
        {
            // At the edge of two buckets rounding decides.
            Assert.Equal(codes.Count(code => code > before && code <= limit), count, 1);
            before = limit;
        }
        Assert.Equal(codes.Length, all.Bucket.Sum());
        Assert.Equal(_data.Test.Count, histograms["codes/unit 02"].Num);
    }

    [Fact]
    public void A_resumed_run_takes_back_what_comes_again()
    {
        RunFolder run = Train(Configuration with { Epochs = 2 });
        using (var log = new TensorBoardLog(run))
        {
            TrainingRun.Resume(
                run.ReadConfiguration() with { Epochs = 4 }, _data, _device, run.FullPath, log, CancellationToken.None);
        }
        string[] files = Files(run);
        Assert.Equal(2, files.Length);
        Event[] later = [.. Records(files[1]).Select(Event.Parser.ParseFrom)];
        Assert.Equal((SessionLog.Types.SessionStatus.Start, 3L), (later[1].SessionLog.Status, later[1].Step));
        Assert.Equal([1L, 2, 3, 4], Records(files[0]).Select(Event.Parser.ParseFrom).Concat(later).Where(each => each.Summary is not null).Select(each => each.Step));
    }

    [Fact]
    public void The_projector_has_codes_labels_and_sprites()
    {
        RunFolder run = Train(Configuration);
        string folder = Path.Combine(run.FullPath, "tensorboard");
        using var trained = TrainedModel.Open(run.FullPath, _device);
        using var codec = new Codec(_device, trained.Model, trained.Encoding, trained.Configuration.Seed);
        codec.Use(_data.Test, out float[] codes);
        string[][] lines = [.. File.ReadAllLines(Path.Combine(folder, "codes.tsv")).Select(line => line.Split('\t'))];
        Assert.Equal(_data.Test.Count, lines.Length);
        Assert.Equal(codes, lines.SelectMany(line => line).Select(number => float.Parse(number, CultureInfo.InvariantCulture)));
        Assert.Equal(
            Enumerable.Range(0, _data.Test.Count).Select(i => i % 2 == 0 ? "even more" : "odd"), File.ReadAllLines(Path.Combine(folder, "labels.tsv")));
        RasterImage sprites = Png.Read(Path.Combine(folder, "sprites.png"));
        Assert.Equal((4 * Width, 4 * Height), (sprites.Width, sprites.Height));
        for (int example = 0; example < _data.Test.Count; example++)
        {
            for (int pixel = 0; pixel < Width * Height; pixel++)
            {
                int row = (example / 4 * Height) + (pixel / Width), column = (example % 4 * Width) + (pixel % Width);
                Assert.Equal(_data.Test.Pixels![(example * Width * Height) + pixel], sprites.Pixels[(row * sprites.Width) + column]);
            }
        }
        Assert.Equal(
            """
            embeddings {
              tensor_name: "codes"
              tensor_path: "codes.tsv"
              metadata_path: "labels.tsv"
              sprite {
                image_path: "sprites.png"
                single_image_dim: 4
                single_image_dim: 5
              }
            }

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(Path.Combine(folder, "projector_config.pbtxt")));
    }

    [Fact]
    public void A_folder_that_leads_elsewhere_is_refused()
    {
        string elsewhere = _folder.File("elsewhere");
        Directory.CreateDirectory(elsewhere);
        UserException exception = Assert.Throws<UserException>(() => Train(
            Configuration, run => Directory.CreateSymbolicLink(Path.Combine(run.FullPath, "tensorboard"), elsewhere)));
        Assert.Contains("tensorboard: is a link to ", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
    }

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    private static RunConfiguration Configuration =>
        RunConfiguration.FromPreset("vae") with { Hidden = [8], Latent = 3, Batch = 8, Epochs = 2, Pictures = "all" };

    private static ImageSet Images(int count, int seed)
    {
        var pixels = new byte[count * Height * Width];
        new Random(seed).NextBytes(pixels);
        return new ImageSet(pixels, [.. Enumerable.Range(0, count).Select(i => i % 2)], Height, Width, labelNames: ["even\tmore", "odd"]);
    }

    private RunFolder Train(RunConfiguration configuration, Action<RunFolder>? before = null)
    {
        RunFolder run = RunFolder.Create(_folder.File("run"), configuration.Preset, _data.Name, configuration.WriteJson);
        before?.Invoke(run);
        using var log = new TensorBoardLog(run);
        TrainingRun.Execute(configuration, _data, _device, run.FullPath, log, CancellationToken.None);
        foreach (string file in log.End())
            Assert.True(File.Exists(file), file);
        return run;
    }

    private static string[] Files(RunFolder run) =>
        [.. Directory.GetFiles(Path.Combine(run.FullPath, "tensorboard"), "events.out.tfevents.*").Order(StringComparer.Ordinal)];

    private static IEnumerable<Event> Events(RunFolder run) => Files(run).SelectMany(Records).Select(Event.Parser.ParseFrom);

    /// <summary>The records of a file, whose checksums have to be right.</summary>
    private static IEnumerable<byte[]> Records(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        for (int place = 0; place < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(place)));
            Assert.Equal(Masked(file.AsSpan(place, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(place + 8)));
            byte[] record = file[(place + 12)..(place + 12 + length)];
            Assert.Equal(Masked(record), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(place + 12 + length)));
            yield return record;
            place += length + 16;
        }
    }

    /// <summary>CRC-32C bit by bit (its polynomial is 0x1EDC6F41, here from the other end), masked as records have it.</summary>
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
        }
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }
}
