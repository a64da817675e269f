using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Models;

/// <summary>The term of structural similarity against sums over windows that share nothing with it.</summary>
[Collection(nameof(TestDevices))]
public sealed class SimilarityTermTests(TestDevices devices)
{
    private static readonly (int Pictures, Shape Image, int Scales, int Expected)[] _cases =
    [
        (1, new(2, 3, 1), 1, 1), (2, new(3, 5, 1), 5, 1), (1, new(28, 28, 1), 1, 1), (3, new(28, 28, 1), 5, 2),
        (2, new(16, 16, 3), 1, 1), (1, new(45, 49, 2), 3, 3), (1, new(23, 22, 3), 5, 2),
    ];

    public static TheoryData<string, int> NamesAndCases =>
        [.. from name in SmallModels.Names from index in Enumerable.Range(0, _cases.Length) select (name, index)];

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(NamesAndCases))]
    public void Similarity_is_that_of_windows_one_by_one(string name, int index)
    {
        (int pictures, Shape image, int scales, int expected) = _cases[index];
        using var term = new Term(SmallModels.Open(devices, name), image, pictures, scales, new BernoulliLikelihood());
        Assert.Equal(expected, term.Similarity.Scales);
        float[] x = Pixels(pictures * image.Size, 1, u => u), logits = Pixels(pictures * image.Size, 2, u => (8 * u) - 4);
        // Pictures that are alike: half of the logit is the pixel's.
        for (int i = 0; i < logits.Length; i++)
            logits[i] += 8 * (x[i] - 0.5f);
        float[] found = term.Measure(x, logits);
        for (int picture = 0; picture < pictures; picture++)
        {
            double[] One(float[] values, Func<double, double> map) =>
                [.. values.Skip(picture * image.Size).Take(image.Size).Select(value => map(value))];
            double direct = Direct(
                One(x, value => value), One(logits, value => 1 / (1 + Math.Exp(-value))), image, term.Similarity.Scales);
            Assert.InRange(direct, 0.2, 0.95);
            Assert.Equal(direct, found[picture], name == SmallModels.Reference ? 2e-7 : 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndCases))]
    public void Equal_pictures_have_similarity_1(string name, int index)
    {
        (int pictures, Shape image, int scales, _) = _cases[index];
        using var term = new Term(SmallModels.Open(devices, name), image, pictures, scales, new GaussianLikelihood());
        float[] x = Pixels(pictures * image.Size, 1, u => u < 0.3f ? 0 : u > 0.7f ? 1 : u);
        Assert.All(term.Measure(x, x), value => Assert.Equal(1, value, 1e-4));
        double[] gradient = Array.ConvertAll(term.Gradient(1), value => (double)value);
        Assert.All(gradient, value => Assert.Equal(0, value, 0.05));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Gradient_of_a_scale_is_its_finite_difference(int index)
    {
        const double Step = 1e-5;
        (int pictures, Shape image, int scales, _) = _cases[index];
        foreach (ILikelihood likelihood in (ILikelihood[])[new BernoulliLikelihood(), new LaplaceLikelihood()])
        {
            using var term = new Term(new ReferenceDevice(), image, pictures, scales, likelihood);
            float[] x = Pixels(pictures * image.Size, 1, u => u);
            double[] outputs = [.. Pixels(x.Length, 2, u => u).Zip(x, (u, pixel) => (0.5 * u) + (0.5 * pixel))];
            double Loss()
            {
                term.Measure(x, outputs);
                return ReferenceDevice.Read(term.Values).Sum() * term.Similarity.Term.Weight!.Value;
            }

            Loss();
            double[] gradient = ReferenceDevice.Read(term.GradientView(0.25f));
            for (int i = 3; i < outputs.Length; i += Math.Max(97, outputs.Length / 25))
            {
                double value = outputs[i];
                outputs[i] = value + Step;
                double above = Loss();
                outputs[i] = value - Step;
                double below = Loss();
                outputs[i] = value;
                double difference = 0.25 * (above - below) / (2 * Step);
                Assert.Equal(difference, gradient[i], 1e-6 + (1e-5 * Math.Abs(difference)));
            }
        }
    }

    /// <summary>A picture and its negative: covariances below 0, of which no power is a number.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Pictures_that_are_opposites_have_a_loss_and_no_gradient_that_is_not_a_number(string name)
    {
        (int pictures, Shape image, int scales, _) = _cases[3];
        using var term = new Term(SmallModels.Open(devices, name), image, pictures, scales, new GaussianLikelihood());
        float[] x = Pixels(pictures * image.Size, 1, u => u);
        Assert.All(term.Measure(x, [.. x.Select(value => 1 - value)]), value => Assert.Equal(SimilarityTerm.Floor, value, 1e-6));
        Assert.All(term.Gradient(1), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(28, 28, 5, 2)]
    [InlineData(21, 64, 5, 1)]
    [InlineData(22, 64, 5, 2)]
    [InlineData(175, 176, 5, 4)]
    [InlineData(176, 176, 5, 5)]
    [InlineData(176, 176, 3, 3)]
    [InlineData(5, 5, 5, 1)]
    public void Scales_are_as_many_as_have_a_window(int height, int width, int most, int expected) =>
        Assert.Equal(expected, SimilarityTerm.ScalesOf(new(height, width, 3), most));

    [Fact]
    public void Description_of_a_loss_with_it_is_no_product_of_beta() => Assert.Equal(
        ", plus 0.5 · 784 · DSSIM", new SimilarityTerm(new Shape(28, 28, 1), new SimilaritySettings(0.5, 1)).Description);

    [Fact]
    public void What_is_no_picture_is_refused_in_one_line()
    {
        foreach (Shape shape in (Shape[])[Shape.Vector(784), new(1, 784, 1), new(784, 1, 1)])
        {
            var exception = Assert.Throws<UserException>(() => new SimilarityTerm(shape, new SimilaritySettings(1)));
            Assert.StartsWith("--ssim: ", exception.Message, StringComparison.Ordinal);
        }
        var mixed = new MixedLikelihood(new GaussianLikelihood(), 4, [2]);
        Assert.Throws<UserException>(() => new Term(new ReferenceDevice(), new(2, 3, 1), 1, 1, mixed));
    }

    [Fact]
    public void Objective_that_weighs_draws_by_their_likelihood_alone_is_refused_by_the_trainer_too()
    {
        using var device = new ReferenceDevice();
        using Autoencoder model = SmallModels.Build(RunConfiguration.FromPreset("vae") with { Ssim = 1 }, device, 4);
        var exception = Assert.Throws<UserException>(() => new Trainer(
            device, model, new ImportanceWeightedBound(2), SmallModels.Images(4), new TrainerSettings(4, 1e-3, 1)));
        Assert.StartsWith("--ssim: ", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Scales as means of four pixels, windows as they are defined, weights as they were published.</summary>
    private static double Direct(double[] x, double[] y, Shape image, int scales)
    {
        double[] weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];
        (double similarity, double contrast) = Means(x, y, image);
        if (scales == 1)
            return similarity;
        double product = 1;
        for (int scale = 0; scale < scales; scale++)
        {
            (similarity, contrast) = Means(x, y, image);
            product *= Math.Pow(scale == scales - 1 ? similarity : contrast, weights[scale] / weights[..scales].Sum());
            var half = new Shape(image.Height / 2, image.Width / 2, image.Channels);
            (x, y) = (Halve(x, image, half), Halve(y, image, half));
            image = half;
        }
        return product;
    }

    private static double[] Halve(double[] x, Shape image, Shape half)
    {
        double At(int row, int column, int channel) => x[(((row * image.Width) + column) * image.Channels) + channel];
        return
        [
            .. from row in Enumerable.Range(0, half.Height)
               from column in Enumerable.Range(0, half.Width)
               from channel in Enumerable.Range(0, half.Channels)
               select (At(2 * row, 2 * column, channel) + At(2 * row, (2 * column) + 1, channel)
                   + At((2 * row) + 1, 2 * column, channel) + At((2 * row) + 1, (2 * column) + 1, channel)) / 4,
        ];
    }

    /// <summary>The means of l·c and of c over all pixels and channels.</summary>
    private static (double Similarity, double Contrast) Means(double[] x, double[] y, Shape image)
    {
        var window = new double[11, 11];
        double whole = 0, similarities = 0, contrasts = 0;
        for (int u = 0; u < 11; u++)
        {
            for (int v = 0; v < 11; v++)
                whole += window[u, v] = Math.Exp(-(((u - 5) * (u - 5)) + ((v - 5) * (v - 5))) / 4.5);
        }
        for (int row = 0; row < image.Height; row++)
        {
            for (int column = 0; column < image.Width; column++)
            {
                for (int channel = 0; channel < image.Channels; channel++)
                {
                    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
                    for (int h = Math.Max(0, row - 5); h <= Math.Min(image.Height - 1, row + 5); h++)
                    {
                        for (int l = Math.Max(0, column - 5); l <= Math.Min(image.Width - 1, column + 5); l++)
                        {
                            double w = window[h - row + 5, l - column + 5] / whole;
                            int at = (((h * image.Width) + l) * image.Channels) + channel;
                            mx += w * x[at];
                            my += w * y[at];
                            xx += w * x[at] * x[at];
                            yy += w * y[at] * y[at];
                            xy += w * x[at] * y[at];
                        }
                    }
                    double luminance = ((2 * mx * my) + 0.0001) / ((mx * mx) + (my * my) + 0.0001);
                    double contrast = ((2 * (xy - (mx * my))) + 0.0009) / (xx - (mx * mx) + yy - (my * my) + 0.0009);
                    similarities += luminance * contrast;
                    contrasts += contrast;
                }
            }
        }
        return (similarities / image.Size, contrasts / image.Size);
    }

    private static float[] Pixels(int count, ulong seed, Func<float, float> map)
    {
        var values = new float[count];
        Philox.FillUniform(new RandomSource(seed, RandomPurpose.Prior), 0, values);
        return Array.ConvertAll(values, u => map(u));
    }

    /// <summary>A term with memory of its own, on a device with x and outputs.</summary>
    private sealed class Term : IDisposable
    {
        private readonly IDevice _device;
        private readonly List<IDisposable> _memory = [];
        private readonly View<float> _x;
        private readonly View<float> _outputs;
        private readonly View<float> _gradient;

        public Term(IDevice device, Shape image, int pictures, int scales, ILikelihood likelihood)
        {
            _device = device;
            Similarity = new SimilarityTerm(image, new SimilaritySettings(0.7, scales));
            // Room for more than there are, as in an epoch's last batch.
            var builder = new LayerBuilder(
                device, new ParameterArena(device), _memory, "", pictures + 2, pictures + 2);
            Similarity.Build(builder, likelihood);
            _x = builder.Allocate(pictures, image.Size);
            _outputs = builder.Allocate(pictures, image.Size);
            _gradient = builder.Allocate(pictures, image.Size);
            Values = builder.Allocate(1, pictures);
        }

        public SimilarityTerm Similarity { get; }

        public View<float> Values { get; }

        public float[] Measure(float[] x, float[] outputs)
        {
            _device.Upload<float>(x, _x);
            _device.Upload<float>(outputs, _outputs);
            Similarity.Measure(_x, _outputs, Values);
            return _device.Read(Values);
        }

        public void Measure(float[] x, double[] outputs)
        {
            _device.Upload<float>(x, _x);
            ReferenceDevice.Write(outputs, _outputs);
            Similarity.Measure(_x, _outputs, Values);
        }

        public View<float> GradientView(float scale)
        {
            _device.Run(new Fill(0, _gradient));
            Similarity.AddGradient(scale, _gradient);
            return _gradient;
        }

        public float[] Gradient(float scale) => _device.Read(GradientView(scale));

        public void Dispose() => _memory.ForEach(memory => memory.Dispose());
    }
}
