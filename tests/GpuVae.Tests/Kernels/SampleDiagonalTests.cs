using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

[Collection(nameof(TestDevices))]
public sealed class SampleDiagonalTests(TestDevices devices)
{
    private static readonly RandomSource _noise = new(3, RandomPurpose.TrainingCode);

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Samples_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(SampleGaussian));

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Gradients_agree_with_the_reference(string device) =>
        OperationChecks.Check(devices.Open(device), nameof(SampleGaussianGradient));

    [Fact]
    public void Reference_has_the_divergence_and_the_sample_of_the_formula()
    {
        using var reference = new ReferenceDevice();
        using var code = new Code(reference, rows: 2, units: 2);
        // μ = (1, −2), σ = (1, ½); μ = 0, σ = 1.
        ReferenceDevice.Write([1, -2, 0, -2 * Math.Log(2), 0, 0, 0, 0], code.Posterior);
        code.Sample(globalStep: 7);
        double[] epsilon = ReferenceDevice.Read(code.Epsilon), z = ReferenceDevice.Read(code.Z);
        Assert.Equal([1 + epsilon[0], -2 + (epsilon[1] / 2), epsilon[2], epsilon[3]], z);
        double[] divergence = ReferenceDevice.Read(code.Divergence);
        Assert.Equal(0.5 * (1 + 4 + 0.25 - 1 + (2 * Math.Log(2))), divergence[0], 1e-14);
        Assert.Equal(0, divergence[1]);

        var normals = new float[4];
        Philox.FillNormal(_noise, 7, normals);
        Assert.All(epsilon.Zip(normals), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Gradient_is_the_slope_of_the_objective()
    {
        const double Step = 1e-5;
        const float Scale = 0.25f, Beta = 1.5f;
        using var reference = new ReferenceDevice();
        using var code = new Code(reference, rows: 4, units: 3);
        double[] posterior = ReferenceDevice.Read(code.Posterior), outer = ReferenceDevice.Read(code.ZGradient);
        // Below its limit a log-variance has no effect, and so no gradient.
        posterior[5] = posterior[23] = -GaussianCode.LogVarianceLimit - 5;
        ReferenceDevice.Write(posterior, code.Posterior);
        code.Sample(globalStep: 1);
        code.Differentiate(Scale, Beta);
        double[] gradient = ReferenceDevice.Read(code.PosteriorGradient);
        Assert.Equal(0, gradient[5]);
        for (int i = 0; i < posterior.Length; i++)
        {
            double Objective(double change)
            {
                double[] changed = [.. posterior];
                changed[i] += change;
                ReferenceDevice.Write(changed, code.Posterior);
                code.Sample(globalStep: 1);
                double reconstruction = ReferenceDevice.Read(code.Z).Zip(outer, (z, g) => z * g).Sum();
                return reconstruction + (Scale * Beta * ReferenceDevice.Read(code.Divergence).Sum());
            }

            double slope = (Objective(Step) - Objective(-Step)) / (2 * Step);
            Assert.Equal(slope, gradient[i], 1e-8 * (1 + Math.Abs(slope)));
        }
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Log_variance_is_clamped_and_then_has_no_gradient(string name)
    {
        IDevice device = devices.Open(name);
        using var code = new Code(device, rows: 4, units: 1);
        device.Upload([0f, 25, 0, 20, 0, -25, 0, 1e30f], code.Posterior);
        code.Sample(globalStep: 1);
        float[] divergence = device.Read(code.Divergence);
        double atLimit = 0.5 * (Math.Exp(20) - 21);
        Assert.All((int[])[0, 1, 3], row => Assert.Equal(1, divergence[row] / atLimit, 4e-6));
        Assert.Equal(9.5, divergence[2], 1e-5);
        code.Differentiate(0.25f, 1);
        float[] gradient = device.Read(code.PosteriorGradient);
        Assert.Equal([0, 0, 0], (float[])[gradient[1], gradient[5], gradient[7]]);
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Log_variance_at_its_limit_is_not_clamped(string name)
    {
        IDevice device = devices.Open(name);
        using var code = new Code(device, rows: 2, units: 1);
        device.Upload([0f, GaussianCode.LogVarianceLimit, 0, -GaussianCode.LogVarianceLimit], code.Posterior);
        code.Differentiate(0.25f, 1);
        float[] gradient = device.Read(code.PosteriorGradient);
        Assert.True(gradient[1] != 0 && gradient[3] != 0, string.Join(' ', gradient));
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Posterior_that_is_not_a_number_shows_in_the_divergence(string name)
    {
        IDevice device = devices.Open(name);
        using var code = new Code(device, rows: 3, units: 1);
        device.Upload([float.NaN, 0, 0, float.NaN, 0, 0], code.Posterior);
        code.Sample(globalStep: 1);
        float[] divergence = device.Read(code.Divergence);
        Assert.Equal([float.NaN, float.NaN, 0], divergence);
    }

    [Theory]
    [MemberData(nameof(TestDevices.Names), MemberType = typeof(TestDevices))]
    public void Noise_depends_on_seed_purpose_global_step_and_element_alone(string name)
    {
        IDevice device = devices.Open(name);
        float[] Draw(int rows, int globalStep, RandomSource noise, int stepInEpoch = 0)
        {
            using var code = new Code(device, rows, units: 7);
            code.Sample(globalStep, noise, stepInEpoch);
            return device.Read(code.Epsilon);
        }

        float[] noise = Draw(33, 9, _noise);
        foreach (int rows in (int[])[1, 2, 17, 32])
            Assert.Equal(noise[..(rows * 7)], Draw(rows, 9, _noise));
        Assert.Equal(noise, Draw(33, 9, _noise, stepInEpoch: 4));
        Assert.NotEqual(noise, Draw(33, 10, _noise));
        Assert.NotEqual(noise, Draw(33, 9, _noise with { Seed = 4 }));
        Assert.NotEqual(noise, Draw(33, 9, _noise with { Purpose = RandomPurpose.EvaluationCode }));
    }

    /// <summary>The views of a code (B, k), all of them random at first.</summary>
    private sealed class Code : IDisposable
    {
        private readonly IDevice _device;
        private readonly CaseWorkspace _workspace;

        public Code(IDevice device, int rows, int units)
        {
            (_device, _workspace) = (device, new CaseWorkspace(device, 2, ViewPlacement.Odd));
            Posterior = Random(rows, 2 * units);
            ZGradient = Random(rows, units);
            Epsilon = Random(rows, units);
            Z = Random(rows, units);
            Divergence = Random(1, rows);
            PosteriorGradient = Random(rows, 2 * units);
        }

        public View<float> Posterior { get; }

        public View<float> ZGradient { get; }

        public View<float> Epsilon { get; }

        public View<float> Z { get; }

        public View<float> Divergence { get; }

        public View<float> PosteriorGradient { get; }

        public void Sample(int globalStep, RandomSource? noise = null, int stepInEpoch = 0) =>
            _device.Run(new SampleGaussian(
                Covariance.Diagonal, Posterior, _workspace.Source(1, Counter.Count, [stepInEpoch, globalStep]),
                noise ?? _noise,
                Epsilon, Z, Divergence));

        /// <summary>β stands in row 1 of the schedule.</summary>
        public void Differentiate(float scale, float beta) =>
            _device.Run(new SampleGaussianGradient(
                Covariance.Diagonal, Posterior, Epsilon, ZGradient,
                _workspace.Source(2, Schedule.Columns, [9f, 9, 9, 9, 9, 9, beta, 9]),
                _workspace.Source(1, Counter.Count, [1, 9]), scale, default, PosteriorGradient));

        public void Dispose() => _workspace.Dispose();

        private View<float> Random(int rows, int columns) =>
            _workspace.Destination(
                "", rows, columns, Tolerance.Exact, _workspace.Random(rows * columns, u => (4 * u) - 2));
    }
}
