using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Mixtures of logistic distributions over bytes: that they are probabilities, their slopes, and their mean.</summary>
[Collection(nameof(TestDevices))]
public sealed class LogisticMixtureTests(TestDevices devices)
{
    private const int Bytes = 256;
    private const int Components = 3;

    /// <summary>m, ℓ and λ of three components: as they begin, far apart and narrow, one beyond white, and beyond the bounds.</summary>
    private static readonly float[][] _parameters =
    [
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [-0.15f, 0.02f, 0.1f, 2, -1, 0.5f, -2, -1.5f, 0.5f],
        [0.3f, 0.9f, -0.9f, -3, 1, 0, -5, 1, 3],
        [0, 0.1f, 0.2f, 0, 0, 0, -9, 7, -3],
    ];

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Probabilities_of_all_bytes_add_up_to_one(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach (float[] parameters in _parameters)
        {
            using var run = new ByteRun(device, parameters);
            double sum = run.Loss.Sum(loss => Math.Exp(-loss));
            Assert.True(Math.Abs(sum - 1) <= 1e-3, $"{name}, {string.Join(' ', parameters)}: {sum}");
        }
    }

    [Fact]
    public void The_likelihood_says_the_same_on_the_host()
    {
        foreach (float[] parameters in _parameters)
        {
            using var run = new ByteRun(new ReferenceDevice(), parameters);
            double[] wide = Array.ConvertAll(parameters, value => (double)value);
            Assert.All(run.Loss, (loss, k) => Assert.Equal(loss, LogisticMixtureLikelihood.Loss(k, wide), 1e-9 * (1 + loss)));
        }
    }

    [Fact]
    public void Gradients_of_the_reference_are_the_finite_differences_of_the_loss()
    {
        const double Step = 1e-6;
        var device = new ReferenceDevice();
        foreach (float[] parameters in _parameters[..3])
        {
            using var run = new ByteRun(device, parameters);
            for (int parameter = 0; parameter < parameters.Length; parameter++)
            {
                using ByteRun up = new(device, parameters), down = new(device, parameters);
                up.Move(parameter, Step);
                down.Move(parameter, -Step);
                (double[] above, double[] below, double[] gradient) = (up.Loss, down.Loss, run.Gradient(parameter));
                for (int k = 0; k < Bytes; k++)
                {
                    double slope = (above[k] - below[k]) / (2 * Step);
                    Assert.True(
                        Math.Abs(slope - gradient[k]) <= 1e-4 * (1 + Math.Abs(slope)),
                        $"{string.Join(' ', parameters)}, byte {k}, by parameter {parameter}: {gradient[k]}, by finite differences {slope}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_picture_is_the_mean_of_the_components(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        float[] parameters = [0.1f, -0.7f, 0.05f, MathF.Log(2), 0, MathF.Log(5), 1, 2, 3];
        using var workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
        View<float> outputs = workspace.Source(1, parameters.Length, parameters), means = workspace.Destination("means", 1, 1, Tolerance.Exact);
        device.Run(new LogisticMixtureMean(outputs, Components, 1, means));
        float mean = device is ReferenceDevice ? (float)ReferenceDevice.Read(means)[0] : device.Read(means)[0];
        // A sixth and 0.1 twice, a half and −0.7, which is below 0, once, and five sixths and 0.05 five times.
        Assert.Equal(((2 * ((1 / 6.0) + 0.1)) + (5 * ((5 / 6.0) + 0.05))) / 8, mean, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Beyond_its_bounds_a_scale_only_leads_back(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach (float scale in (float[])[-30, 30])
        {
            using var run = new ByteRun(device, [0, 0, 0, 0, 0, 0, scale, scale, scale]);
            float bounded = (scale < 0 ? LogisticMixture.LeastLogScale : LogisticMixture.MostLogScale) - LogisticMixture.StartLogScale;
            using var bound = new ByteRun(device, [0, 0, 0, 0, 0, 0, bounded, bounded, bounded]);
            Assert.All(run.Loss, (loss, k) => Assert.Equal(bound.Loss[k], loss, 1e-4 * (1 + loss)));
            for (int component = 0; component < Components; component++)
                Assert.All(run.Gradient(6 + component), slope => Assert.True(slope == 0 || Math.Sign(slope) == Math.Sign(scale)));
        }
    }

    /// <summary>Every byte, a row each, under the same parameters.</summary>
    private sealed class ByteRun : IDisposable
    {
        private readonly IDevice _device;
        private readonly CaseWorkspace _workspace;
        private readonly View<float> _target;
        private readonly View<float> _loss;
        private readonly View<float> _outputs;
        private readonly float[] _parameters;

        public ByteRun(IDevice device, float[] parameters)
        {
            (_device, _parameters) = (device, parameters);
            _workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
            _target = _workspace.Source(Bytes, 1, [.. Enumerable.Range(0, Bytes).Select(k => k / 255f)]);
            _loss = _workspace.Destination("loss", 1, Bytes, Tolerance.Exact);
            _outputs = _workspace.Destination(
                "outputs", Bytes, parameters.Length, Tolerance.Exact, [.. Enumerable.Range(0, Bytes).SelectMany(_ => parameters)]);
            Run();
        }

        public double[] Loss => Read(_loss);

        public double[] Gradient(int parameter) => [.. Read(_outputs).Where((_, i) => i % _parameters.Length == parameter)];

        /// <summary>Runs again elsewhere, in double precision; the reference device only.</summary>
        public void Move(int parameter, double distance)
        {
            ReferenceDevice.Write(
                [.. Enumerable.Range(0, Bytes * _parameters.Length).Select(i => _parameters[i % _parameters.Length] + (i % _parameters.Length == parameter ? distance : 0.0))],
                _outputs);
            Run();
        }

        public void Dispose() => _workspace.Dispose();

        private void Run() => _device.Run(new LogisticMixture(_target, Components, 1, 1, _loss, _outputs));

        private double[] Read(View<float> view) => _device is ReferenceDevice
            ? ReferenceDevice.Read(view)
            : Array.ConvertAll(_device.Read(view), value => (double)value);
    }
}
