using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Compression;

/// <summary>What p(x | z) is in a compressed file.</summary>
internal enum PixelKind : byte
{
    /// <summary><see cref="BernoulliPixels"/>.</summary>
    Bernoulli = 0,

    /// <summary><see cref="LogisticPixels"/>.</summary>
    Logistic = 1,

    /// <summary><see cref="BetaBinomialPixels"/>.</summary>
    BetaBinomial = 2,

    /// <summary>The nearest byte to E[x | z], of a file that loses something: <see cref="MeanPixels"/>.</summary>
    Mean = 3,

    /// <summary><see cref="LogisticMixturePixels"/>.</summary>
    LogisticMixture = 4,

    /// <summary><see cref="TablePixels"/>.</summary>
    Table = 16,
}

/// <summary>A trained model in canonical arithmetic. Any number of threads may use it at once.</summary>
internal sealed class CanonicalModel
{
    // An example's numbers in all layers together: more is no model that compresses.
    private const long MostNumbers = 1 << 26;

    private CanonicalModel(
        RunConfiguration configuration, Shape image, Autoencoder model, GaussianPosterior code, IDevice device, PixelKind kind,
        float logScale, ISymbolModel pixels)
    {
        Configuration = configuration;
        Image = image;
        Encoder = CanonicalNetwork.Of(model.Encoder, device, "encoder");
        Decoder = CanonicalNetwork.Of(model.Decoder, device, "decoder");
        Covariance = code.Covariance;
        Units = code.Units;
        Kind = kind;
        LogScale = logScale;
        Pixels = pixels;
        ExampleBytes = checked(pixels.CountOf(image) * pixels.SymbolBytes);
    }

    /// <summary>What was trained.</summary>
    public RunConfiguration Configuration { get; }

    /// <summary>An example.</summary>
    public Shape Image { get; }

    /// <summary>From an example to its head.</summary>
    public CanonicalNetwork Encoder { get; }

    /// <summary>From a code to what <see cref="Pixels"/> reads.</summary>
    public CanonicalNetwork Decoder { get; }

    /// <summary>How a head holds the posterior.</summary>
    public Covariance Covariance { get; }

    /// <summary>k.</summary>
    public int Units { get; }

    /// <summary>What <see cref="Pixels"/> is.</summary>
    public PixelKind Kind { get; }

    /// <summary>The logarithm of the likelihood's scale; 0 where it has none.</summary>
    public float LogScale { get; }

    /// <summary>p(x | z).</summary>
    public ISymbolModel Pixels { get; }

    /// <summary>Bytes of an example's symbols.</summary>
    public int ExampleBytes { get; }

    /// <summary>Builds the model that a configuration describes.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="image">An example.</param>
    /// <param name="tensors">Its weights, as files have them.</param>
    /// <param name="logScale">
    /// The logarithm of the likelihood's scale as a file has it: what this machine makes of a constant may differ in the last bit.
    /// </param>
    /// <param name="table">The columns of a table; null for images.</param>
    /// <exception cref="UserException">It is no such model, or none that compresses.</exception>
    public static CanonicalModel Of(
        RunConfiguration configuration, Shape image, IReadOnlyList<NamedTensor> tensors, float? logScale = null, TableLayout? table = null)
    {
        (Autoencoder Model, CpuDevice Device) loaded = Load(configuration, image, tensors);
        using CpuDevice device = loaded.Device;
        using Autoencoder model = loaded.Model;
        GaussianPosterior code = model.Code as GaussianPosterior ?? throw new UserException(
            $"the {configuration.Code} code is not drawn from a posterior, and gives no bits back; train with --code diagonal or full, or take "
            + "--lossy");
        PixelKind kind = table is null ? KindOf(configuration, model.Likelihood) : PixelKind.Table;
        float scale = logScale ?? LogScaleOf(model.Likelihood, device);
        ISymbolModel pixels = kind switch
        {
            PixelKind.Bernoulli => new BernoulliPixels(),
            PixelKind.Logistic => new LogisticPixels(scale),
            PixelKind.BetaBinomial => new BetaBinomialPixels(image.Channels),
            PixelKind.LogisticMixture => new LogisticMixturePixels(((LogisticMixtureLikelihood)model.Likelihood).Components, image.Channels),
            _ => TableOf(configuration, model.Likelihood, table!, scale),
        };
        return new CanonicalModel(configuration, image, model, code, device, kind, scale, pixels);
    }

    /// <summary>Builds the layers that a configuration describes, with weights of a file, on a device of their own.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="image">An example.</param>
    /// <param name="tensors">Its weights, as files have them.</param>
    /// <returns>Both are the caller's.</returns>
    /// <exception cref="UserException">It is no such model.</exception>
    public static (Autoencoder Model, CpuDevice Device) Load(
        RunConfiguration configuration, Shape image, IReadOnlyList<NamedTensor> tensors)
    {
        RequireEnough(configuration, image, tensors);
        var device = CpuDevice.Create(threads: 1);
        Autoencoder? model = null;
        try
        {
            model = ModelBuilder.BuildForUse(configuration, device, image, capacity: 1, shared: null);
            ParameterTensors.Load(device, model.Parameters, tensors, (what, _) => new UserException(what));
            return (model, device);
        }
        catch
        {
            model?.Dispose();
            device.Dispose();
            throw;
        }
    }

    /// <summary>What tells weights from others: SHA-256 of their names, shapes and bits.</summary>
    public static byte[] Hash(IEnumerable<NamedTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (NamedTensor tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name}\0"));
            foreach (int size in tensor.Shape)
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, size);
                hash.AppendData(number);
            }
            hash.AppendData(MemoryMarshal.AsBytes<float>(tensor.Values));
        }
        return hash.GetHashAndReset();
    }

    /// <summary>Whether a model's code and likelihood are such that images are compressed.</summary>
    public static bool TakesImages(Autoencoder model) =>
        model is { Code: GaussianPosterior, Likelihood: BernoulliLikelihood or DiscretizedLogisticLikelihood or BetaBinomialLikelihood or LogisticMixtureLikelihood };

    /// <summary>Whether a likelihood is of rows that are compressed as a table.</summary>
    public static bool IsOfTables(ILikelihood likelihood) => likelihood switch
    {
        MixedLikelihood mixed => mixed.Starts[0] == 0 || mixed.NumbersLikelihood is ScaledLikelihood,
        _ => likelihood is ScaledLikelihood,
    };

    /// <summary>The columns of a table as symbols of a model.</summary>
    /// <exception cref="UserException">They are not those of the model.</exception>
    public static TablePixels TableOf(RunConfiguration configuration, ILikelihood likelihood, TableLayout table, float logScale)
    {
        ILikelihood numbers = likelihood is MixedLikelihood mixed ? mixed.NumbersLikelihood : likelihood;
        if (!IsOfTables(likelihood))
            throw new UserException($"the likelihood {configuration.Likelihood} gives no table; train with --likelihood gaussian or laplace");
        if (!table.Starts.SequenceEqual(likelihood is MixedLikelihood groups ? groups.Starts : [table.Numbers.Count]))
            throw new UserException("its table has other columns than its model");
        return new TablePixels(table, numbers is LaplaceLikelihood, logScale);
    }

    private static PixelKind KindOf(RunConfiguration configuration, ILikelihood likelihood) => likelihood switch
    {
        BernoulliLikelihood => PixelKind.Bernoulli,
        DiscretizedLogisticLikelihood => PixelKind.Logistic,
        BetaBinomialLikelihood => PixelKind.BetaBinomial,
        LogisticMixtureLikelihood => PixelKind.LogisticMixture,
        _ => throw new UserException(
            $"the likelihood {configuration.Likelihood}{(likelihood is MixedLikelihood ? " with categories" : "")} is no probability of "
            + "whole numbers, and compresses nothing exactly; train with --likelihood beta-binomial or logistic-mixture for bytes, or with bernoulli and "
            + "--binarize threshold or dynamic for pixels of 0 and 1"),
    };

    /// <summary>The logarithm of a likelihood's scale; 0 where it has none.</summary>
    public static float LogScaleOf(ILikelihood likelihood, CpuDevice device)
    {
        if (likelihood.LogScale.IsEmpty)
            return 0;
        var value = new float[1];
        device.Download<float>(likelihood.LogScale, value);
        return value[0];
    }

    /// <summary>Refuses layers with more weights than there are numbers, or too large ones, before memory is taken for them.</summary>
    private static void RequireEnough(RunConfiguration configuration, Shape image, IReadOnlyList<NamedTensor> tensors)
    {
        ICode code = configuration.CreateCode();
        long held = tensors.Sum(tensor => (long)tensor.Values.Length), needed = 0, numbers = image.Size;
        foreach (PlannedLayer layer in configuration.CreateNetwork().Plan(code.HeadWidth, code.Units, image))
        {
            needed += layer.Size.Parameters;
            numbers += layer.Size.Output.Size;
        }
        if (needed > held)
            throw new UserException($"the layers have {needed} weights, and {held} numbers are there");
        if (numbers > MostNumbers)
            throw new UserException($"an example has {numbers} numbers in all layers, and at most {MostNumbers} are computed here");
    }
}
