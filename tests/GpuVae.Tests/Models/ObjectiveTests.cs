using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>What objectives and their draws mean; <see cref="AutoencoderTests"/> has their finite differences.</summary>
[Collection(nameof(TestDevices))]
public sealed class ObjectiveTests(TestDevices devices)
{
    public static TheoryData<string> Names => [.. SmallModels.Names];

    private static readonly RunConfiguration _vae =
        RunConfiguration.FromPreset("vae") with { Hidden = [6], Latent = 3 };

    [Fact]
    public void Weight_of_the_divergence_rises_linearly_over_the_first_steps()
    {
        var bound = new EvidenceLowerBound(new ObjectiveSettings(Beta: 2, WarmUpSteps: 8));
        Assert.Equal(
            [0, 0.5, 1, 1.75, 2, 2], ((long[])[0, 2, 4, 7, 8, 1000]).Select(step => bound.DivergenceWeight(step)));
        // Ten images in batches of 4 are 3 steps an epoch.
        IObjective objective = (_vae with { WarmUp = 1.5 }).CreateObjective(stepsPerEpoch: 3);
        Assert.Equal((0, 0.8, 1), (objective.DivergenceWeight(0), objective.DivergenceWeight(4), objective.DivergenceWeight(5)));
        Assert.Equal(1, (_vae with { WarmUp = 1.5 }).EffectiveBeta);
    }

    [Theory]
    [InlineData("diagonal", 0.03)]
    [InlineData("full", 0.06)]
    public void Unit_below_its_free_bits_has_no_gradient_and_one_above_has_all_of_it(string code, double freeBits)
    {
        RunConfiguration plain = _vae with { Code = code };
        double[] Gradient(RunConfiguration configuration)
        {
            using var pass = new SmallPass(configuration, new ReferenceDevice(), 5, 5);
            pass.Backward(pass.Forward());
            return ReferenceDevice.Read(pass.Model.Parameters.Gradients);
        }

        Assert.Equal(Gradient(plain with { Beta = 0 }), Gradient(plain with { FreeBits = 1000 }));
        Assert.Equal(Gradient(plain), Gradient(plain with { FreeBits = 1e-9 }));

        using var between = new SmallPass(plain with { FreeBits = freeBits }, new ReferenceDevice(), 5, 5);
        ForwardPass pass = between.Forward();
        double kl = ReferenceDevice.Read(pass.Losses(LossTerm.Divergence)).Average();
        double charge = ReferenceDevice.Read(pass.Losses(FreeBitsPass.ChargedDivergence)).Average();
        View<float> units = new ReferenceDevice().Allocate<float>(3).AsVector();
        between.Model.Posterior!.UnitDivergence(pass.Head, units);
        double[] parts = ReferenceDevice.Read(units);
        Assert.Equal(kl, parts.Sum(), 1e-12);
        Assert.Equal(parts.Sum(part => Math.Max((float)freeBits, part)), charge, 1e-9);
        Assert.True(parts.Min() < freeBits && parts.Max() > freeBits, string.Join(' ', parts));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Many_draws_of_an_image_are_one_draw_of_as_many_copies(string name)
    {
        const int Draws = 5;
        IDevice device = SmallModels.Open(devices, name);
        foreach (string code in (string[])["diagonal", "full"])
        {
            RunConfiguration configuration = _vae with { Code = code };
            using var draws = new SmallPass(configuration with { Samples = Draws }, device, 1, Draws);
            using var copies = new SmallPass(configuration, device, Draws, Draws, copies: true);
            ForwardPass ofDraws = draws.Forward(), ofCopies = copies.Forward();
            Assert.True(
                SmallModels.RelativeDistance(device.Read(ofDraws.Reconstruction), device.Read(ofCopies.Reconstruction))
                < 1e-5);
            draws.Backward(ofDraws);
            copies.Backward(ofCopies);
            double distance = SmallModels.RelativeDistance(
                device.Read(draws.Model.Parameters.Gradients), device.Read(copies.Model.Parameters.Gradients));
            Assert.True(distance < 1e-5, $"{code}: {distance}");
        }
    }

    [Theory]
    [InlineData("diagonal")]
    [InlineData("full")]
    public void Importance_weighted_bound_of_one_draw_has_the_gradient_of_the_ELBO_on_average(string code)
    {
        const int Steps = 400;
        RunConfiguration configuration = _vae with { Hidden = [], Code = code };
        using var iwae = new SmallPass(configuration with { Objective = "iwae" }, new ReferenceDevice(), 2, 2);
        using var elbo = new SmallPass(configuration, new ReferenceDevice(), 2, 2);
        double[] sum = [], squares = [];
        for (int step = 0; step < Steps; step++)
        {
            double[] difference = [.. Gradient(iwae, step).Zip(Gradient(elbo, step), (a, b) => a - b)];
            sum = [.. difference.Select((d, i) => d + (step == 0 ? 0 : sum[i]))];
            squares = [.. difference.Select((d, i) => (d * d) + (step == 0 ? 0 : squares[i]))];
        }
        Assert.Contains(squares, square => square > 1e-3);
        for (int i = 0; i < sum.Length; i++)
        {
            double mean = sum[i] / Steps;
            double deviation = Math.Sqrt(Math.Max(0, (squares[i] / Steps) - (mean * mean)) / Steps);
            Assert.InRange(mean, (-5 * deviation) - 1e-12, (5 * deviation) + 1e-12);
        }

        static double[] Gradient(SmallPass pass, int step)
        {
            pass.SetStep(step);
            pass.Backward(pass.Forward());
            return ReferenceDevice.Read(pass.Model.Parameters.Gradients);
        }
    }

    [Theory]
    [InlineData("diagonal", 1)]
    [InlineData("full", 1)]
    [InlineData("diagonal", 4)]
    [InlineData("full", 0)]
    public void Loss_of_a_sampled_divergence_is_that_of_the_draws_one_by_one(string code, double beta)
    {
        const int Images = 2, Draws = 3;
        var device = new ReferenceDevice();
        RunConfiguration configuration = _vae with { Code = code, Divergence = "sampled", Samples = Draws, Beta = beta };
        using var pass = new SmallPass(configuration, device, Images, Images);
        double loss = pass.Loss();
        ForwardPass forward = pass.Forward();
        View<float> logWeights = device.Allocate<float>(Images * Draws).AsMatrix(Images, Draws);
        pass.Model.Posterior!.LogWeights(forward.Head, forward.Z, forward.Reconstruction, logWeights);
        double reconstruction = ReferenceDevice.Read(forward.Reconstruction).Average();
        double sampled = -ReferenceDevice.Read(logWeights).Average() - reconstruction;
        Assert.Equal(reconstruction + (beta * sampled), loss, 1e-9);
        Assert.NotEqual(ReferenceDevice.Read(forward.Losses(LossTerm.Divergence)).Average(), sampled, 1e-3);
    }

    [Fact]
    public void Description_says_how_the_divergence_is_estimated()
    {
        string Description(string divergence) =>
            (_vae with { Divergence = divergence, Samples = 5 }).CreateObjective().Description;

        Assert.Equal(" with β = 1, 5 samples", Description("exact"));
        Assert.Equal(" with β = 1, sampled KL, 5 samples", Description("sampled"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Importance_weights_estimate_what_a_linear_model_says_exactly(string name)
    {
        const int Rows = 2, Draws = 4000;
        IDevice device = SmallModels.Open(devices, name);
        foreach (string code in (string[])["diagonal", "full"])
        {
            RunConfiguration configuration =
                _vae with { Hidden = [], Latent = 2, Likelihood = "gaussian", Code = code, Samples = Draws };
            using Autoencoder model = SmallModels.Build(configuration, device, Rows);
            float[] pixels = SmallModels.Scaled(SmallModels.Images(Rows));
            using DeviceBuffer<float> x = device.Allocate<float>(pixels.Length);
            using DeviceBuffer<int> counters = device.Allocate<int>(Counter.Count);
            device.Upload<float>(pixels, x.AsVector());
            float[] logWeights = device.Read(model.LogWeights(
                x.AsMatrix(Rows, SmallModels.Dimensions), counters.AsVector(),
                new RandomSource(1, RandomPurpose.EvaluationCode), Draws));
            double constant = model.Likelihood.Constant(SmallModels.Dimensions);
            for (int row = 0; row < Rows; row++)
            {
                double largest = logWeights.Skip(row * Draws).Take(Draws).Max();
                double mean = logWeights.Skip(row * Draws).Take(Draws).Average(w => Math.Exp(w - largest));
                double exact = LinearGaussian.LogDensity(
                    device.Read(model.Parameters["decoder.0.weight"].Value),
                    device.Read(model.Parameters["decoder.0.bias"].Value),
                    pixels.AsSpan(row * SmallModels.Dimensions, SmallModels.Dimensions), units: 2);
                Assert.Equal(exact, largest + Math.Log(mean) - constant, 0.05);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("My term")]
    [InlineData("2nd")]
    [InlineData("reconstruction")]
    public void Term_without_a_name_of_its_own_is_refused(string name) => Assert.Throws<ArgumentException>(
        () => new LossTerms([LossTerm.Reconstruction, new LossTerm("own_2"), new LossTerm(name)]));

    [Fact]
    public void Posterior_with_a_term_of_its_own_has_importance_weights()
    {
        using var device = new ReferenceDevice();
        var network = NetworkSettings.Dense([4], () => new ActivationLayer(Activation.Tanh));
        using var model = new Autoencoder(
            device, Shape.Vector(5), 2, new NoCorruption(), network, new TwoTerms(), new GaussianLikelihood(),
            drawCapacity: 6);
        using DeviceBuffer<float> x = device.Allocate<float>(10);
        using DeviceBuffer<int> counters = device.Allocate<int>(Counter.Count);

        View<float> weights = model.LogWeights(
            x.AsMatrix(2, 5), counters.AsVector(), new RandomSource(1, RandomPurpose.EvaluationCode), 3);

        Assert.Equal((2, 3), (weights.Rows, weights.Columns));
    }

    [Fact]
    public void Posterior_alone_has_importance_weights()
    {
        using Autoencoder model = SmallModels.Build(RunConfiguration.FromPreset("ae"), new ReferenceDevice(), 2);
        Assert.Throws<InvalidOperationException>(
            () => model.LogWeights(default, default, new RandomSource(1, RandomPurpose.EvaluationCode), 2));
    }

    [Fact]
    public void Binary_code_has_no_noise_at_use_and_its_mean_is_the_sigmoid()
    {
        var device = new ReferenceDevice();
        RunConfiguration configuration =
            RunConfiguration.FromPreset("ae") with { Code = "binary", Hidden = [], Latent = 4, CodeNoise = 3 };
        using Autoencoder model = SmallModels.Build(configuration, device, 2);
        View<float> x = device.Allocate<float>(2 * SmallModels.Dimensions).AsMatrix(2, SmallModels.Dimensions);
        View<int> counters = device.Allocate<int>(Counter.Count).AsVector();
        View<int> order = device.Allocate<int>(2).AsVector();
        var noise = new RandomSource(1, RandomPurpose.TrainingCode);
        double[] atUse = ReferenceDevice.Read(model.Forward(x, counters, noise).Z);
        Assert.Equal(ReferenceDevice.Read(model.EncodeMean(x)), atUse);
        Assert.All(atUse, value => Assert.InRange(value, 0, 1));
        double[] training = ReferenceDevice.Read(
            model.Forward(x, new CodeDraws(counters, noise, order, 2), objective: null).Z);
        Assert.NotEqual(atUse, training);
    }

    /// <summary>A diagonal posterior that measures something else, too: a constant.</summary>
    private sealed class TwoTerms : IPosteriorCode
    {
        private readonly GaussianPosterior _posterior = new(new CodeSettings(2), Covariance.Diagonal);
        private IDevice? _device;

        public int Units => _posterior.Units;

        public int HeadWidth => _posterior.HeadWidth;

        public Covariance Covariance => Covariance.Diagonal;

        public IReadOnlyList<LossTerm> Terms { get; } = [LossTerm.Divergence, new LossTerm("constant")];

        public void Build(LayerBuilder builder)
        {
            _device = builder.Device;
            _posterior.Build(builder);
        }

        public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> terms)
        {
            _device!.Run(new Fill(1, terms.RowRange(1, 1)));
            return _posterior.Forward(head, draws, count, terms.RowRange(0, 1));
        }

        public View<float> Backward(View<float> head, View<float> zGradient, in CodeGradient gradient) =>
            _posterior.Backward(head, zGradient, gradient);

        public void LogWeights(View<float> head, View<float> z, View<float> reconstruction, View<float> logWeights) =>
            _posterior.LogWeights(head, z, reconstruction, logWeights);

        public void UnitDivergence(View<float> head, View<float> divergence) =>
            _posterior.UnitDivergence(head, divergence);
    }
}
