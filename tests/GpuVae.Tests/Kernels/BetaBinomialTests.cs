using GpuVae.Cases;
using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Kernels;

/// <summary>Beta-binomial probabilities of bytes: that they are such, their slopes, and what is left of small losses.</summary>
[Collection(nameof(TestDevices))]
public sealed class BetaBinomialTests(TestDevices devices)
{
    private const int Bytes = 256;

    private static readonly float[] _logits = [-14, -6, -1.5f, 0, 0.3f, 4, 11];

    private static readonly float[] _concentrations = [-6.5f, -2, 0, 1.25f, 3, 6.5f];

    public static TheoryData<string> Names => [.. SmallModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Probabilities_of_all_bytes_add_up_to_one(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach (float logit in _logits)
        {
            foreach (float concentration in _concentrations)
            {
                using var run = new ByteRun(device, logit, concentration);
                double sum = run.Loss.Sum(loss => Math.Exp(-loss));
                Assert.True(Math.Abs(sum - 1) <= 1e-3, $"{name}, ℓ = {logit}, s = {concentration}: {sum}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Two_at_half_is_uniform_and_a_large_concentration_nearly_binomial(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        // α = β = 1 is the uniform distribution.
        using var uniform = new ByteRun(device, 0, MathF.Log(2));
        Assert.All(uniform.Loss, loss => Assert.Equal(Math.Log(Bytes), loss, 2e-4));
        using var narrow = new ByteRun(device, 0, 7);
        double variance = narrow.Loss.Select((loss, k) => Math.Exp(-loss) * (k - 127.5) * (k - 127.5)).Sum(), c = Math.Exp(7);
        Assert.Equal(255 / 4.0 * (255 + c) / (1 + c), variance, 1e-3 * variance);
    }

    /// <summary>A black pixel that is expected costs α (ψ(255 + eˢ) − ψ(eˢ)), 10⁻⁷ of what log Γ is there.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Small_loss_keeps_its_digits(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach (float logit in (float[])[-12, 12])
        {
            using var run = new ByteRun(device, logit, 1);
            using var reference = new ByteRun(new ReferenceDevice(), logit, 1);
            int k = logit < 0 ? 0 : 255;
            Assert.InRange(reference.Loss[k], 1e-6, 1e-4);
            Assert.Equal(reference.Loss[k], run.Loss[k], 1e-6);
        }
    }

    [Fact]
    public void Gradients_of_the_reference_are_the_finite_differences_of_the_loss()
    {
        const double Step = 1e-5;
        var device = new ReferenceDevice();
        foreach (float logit in _logits)
        {
            foreach (float concentration in _concentrations)
            {
                using ByteRun run = new(device, logit, concentration), up = new(device, logit, concentration);
                using var down = new ByteRun(device, logit, concentration);
                up.Move(Step, 0);
                down.Move(-Step, 0);
                Compare("ℓ", run.ByLogit);
                up.Move(0, Step);
                down.Move(0, -Step);
                Compare("s", run.ByConcentration);

                void Compare(string by, double[] gradient)
                {
                    (double[] at, double[] above, double[] below) = (run.Loss, up.Loss, down.Loss);
                    for (int k = 0; k < Bytes; k++)
                    {
                        double slope = (above[k] - below[k]) / (2 * Step);
                        Assert.True(
                            Math.Abs(slope - gradient[k]) <= 3e-7 * (1 + at[k]),
                            $"ℓ = {logit}, s = {concentration}, byte {k}, by {by}: {gradient[k]}, by finite differences {slope}");
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Beyond_its_bounds_a_gradient_only_leads_back(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        foreach ((float logit, float concentration) in ((float, float)[])[(20, 9), (-20, -9), (100, 0), (0, 100)])
        {
            using var run = new ByteRun(device, logit, concentration);
            using var bound = new ByteRun(device, Math.Clamp(logit, -15, 15), Math.Clamp(concentration, -7, 7));
            Assert.Equal(bound.Loss, run.Loss);
            for (int k = 0; k < Bytes; k++)
            {
                Assert.True(Math.Abs(logit) <= 15 || run.ByLogit[k] == 0 || Math.Sign(run.ByLogit[k]) == Math.Sign(logit));
                Assert.True(
                    Math.Abs(concentration) <= 7 || run.ByConcentration[k] == 0
                    || Math.Sign(run.ByConcentration[k]) == Math.Sign(concentration));
            }
            // A byte at the wrong end pulls.
            if (Math.Abs(logit) > 15)
                Assert.NotEqual(0, run.ByLogit[logit > 0 ? 0 : 255]);
        }
    }

    /// <summary>Every byte, a row each, under one ℓ and one s.</summary>
    private sealed class ByteRun : IDisposable
    {
        private readonly IDevice _device;
        private readonly CaseWorkspace _workspace;
        private readonly View<float> _target;
        private readonly View<float> _choices;
        private readonly View<float> _loss;
        private readonly View<float> _outputs;
        private readonly float _logit;
        private readonly float _concentration;

        public ByteRun(IDevice device, float logit, float concentration)
        {
            _device = device;
            (_logit, _concentration) = (logit, concentration);
            _workspace = new CaseWorkspace(device, 1, ViewPlacement.Odd);
            _target = _workspace.Source(Bytes, 1, [.. Enumerable.Range(0, Bytes).Select(k => k / 255f)]);
            _choices = _workspace.Source(1, Bytes, BetaBinomial.MakeLogChoices());
            _loss = _workspace.Destination("loss", 1, Bytes, Tolerance.Exact);
            _outputs = _workspace.Destination(
                "outputs", Bytes, 2, Tolerance.Exact,
                [.. Enumerable.Range(0, 2 * Bytes).Select(i => i % 2 == 0 ? logit : concentration)]);
            Run();
        }

        public double[] Loss => Read(_loss);

        public double[] ByLogit => [.. Read(_outputs).Where((_, i) => i % 2 == 0)];

        public double[] ByConcentration => [.. Read(_outputs).Where((_, i) => i % 2 == 1)];

        /// <summary>Runs again elsewhere, in double precision; the reference device only.</summary>
        public void Move(double logit, double concentration)
        {
            ReferenceDevice.Write(
                [.. Enumerable.Range(0, 2 * Bytes).Select(i => i % 2 == 0 ? _logit + logit : _concentration + concentration)], _outputs);
            Run();
        }

        public void Dispose() => _workspace.Dispose();

        private void Run() => _device.Run(new BetaBinomial(_target, _choices, 1, 1, _loss, _outputs));

        private double[] Read(View<float> view) => _device is ReferenceDevice
            ? ReferenceDevice.Read(view)
            : Array.ConvertAll(_device.Read(view), value => (double)value);
    }
}
