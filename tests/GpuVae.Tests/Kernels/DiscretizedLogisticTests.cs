using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Probabilities of bytes: that they are such, their formula, its slopes, and what happens far away.</summary>
[Collection(nameof(TestDevices))]
public sealed class DiscretizedLogisticTests(TestDevices devices)
{
    private const int Bytes = 256;

    private static readonly double[] _scales = [1e-3, 4e-3, 0.02, 0.1, 0.5, 2, 10];

    private static readonly float[] _means = [-3, -0.2f, 0, 0.001f, 0.25f, 0.4999f, 0.77f, 1, 1.3f, 4];

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Probabilities_of_all_bytes_add_up_to_one(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach (double scale in _scales)
        {
            foreach (float mean in _means)
            {
                using var run = new ByteRun(device, scale, mean);
                double sum = run.Loss.Sum(loss => Math.Exp(-loss));
                Assert.True(Math.Abs(sum - 1) <= 1e-6, $"{name}, s = {scale}, μ = {mean}: {sum}");
                Assert.All(run.Loss, loss => Assert.True(loss >= 0));
            }
        }
    }

    /// <summary>The difference of two σ, where it has digits: on the side where both are small.</summary>
    [Fact]
    public void Loss_of_the_reference_is_the_formula()
    {
        var device = new ReferenceDevice();
        int compared = 0;
        foreach (double scale in _scales)
        {
            foreach (float mean in _means)
            {
                using var run = new ByteRun(device, scale, mean);
                double[] losses = run.Loss;
                for (int k = 0; k < Bytes; k++)
                {
                    double expected = Probability(k, mean, run.Scale);
                    if (expected < 1e-200)
                        continue;
                    compared++;
                    Assert.Equal(-Math.Log(expected), losses[k], 1e-9 * (1 + losses[k]));
                }
            }
        }
        Assert.True(compared > 10_000, $"{compared}");
    }

    [Fact]
    public void Gradients_of_the_reference_are_the_finite_differences_of_the_loss()
    {
        const double Step = 1e-5;
        var device = new ReferenceDevice();
        foreach (double scale in _scales)
        {
            foreach (float mean in _means)
            {
                using ByteRun run = new(device, scale, mean), up = new(device, scale, mean), down = new(device, scale, mean);
                up.Move(Step * scale, 0);
                down.Move(-Step * scale, 0);
                Compare("μ", run.Gradient, 2 * Step * scale, unit: 1 / scale);
                up.Move(0, Step);
                down.Move(0, -Step);
                Compare("λ", run.LogScaleGradient, 2 * Step, unit: 1);

                void Compare(string by, double[] gradient, double distance, double unit)
                {
                    (double[] at, double[] above, double[] below) = (run.Loss, up.Loss, down.Loss);
                    for (int k = 0; k < Bytes; k++)
                    {
                        double slope = (above[k] - below[k]) / distance, far = 1 + at[k];
                        Assert.True(
                            Math.Abs(slope - gradient[k]) <= 1e-8 * unit * far,
                            $"s = {scale}, μ = {mean}, byte {k}, by {by}: {gradient[k]}, by finite differences {slope}");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Far_from_its_mean_a_byte_costs_its_distance_and_pulls_with_the_inverse_of_the_scale(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach ((double scale, float mean) in ((double, float)[])[(1e-3, 10), (1e-3, -10), (0.01, 100), (10, 1e5f), (1e-6, 2)])
        {
            using var run = new ByteRun(device, scale, mean);
            (double[] losses, double[] pulls, double[] slopes) = (run.Loss, run.Gradient, run.LogScaleGradient);
            double width = 1 / (255 * run.Scale);
            for (int k = 0; k < Bytes; k++)
            {
                // The one byte at the mean's side has the tail that the mean lies in, and the one at the other end no second bound.
                if (k == (mean > 0 ? 255 : 0))
                {
                    Assert.All([losses[k], pulls[k], slopes[k]], number => Assert.InRange(number, -1e-30, 1e-30));
                    continue;
                }
                bool isTail = k is 0 or 255;
                double bound = (Math.Abs(mean - (k / 255.0)) - (1 / 510.0)) / run.Scale;
                double inside = isTail ? 0 : Math.Log(1 - Math.Exp(-width));
                double pull = Math.Sign(mean) / run.Scale;
                Assert.Equal(bound - inside, losses[k], 1e-5 * bound);
                Assert.Equal(pull, pulls[k], 1e-5 / run.Scale);
                Assert.Equal(-bound + (isTail ? 0 : width / (Math.Exp(width) - 1)), slopes[k], 1e-5 * bound);
            }
        }
    }

    /// <summary>σ((x + 1/510 − μ)/s) − σ((x − 1/510 − μ)/s), with the tails at both ends.</summary>
    private static double Probability(int k, double mean, double scale)
    {
        double high = k == 255 ? double.PositiveInfinity : (((k + 0.5) / 255) - mean) / scale;
        double low = k == 0 ? double.NegativeInfinity : (((k - 0.5) / 255) - mean) / scale;
        return low > 0 ? Sigmoid(-low) - Sigmoid(-high) : Sigmoid(high) - Sigmoid(low);

        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
    }

    /// <summary>Every byte, a row each, under one mean and one scale.</summary>
    private sealed class ByteRun : IDisposable
    {
        private readonly IDevice _device;
        private readonly CaseWorkspace _workspace;
        private readonly View<float> _target;
        private readonly View<float> _logScale;
        private readonly View<float> _loss;
        private readonly View<float> _slope;
        private readonly View<float> _outputs;
        private readonly float _mean;
        private readonly float _lambda;

        public ByteRun(IDevice device, double scale, float mean)
        {
            _device = device;
            _mean = mean;
            _lambda = (float)Math.Log(scale);
            _workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
            _target = _workspace.Source(Bytes, 1, [.. Enumerable.Range(0, Bytes).Select(k => k / 255f)]);
            _logScale = _workspace.Source(1, 1, [_lambda]);
            _loss = _workspace.Destination("loss", 1, Bytes, Tolerance.Exact);
            _slope = _workspace.Destination("logScaleGradient", 1, Bytes, Tolerance.Exact);
            _outputs = _workspace.Destination("outputs", Bytes, 1, Tolerance.Exact, Enumerable.Repeat(mean, Bytes).ToArray());
            Run();
        }

        /// <summary>As the device has it, in float32.</summary>
        public double Scale => Math.Exp(_lambda);

        public double[] Loss => Read(_loss);

        public double[] LogScaleGradient => Read(_slope);

        public double[] Gradient => Read(_outputs);

        /// <summary>Runs again at another mean and another λ, in double precision; the reference device only.</summary>
        public void Move(double mean, double logScale)
        {
            ReferenceDevice.Write([.. Enumerable.Repeat(_mean + mean, Bytes)], _outputs);
            ReferenceDevice.Write([_lambda + logScale], _logScale);
            Run();
        }

        public void Dispose() => _workspace.Dispose();

        private void Run() => _device.Run(new DiscretizedLogistic(_target, _logScale, 1, _loss, _slope, _outputs));

        private double[] Read(View<float> view) => _device is ReferenceDevice
            ? ReferenceDevice.Read(view)
            : Array.ConvertAll(_device.Read(view), value => (double)value);
    }
}
