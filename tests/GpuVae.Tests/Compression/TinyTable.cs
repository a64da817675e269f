using System.Globalization;
using System.Text;
using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;

namespace GpuVae.Tests.Compression;

/// <summary>A small run on a table of text, and its rows as they were read.</summary>
internal sealed class TinyTable : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IDevice _device = GpuVae.Kernels.Device.Open("cpu");
    private readonly RunConfiguration _configuration;

    /// <summary>Trains it.</summary>
    /// <param name="text">The table, with a header.</param>
    /// <param name="configuration">What; the data are the test's.</param>
    public TinyTable(string text, RunConfiguration configuration)
    {
        Text = text;
        File.WriteAllText(_folder.File("table.csv"), text);
        configuration = configuration with { Data = _folder.File("table.csv") };
        Dataset data = Datasets.Open(configuration.ToDataSettings() with { Whole = true });
        _configuration = configuration.For(data, choosesLikelihood: true);
        RunFolder run = RunFolder.Create(_folder.File("run"), "vae", "table", _configuration.WriteJson);
        TrainingRun.Execute(_configuration, data, _device, run.FullPath, new RecordingObserver(), CancellationToken.None);
        Run = TrainedModel.Open(run.FullPath, _device);
        Rows = Read(text);
    }

    /// <summary>A run of two hidden layers on numbers and words.</summary>
    public static RunConfiguration Gaussian { get; } = new()
    {
        Hidden = [8],
        Latent = 3,
        Epochs = 3,
        Batch = 8,
        Likelihood = "gaussian",
        Sigma = 1,
        SigmaIsLearned = true,
        Scale = "standard",
        Categorical = ["auto"],
    };

    /// <summary>
    /// Numbers of five decimals, negative ones, whole ones, one of three, whole ones far apart, words, and one number for all: 120 rows.
    /// </summary>
    public static string Mixed { get; } = Make();

    /// <summary>What it was given.</summary>
    public string Text { get; }

    /// <summary>The run.</summary>
    public TrainedModel Run { get; }

    /// <summary>Where its model is.</summary>
    public IDevice Device => _device;

    /// <summary>As they were read.</summary>
    public ImageSet Rows { get; }

    /// <summary>A path in a folder of its own.</summary>
    public string In(string name) => _folder.File(name);

    /// <summary>Other rows as they were read for this run.</summary>
    public ImageSet Read(string text)
    {
        string path = _folder.File("rows.csv");
        File.WriteAllText(path, text);
        return Datasets.Open(_configuration.ToDataSettings() with { Data = path, Whole = true, KeepsRead = true }).AsRead!.Value.Test;
    }

    /// <summary>Compresses rows.</summary>
    public CompressionReport Compress(string name, double? precision = 1e-3, CompressionOptions? options = null, ImageSet? rows = null) =>
        TableCompressor.Compress(_folder.File(name), _device, Run, rows ?? Rows, precision, options);

    /// <summary>The cells that a file gives back, row by row.</summary>
    public string[][] Restore(string name)
    {
        var file = CompressedFile.Open(_folder.File(name));
        RestoredImages restored = file.Restore(threads: 2);
        if (restored.Damaged.Count > 0)
            throw restored.Damaged[0];
        return [.. Enumerable.Range(0, restored.Images.Length).Select(row => file.Table!.Cells(restored, row).ToArray())];
    }

    /// <summary>The cells of a table of text without quotes.</summary>
    public static string[][] Cells(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(','))];

    /// <inheritdoc/>
    public void Dispose()
    {
        Run.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    private static string Make()
    {
        var random = new Random(3);
        var text = new StringBuilder("size,depth,count,few,far,colour,same\n");
        for (int row = 0; row < 120; row++)
        {
            double size = (random.NextDouble() * 4) - 3;
            string[] few = ["0.5", "-1.25", "7"], far = ["-100000", "0", "40", "123456789"], colours = ["red", "blue", "green"];
            text.Append(CultureInfo.InvariantCulture, $"{size:F5},{(size * -0.01) + 0.0004:F7},{random.Next(-20, 60)},{few[row % 3]},{far[row % 4]},")
                .Append(CultureInfo.InvariantCulture, $"{colours[random.Next(row % 3 + 1)]},4.5\n");
        }
        return text.ToString();
    }
}
