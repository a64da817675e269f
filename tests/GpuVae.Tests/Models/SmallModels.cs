using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>Models and images that are small enough for finite differences, and devices to run them on.</summary>
internal static class SmallModels
{
    public const int Height = 3;
    public const int Width = 5;
    public const int Dimensions = Height * Width;
    public const string Reference = "reference";

    /// <summary>The reference device, and the devices of this machine.</summary>
    public static IEnumerable<string> Names => [Reference, .. TestDevices.Names.Select(row => row.Data)];

    // Groups of 3 and 4 columns.
    private static readonly Category[] _categories = [new(2, ["a", "b"]), new(5, ["a", "b", ""])];

    /// <summary>Every combination of choices whose gradients differ in their formulas.</summary>
    public static IReadOnlyList<RunConfiguration> Configurations { get; } =
    [
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3 },
        RunConfiguration.FromPreset("ae") with { Hidden = [], Latent = 2 },
        RunConfiguration.FromPreset("ae") with { Hidden = [8, 4], Activation = "tanh", Likelihood = "bernoulli" },
        RunConfiguration.FromPreset("vae") with { Hidden = [7], Latent = 3 },
        RunConfiguration.FromPreset("vae") with { Hidden = [], Latent = 1, Beta = 4 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6, 5], Activation = "tanh", Likelihood = "gaussian" },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 2, Objective = "reconstruction" },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Samples = 3, Beta = 2 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Samples = 2, FreeBits = 0.03 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Objective = "iwae" },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 2, Objective = "iwae", Samples = 4 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Divergence = "sampled" },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 2, Divergence = "sampled", Samples = 4, Beta = 2 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Code = "full", Beta = 2 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Code = "full", FreeBits = 0.06 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Code = "full", Samples = 2 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Code = "full", Objective = "iwae", Samples = 3 },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Latent = 3, Code = "full", Divergence = "sampled", Samples = 3, Beta = 0.5,
        },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Code = "full", Objective = "reconstruction" },
        RunConfiguration.FromPreset("ae") with { Hidden = [6], Latent = 5, Code = "binary" },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Corruption = "gaussian", Noise = 0.3 },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Likelihood = "laplace" },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Likelihood = "laplace", SigmaIsLearned = true },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Likelihood = "gaussian", Sigma = 0.3, Latent = 2 },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Likelihood = "gaussian", SigmaIsLearned = true, Sigma = 0.5, Samples = 2, Latent = 2,
        },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Likelihood = "gaussian", SigmaIsLearned = true, Objective = "iwae", Samples = 3, Latent = 2,
        },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Likelihood = "gaussian", SigmaIsLearned = true, Divergence = "sampled", Samples = 2, Latent = 2,
        },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Likelihood = "logistic", Sigma = 0.05 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 2, Likelihood = "logistic", SigmaIsLearned = true, Samples = 2 },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Latent = 2, Likelihood = "logistic", SigmaIsLearned = true, Objective = "iwae", Samples = 3, Code = "full",
        },
        RunConfiguration.FromPreset("vae") with
        {
            Network = "conv 3 3/2, dense 5", Activation = "tanh", Latent = 2, Likelihood = "logistic", SigmaIsLearned = true,
        },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Likelihood = "beta-binomial" },
        RunConfiguration.FromPreset("vae") with { Network = "conv 3 3/2, dense 5", Activation = "tanh", Latent = 2, Likelihood = "logistic-mixture" },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Latent = 2, Likelihood = "beta-binomial", Objective = "iwae", Samples = 3, Code = "full",
        },
        RunConfiguration.FromPreset("vae") with
        {
            Network = "conv 3 3/2, dense 5", Activation = "tanh", Latent = 2, Likelihood = "beta-binomial", Samples = 2,
        },
        RunConfiguration.FromPreset("vae") with
        {
            Network = "conv 2 3/2 tanh", Decoder = "2x3x2, up 3 3*2 pad 1+1, conv C 2 pad 0 linear, 3x5xC", Latent = 2,
            Likelihood = "beta-binomial",
        },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Likelihood = "laplace", Categories = _categories },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Latent = 2, Likelihood = "bernoulli", Categories = _categories, MaskedColumns = [0],
        },
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Likelihood = "gaussian", SigmaIsLearned = true, Objective = "iwae", Samples = 3, Latent = 2,
            Categories = _categories,
        },
        // No column is left for a number.
        RunConfiguration.FromPreset("vae") with
        {
            Hidden = [6], Latent = 2, Likelihood = "gaussian", SigmaIsLearned = true,
            Categories = [new(0, ["a", "b"]), new(1, ["a", "b", "c"]), new(2, ["a", "b", "c", "d", "e", "f", "g"])],
        },
        RunConfiguration.FromPreset("vae") with { Network = "conv 3 3/2, dense 5", Activation = "tanh", Latent = 2 },
        RunConfiguration.FromPreset("vae") with
        {
            Network = "conv 4 3/2 norm group, conv 3 3/2 norm batch", Activation = "tanh", Latent = 2, Samples = 2,
        },
        RunConfiguration.FromPreset("ae") with { Network = "conv 3 3 norm batch, pool average 2, res norm group tanh", Activation = "silu", Latent = 2 },
        RunConfiguration.FromPreset("vae") with
        {
            Network = "conv 2 3/2 tanh, conv 3 2/2 gelu", Decoder = "2x3x2, up 3 3*2 pad 1+1, conv C 2 pad 0 linear, 3x5x1 sigmoid",
            Latent = 2, Likelihood = "gaussian", SigmaIsLearned = true, Objective = "iwae", Samples = 3,
        },
        // The last map is the code: with an activation of its own, and without one.
        RunConfiguration.FromPreset("ae") with
        {
            Network = "conv 3 3 tanh, conv 2 3/2 tanh, code", Decoder = "up 3 3*2 pad 1, conv C 3 sigmoid", Latent = 12,
        },
        RunConfiguration.FromPreset("ae") with { Network = "conv 2 3/2 linear, code", Latent = 12, Code = "binary" },
        // A term beside the likelihood.
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Likelihood = "logistic", SigmaIsLearned = true, Ssim = 0.5 },
        RunConfiguration.FromPreset("ae") with { Hidden = [7], Latent = 3, Ssim = 0.3 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3, Ssim = 2, Samples = 3, FreeBits = 0.03 },
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 2, Ssim = 0.5, Divergence = "sampled", Samples = 2, Beta = 2 },
        RunConfiguration.FromPreset("vae") with
        {
            Network = "conv 3 3/2", Decoder = "2x3x2, up 3 3*2 pad 1+1, conv C 2 pad 0 linear, 3x5x1 tanh", Activation = "tanh",
            Latent = 2, Likelihood = "gaussian", SigmaIsLearned = true, Ssim = 0.7,
        },
    ];

    public static IDevice Open(TestDevices devices, string name) =>
        name == Reference ? new ReferenceDevice() : devices.Open(name);

    public static Autoencoder Build(RunConfiguration configuration, IDevice device, int capacity)
    {
        Autoencoder model = ModelBuilder.Build(
            configuration, device, new Shape(Height, Width, 1), capacity, (long)capacity * configuration.Samples);
        model.Parameters.Initialize(configuration.Seed);
        return model;
    }

    /// <summary>Images of random pixels.</summary>
    public static ImageSet Images(int count, ulong seed = 3)
    {
        var uniform = new float[count * Dimensions];
        Philox.FillUniform(new RandomSource(seed, RandomPurpose.Prior), 0, uniform);
        return new ImageSet(Array.ConvertAll(uniform, value => (byte)(value * 256)), null, Height, Width);
    }

    /// <summary>Their pixels as a model sees them.</summary>
    public static float[] Scaled(ImageSet images) => Array.ConvertAll(images.Pixels!, value => value / 255f);

    /// <summary>‖a − b‖ / ‖b‖.</summary>
    public static double RelativeDistance(IReadOnlyList<float> a, IReadOnlyList<float> b)
    {
        Assert.Equal(b.Count, a.Count);
        double difference = 0, norm = 0;
        for (int i = 0; i < a.Count; i++)
        {
            difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
            norm += (double)b[i] * b[i];
        }
        return Math.Sqrt(difference / Math.Max(norm, 1e-30));
    }
}

/// <summary>A model with one batch of images and the schedule of one step: what a gradient needs.</summary>
internal sealed class SmallPass : IDisposable
{
    private readonly IDevice _device;
    private readonly View<float> _x;
    private readonly View<float> _schedule;
    private readonly View<int> _counters;
    private readonly View<int> _order;
    private readonly IObjective _objective;
    private readonly IObjectivePass? _objectivePass;

    /// <summary>Random images, or <paramref name="copies"/> of one.</summary>
    public SmallPass(RunConfiguration configuration, IDevice device, int rows, int capacity, bool copies = false)
    {
        _device = device;
        Model = SmallModels.Build(configuration, device, capacity);
        ImageSet images = SmallModels.Images(rows);
        _x = device.Allocate<float>(images.Pixels!.Length).AsMatrix(rows, images.Dimensions);
        _schedule = device.Allocate<float>(Schedule.Columns).AsMatrix(1, Schedule.Columns);
        _counters = device.Allocate<int>(Counter.Count).AsVector();
        _order = device.Allocate<int>(rows).AsVector();
        device.Upload<int>([.. Enumerable.Range(0, rows).Reverse()], _order);
        _objective = configuration.CreateObjective();
        _objectivePass = _objective.Prepare(device, Model.Code, rows);
        var row = new float[Schedule.Columns];
        EpochPlan.FillRow(0, configuration.LearningRate, AdamSettings.Default, _objective.DivergenceWeight(0), row);
        float[] pixels = SmallModels.Scaled(images);
        for (int i = images.Dimensions; copies && i < pixels.Length; i++)
            pixels[i] = pixels[i - images.Dimensions];
        device.Upload<float>(pixels, _x);
        device.Upload<float>(row, _schedule);
    }

    public Autoencoder Model { get; }

    public ForwardPass Forward() =>
        Model.Forward(
            _x, new CodeDraws(_counters, new RandomSource(5, RandomPurpose.TrainingCode), _order, _x.Rows), _objectivePass);

    /// <summary>The step that noise belongs to.</summary>
    public void SetStep(int globalStep) => _device.Upload([0, globalStep], _counters);

    public void Backward(ForwardPass pass) => Model.Backward(pass, _schedule, _counters);

    /// <summary>The mean loss in double precision; the reference device only.</summary>
    public double Loss()
    {
        ForwardPass pass = Forward();
        double[] means = [.. pass.Terms.All.Select(term => ReferenceDevice.Read(pass.Losses(term)).Average())];
        return _objective.Loss(pass.Terms.Values(means), _objective.DivergenceWeight(0));
    }

    public void Dispose()
    {
        Model.Dispose();
        _objectivePass?.Dispose();
        _order.Buffer.Dispose();
        _x.Buffer.Dispose();
        _schedule.Buffer.Dispose();
        _counters.Buffer.Dispose();
    }
}
