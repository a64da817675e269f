using GpuVae.Compression;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Tests.Training;
using GpuVae.Training;

namespace GpuVae.Tests.Compression;

/// <summary>A small run that compresses, and images for it.</summary>
internal sealed class TinyCompressor : IDisposable
{
    /// <summary>Bytes of a pixel that is 0 or 1.</summary>
    private const int White = 255;

    private readonly TemporaryFolder _folder = new();
    private readonly IDevice _device = GpuVae.Kernels.Device.Open("cpu");

    /// <summary>Trains it.</summary>
    /// <param name="configuration">What; its data and their size are the test's.</param>
    /// <param name="shape">An image.</param>
    public TinyCompressor(RunConfiguration configuration, Shape shape)
    {
        Images = Stripes(40, shape);
        RunFolder run = RunFolder.Create(_folder.File("run"), "vae", "stripes", configuration.WriteJson);
        TrainingRun.Execute(
            configuration, new Dataset("stripes", Images, Images), _device, run.FullPath, new RecordingObserver(), CancellationToken.None);
        Run = TrainedModel.Open(run.FullPath, _device);
    }

    /// <summary>A run of two hidden units on images of 0 and 1.</summary>
    public static RunConfiguration Binary { get; } = new() { Hidden = [8], Latent = 3, Epochs = 2, Batch = 8, Binarize = "threshold" };

    /// <summary>The same on bytes.</summary>
    public static RunConfiguration Bytes { get; } = Binary with { Binarize = "none", Likelihood = "logistic" };

    /// <summary>The same with a distribution of its own for each pixel.</summary>
    public static RunConfiguration Wide { get; } = Binary with { Binarize = "none", Likelihood = "beta-binomial" };

    /// <summary>The same with five distributions for each.</summary>
    public static RunConfiguration Mixture { get; } = Binary with { Binarize = "none", Likelihood = "logistic-mixture" };

    /// <summary>Where its model is.</summary>
    public IDevice Device => _device;

    /// <summary>The run.</summary>
    public TrainedModel Run { get; }

    /// <summary>Forty images.</summary>
    public ImageSet Images { get; }

    /// <summary>Those that a file gives back: as they are, or 0 and 255 from half white on.</summary>
    public byte[] Restored => Run.Configuration.Binarize == "threshold"
        ? Array.ConvertAll(Images.Pixels!, pixel => (byte)(pixel / 255f > 0.5f ? White : 0))
        : Images.Pixels!;

    /// <summary>A path in a folder of its own.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>Compresses them.</summary>
    public CompressionReport Compress(string path, CompressionOptions? options = null) =>
        ImageCompressor.Compress(path, _device, Run, Images, seed: 1, options ?? new CompressionOptions { BlockSize = 7 });

    /// <summary>The file of them.</summary>
    public byte[] Compressed(CompressionOptions? options = null)
    {
        string path = File("compressed.gvz");
        Compress(path, options);
        return System.IO.File.ReadAllBytes(path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Run.Dispose();
        _device.Dispose();
        _folder.Dispose();
    }

    /// <summary>Images of stripes with some noise.</summary>
    private static ImageSet Stripes(int count, Shape shape)
    {
        var random = new Random(11);
        var pixels = new byte[count * shape.Size];
        for (int i = 0; i < pixels.Length; i++)
        {
            int image = i / shape.Size, column = i / shape.Channels % shape.Width;
            pixels[i] = (byte)Math.Clamp((((image + column) % 4) * 80) + random.Next(-20, 40), 0, White);
        }
        return new ImageSet(pixels, null, shape.Height, shape.Width, shape.Channels);
    }
}
