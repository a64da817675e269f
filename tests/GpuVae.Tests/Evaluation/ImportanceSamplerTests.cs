using GpuVae.Cases.Reference;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Models;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests.Evaluation;

/// <summary>
/// A linear decoder with gaussian noise has a likelihood in closed form: p(x) = N(x; b, WWᵀ + I), z having been summed
/// out. The estimate has to find it.
/// </summary>
public sealed class ImportanceSamplerTests(TestDevices devices) : IClassFixture<TestDevices>
{
    private const int D = SmallModels.Dimensions;
    private const int Units = 2;

    [Fact]
    public void With_the_true_posterior_a_single_sample_is_exact()
    {
        using var device = new ReferenceDevice();
        using Linear linear = new(device, isTrue: true);
        ImageSet images = SmallModels.Images(7);
        ImportanceEstimate estimate = linear.Estimate(images, samples: 1);
        Assert.Equal(linear.Exact(images), estimate.NegativeLogLikelihood, 1e-4);
        Assert.Equal((1, 7), (estimate.Samples, estimate.Images));
    }

    [Theory]
    [InlineData(SmallModels.Reference)]
    [InlineData("cpu")]
    public void With_another_posterior_the_estimate_comes_down_to_the_exact_value(string name)
    {
        IDevice device = SmallModels.Open(devices, name);
        using Linear linear = new(device, isTrue: false);
        ImageSet many = SmallModels.Images(300);
        double exact = linear.Exact(many);
        double one = linear.Estimate(many, samples: 1).NegativeLogLikelihood;
        double twenty = linear.Estimate(many, samples: 20).NegativeLogLikelihood;
        Assert.True(one > twenty + 0.1 && twenty > exact, $"{one}, {twenty} for {exact}");

        ImageSet few = SmallModels.Images(5);
        Assert.Equal(linear.Exact(few), linear.Estimate(few, samples: 3001).NegativeLogLikelihood, 0.02);
    }

    [Fact]
    public void The_estimate_is_the_same_each_time_and_another_with_another_seed()
    {
        using var device = new ReferenceDevice();
        using Linear linear = new(device, isTrue: false);
        ImageSet images = SmallModels.Images(3);
        ImportanceEstimate first = linear.Estimate(images, samples: 9);
        Assert.Equal(first, linear.Estimate(images, samples: 9));
        Assert.NotEqual(first, linear.Estimate(images, samples: 9, seed: 2));
    }

    [Fact]
    public void The_standard_error_is_that_of_the_mean_over_images()
    {
        using var device = new ReferenceDevice();
        using Linear linear = new(device, isTrue: true);
        ImageSet images = SmallModels.Images(6);
        double[] exact = [.. Enumerable.Range(0, 6).Select(i => linear.Exact(images.Take([i])))];
        double mean = exact.Average();
        double error = Math.Sqrt(exact.Sum(value => (value - mean) * (value - mean)) / 5 / 6);
        Assert.Equal(error, linear.Estimate(images, samples: 2).StandardError, 1e-4);
    }

    [Fact]
    public void The_mean_of_exponentials_does_not_overflow()
    {
        Assert.Equal(Math.Log((1 + 3) / 2.0), ImportanceSampler.LogMeanExp([0, MathF.Log(3)]), 1e-7);
        Assert.Equal(-1000 + Math.Log((1 + Math.Exp(-1)) / 2), ImportanceSampler.LogMeanExp([-1000, -1001]), 1e-9);
        Assert.Equal(5000, ImportanceSampler.LogMeanExp([5000, float.NegativeInfinity]) + Math.Log(2), 1e-9);
        Assert.Equal(double.NegativeInfinity, ImportanceSampler.LogMeanExp([float.NegativeInfinity]));
    }

    /// <summary>x = Wz + b + noise, with an encoder that is the true posterior or something else.</summary>
    private sealed class Linear : IDisposable
    {
        private readonly IDevice _device;
        private readonly Autoencoder _model;
        private readonly double[,] _w = new double[D, Units];
        private readonly double[] _b = new double[D];

        public Linear(IDevice device, bool isTrue)
        {
            _device = device;
            RunConfiguration configuration = RunConfiguration.FromPreset("vae") with
            {
                Hidden = [],
                Latent = Units,
                Likelihood = "gaussian",
            };
            _model = ModelBuilder.Build(configuration, device, Shape.Vector(D), capacity: 4, draws: 32);
            _model.Parameters.Initialize(3);

            // Columns of W at right angles make the true posterior diagonal: Σ = (I + WᵀW)⁻¹, μ = ΣWᵀ(x − b).
            double[] squares = new double[Units];
            for (int i = 0; i < D; i++)
            {
                _b[i] = 0.3 + (0.01 * i);
                _w[i, 0] = i % 2 == 0 ? 0.5 : 0;
                _w[i, 1] = i % 2 == 1 ? 0.1 * i : 0;
                for (int j = 0; j < Units; j++)
                    squares[j] += _w[i, j] * _w[i, j];
            }
            Set("decoder.0.weight", [.. _w.Cast<double>()]);
            Set("decoder.0.bias", _b);
            if (!isTrue)
                return;
            double[] weight = new double[2 * Units * D];
            double[] bias = new double[2 * Units];
            for (int j = 0; j < Units; j++)
            {
                for (int i = 0; i < D; i++)
                {
                    weight[(j * D) + i] = _w[i, j] / (1 + squares[j]);
                    bias[j] -= weight[(j * D) + i] * _b[i];
                }
                bias[Units + j] = -Math.Log(1 + squares[j]);
            }
            Set("encoder.0.weight", weight);
            Set("encoder.0.bias", bias);
        }

        public ImportanceEstimate Estimate(ImageSet images, int samples, ulong seed = 1)
        {
            using var sampler = new ImportanceSampler(_device, _model, PixelEncoding.Scaled, seed);
            return sampler.Estimate(images, samples);
        }

        /// <summary>
        /// −log N(x; b, WWᵀ + I), averaged: with columns of W at right angles the covariance has the eigenvalue 1 + wⱼᵀwⱼ
        /// along each of them, and 1 elsewhere.
        /// </summary>
        public double Exact(ImageSet images)
        {
            var x = new float[images.Count * D];
            images.CopyTo(0, x);
            double sum = 0;
            for (int image = 0; image < images.Count; image++)
            {
                double[] centred = [.. Enumerable.Range(0, D).Select(i => x[(image * D) + i] - _b[i])];
                double quadratic = centred.Sum(value => value * value);
                double logDeterminant = 0;
                for (int j = 0; j < Units; j++)
                {
                    double square = Enumerable.Range(0, D).Sum(i => _w[i, j] * _w[i, j]);
                    double along = Enumerable.Range(0, D).Sum(i => _w[i, j] * centred[i]);
                    quadratic -= along * along / (1 + square);
                    logDeterminant += Math.Log(1 + square);
                }
                sum += 0.5 * (quadratic + logDeterminant + (D * Math.Log(2 * Math.PI)));
            }
            return sum / images.Count;
        }

        public void Dispose() => _model.Dispose();

        private void Set(string name, double[] values) =>
            _device.Upload<float>(Array.ConvertAll(values, value => (float)value), _model.Parameters[name].Value);
    }
}
