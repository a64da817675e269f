using GpuVae.Compression;
using GpuVae.Evaluation;
using GpuVae.Runs;

namespace GpuVae.Reproductions;

/// <summary>
/// Table 2 of Townsend, Bird and Barber (2019), "Practical lossless compression with latent variables using bits back coding": the
/// digits of MNIST by a VAE with one hidden layer, grey by a beta-binomial likelihood and binarised by a Bernoulli one.
/// </summary>
/// <remarks>
/// Its layers are these, 200 and 50 of grey digits and 100 and 40 of binary ones; how long it trains is not said. Its digits were
/// binarised once; here those to train on are binarised anew at every visit, and the test digits once. Figures are bits a pixel of the
/// 10,000 test digits without the model, with what each block's first image costs and the index.
/// </remarks>
internal static class BitsBackExample
{
    // Of its table: the bound, the coder, and others that know nothing of digits. It has no figure of xz.
    private static readonly Dictionary<string, double?> _grey = new()
    {
        ["−ELBO"] = 1.39,
        ["ours"] = 1.41,
        ["bzip2"] = 1.42,
        ["gzip"] = 1.64,
        ["xz"] = null,
        ["PNG"] = 2.79,
        ["WebP"] = 2.10,
    };

    private static readonly Dictionary<string, double?> _binary = new()
    {
        ["−ELBO"] = 0.19,
        ["ours"] = 0.19,
        ["bzip2"] = 0.25,
        ["gzip"] = 0.33,
        ["xz"] = null,
        ["PNG"] = 0.78,
        ["WebP"] = 0.44,
    };

    /// <summary>The digits as bytes.</summary>
    public static RunConfiguration ConfigureGrey(SettingChoices choices) => RunConfiguration.FromPreset("vae") with
    {
        Data = choices.Data ?? new RunConfiguration().Data,
        Likelihood = "beta-binomial",
        Hidden = [200],
        Latent = 50,
        Schedule = "cosine",
        Epochs = choices.IsShort ? 10 : 100,
    };

    /// <summary>Each pixel of them drawn as 0 or 1.</summary>
    public static RunConfiguration ConfigureBinary(SettingChoices choices) => ConfigureGrey(choices) with
    {
        Likelihood = "bernoulli",
        Binarize = "dynamic",
        Hidden = [100],
        Latent = 40,
    };

    /// <summary>Compresses the test digits, restores them, and sets the size beside what was published and what others make of them.</summary>
    /// <exception cref="UserException">What was restored is not what was compressed.</exception>
    public static IReadOnlyList<Comparison> Measure(TrainedSetting setting)
    {
        string path = Path.Combine(setting.Folder, "test.gvz");
        CompressionReport report;
        using (TrainedModel trained = setting.Open())
        {
            report = ImageCompressor.Compress(
                path, setting.Device, trained, setting.Test, setting.Configuration.Seed, progress: setting.Progress);
        }
        // Restored by checksums of what the model saw.
        var file = CompressedFile.Open(path);
        RestoredImages restored = file.Restore();
        if (restored.Damaged.Count > 0 || restored.Images.Length != report.Images)
            throw new UserException($"{path}: {restored.Images.Length} of {report.Images} images come back");

        bool isBinary = file.IsBinary;
        Dictionary<string, double?> published = isBinary ? _binary : _grey;
        double bound = isBinary ? 0.19 : 1.45;
        List<Comparison> rows =
        [
            new("bits a pixel, bits back", report.BitsPerDimension, published["ours"], setting.Choices.IsShort ? null : bound, IsAtMost: true),
            new("  −ELBO", report.BoundBitsPerDimension, published["−ELBO"], null, IsAtMost: true),
        ];
        double pixels = (double)report.Images * report.Dimensions;
        foreach ((string name, long bytes) in setting.OtherCompressors?.Invoke(restored.Pixels, file.Image, isBinary) ?? [])
            rows.Add(new($"  {name}", 8 * bytes / pixels, published.GetValueOrDefault(name), null, IsAtMost: true));
        return rows;
    }
}
