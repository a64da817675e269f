using GpuVae.Detection;
using GpuVae.Files;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Detection;

public sealed class DetectorFileTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly TemporaryFolder _folder = new();
    private readonly float[][] _rows = Sensors.Rows(30, seed: 6);

    private string Saved
    {
        get
        {
            string path = _folder.File("sensors.gpuvae");
            Sensors.Shared.Save(path);
            return path;
        }
    }

    [Fact]
    public void A_loaded_detector_is_the_saved_one_to_the_bit()
    {
        AnomalyDetector saved = Sensors.Shared;
        using var loaded = AnomalyDetector.Load(Saved);
        Assert.Equal(Sensors.Bits(saved.ScoreMany(_rows, Token)), Sensors.Bits(loaded.ScoreMany(_rows, Token)));
        Assert.Equal(
            (saved.Threshold, saved.Rule, saved.TrainingRows, saved.TrainingShareFlagged, saved.HeldOutRows, saved.HeldOutShareFlagged),
            (loaded.Threshold, loaded.Rule, loaded.TrainingRows, loaded.TrainingShareFlagged, loaded.HeldOutRows, loaded.HeldOutShareFlagged));
        Assert.Equal(saved.Calibration!.Quantiles, loaded.Calibration!.Quantiles);
        Assert.All(_rows, row => Assert.Equal(saved.Verdict(row), loaded.Verdict(row)));
        Assert.Equal(saved.Columns.Select(column => column.Name), loaded.Columns.Select(column => column.Name));
        string again = _folder.File("again.gpuvae");
        loaded.Save(again);
        Assert.Equal(File.ReadAllBytes(Saved), File.ReadAllBytes(again));
    }

    [Fact]
    public void A_changed_byte_anywhere_is_an_error_or_changes_no_score()
    {
        string path = Saved, damaged = _folder.File("damaged.gpuvae");
        byte[] bytes = File.ReadAllBytes(path);
        long[] expected = Sensors.Bits(Sensors.Shared.ScoreMany(_rows, Token));
        int header = 8 + (int)BitConverter.ToUInt64(bytes), refused = 0, tried = 0;
        // Every byte of the header's length, and a part of all others, each time another one of its bits.
        for (int i = 0; i < bytes.Length; i += i < 8 ? 1 : i < header ? 7 : 23)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(damaged, changed);
            tried++;
            try
            {
                using var detector = AnomalyDetector.Load(damaged);
                Assert.Equal(expected, Sensors.Bits(detector.ScoreMany(_rows, Token)));
                Assert.Equal(Sensors.Shared.Threshold, detector.Threshold);
                Assert.True(i < header, "a changed weight was not found");
            }
            catch (DetectorFileException exception)
            {
                Assert.Contains(damaged, exception.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', exception.Message);
                Assert.DoesNotContain(" --", exception.Message, StringComparison.Ordinal);
                Assert.Equal(damaged, exception.Path);
                refused++;
            }
        }
        Assert.True(refused > tried * 0.95, $"{refused} of {tried}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(500)]
    [InlineData(-1)]
    [InlineData(-4000)]
    public void A_file_that_ends_too_soon_or_too_late_is_damaged(int length)
    {
        byte[] bytes = File.ReadAllBytes(Saved);
        string path = _folder.File("short.gpuvae");
        File.WriteAllBytes(path, bytes[..(length < 0 ? bytes.Length + length : length)]);
        Assert.Equal(DetectorFileFault.Damaged, Fault(path));
        File.WriteAllBytes(path, [.. bytes, 0]);
        Assert.Equal(DetectorFileFault.Damaged, Fault(path));
    }

    [Fact]
    public void A_newer_file_another_kind_and_none_at_all_are_told_apart()
    {
        SafetensorsFile file = Safetensors.Read(Saved);
        string path = _folder.File("other.gpuvae");
        var metadata = new Dictionary<string, string>(file.Metadata) { ["detector_version"] = $"{AnomalyDetector.FileVersion + 1}" };
        Safetensors.Write(path, file.Tensors, metadata);
        Assert.Equal(DetectorFileFault.Newer, Fault(path));
        metadata["kind"] = "something else";
        Safetensors.Write(path, file.Tensors, metadata);
        Assert.Equal(DetectorFileFault.OtherKind, Fault(path));
        Safetensors.Write(path, file.Tensors, new Dictionary<string, string>());
        Assert.Equal(DetectorFileFault.OtherKind, Fault(path));
        File.WriteAllText(path, "a,b\n1,2\n");
        Assert.Equal(DetectorFileFault.Damaged, Fault(path));
        Assert.Equal(DetectorFileFault.Unreadable, Fault(_folder.File("nothing.gpuvae")));
        Assert.Equal(DetectorFileFault.Unreadable, Fault(_folder.FullPath));
    }

    /// <summary>Files whose checksums are right, and which say what no detector can be.</summary>
    [Theory]
    [InlineData("image_width", "7")]
    [InlineData("image_width", "999999999")]
    [InlineData("image_width", "-6")]
    [InlineData("memory_neighbors", "100000")]
    [InlineData("memory_neighbors", "0")]
    [InlineData("configuration", "{\"hidden\": [32, 15], \"latent\": 3, \"preset\": \"anomaly\", \"code\": \"point\"}")]
    [InlineData("configuration", "{\"likelihood\": \"nobody\"}")]
    [InlineData("configuration", "[")]
    [InlineData("configuration", "")]
    [InlineData("detector", "{}")]
    [InlineData("detector", "null")]
    [InlineData("detector", "{\"threshold\": \"high\"}")]
    [InlineData("detector_version", "one")]
    public void A_forged_file_is_refused(string key, string value)
    {
        SafetensorsFile file = Safetensors.Read(Saved);
        string path = _folder.File("forged.gpuvae");
        var metadata = new Dictionary<string, string>(file.Metadata) { [key] = value };
        Checksums.Add(file.Tensors, metadata);
        Safetensors.Write(path, file.Tensors, metadata);
        Assert.Equal(DetectorFileFault.Damaged, Fault(path));
    }

    public void Dispose() => _folder.Dispose();

    private static DetectorFileFault Fault(string path)
    {
        DetectorFileException exception = Assert.Throws<DetectorFileException>(() => AnomalyDetector.Load(path));
        Assert.StartsWith($"{path}: ", exception.Message, StringComparison.Ordinal);
        return exception.Fault;
    }
}
