using GpuVae.Models;
using Xunit;

namespace GpuVae.Tests.Models;

public sealed class ChoicesTests
{
    [Fact]
    public void Gaussian_likelihood_leaves_out_the_normalising_constant()
    {
        // −log of the density of N(0, 1) at its mean, for each of 784 pixels.
        Assert.Equal(784 * 0.918938533204672741780, new GaussianLikelihood().Constant(784), 9);
        Assert.Equal(0, new BernoulliLikelihood().Constant(784));
    }

    [Fact]
    public void Objectives_weigh_the_divergence()
    {
        var reconstruction = new Reconstruction();
        var bound = new EvidenceLowerBound(2.5);
        Assert.Equal((0, false), (reconstruction.DivergenceWeight(10), reconstruction.UsesPrior));
        Assert.Equal((2.5, true), (bound.DivergenceWeight(10), bound.UsesPrior));
    }

    [Fact]
    public void Presets_name_choices_that_exist_and_go_together()
    {
        Assert.All(Preset.All, preset =>
        {
            Assert.Contains(preset.Corruption, Choices.Corruptions);
            Assert.Contains(preset.Likelihood, Choices.Likelihoods);
            Choices.RequireDivergence(
                Choices.Objectives[preset.Objective](new ObjectiveSettings()), Choices.Codes[preset.Code](new CodeSettings(preset.Latent)));
        });
    }

    [Fact]
    public void Codes_have_the_units_asked_for_and_a_posterior_measures_its_divergence()
    {
        Assert.All(Choices.Codes.Values, create =>
        {
            ICode code = create(new CodeSettings(3));
            Assert.Equal(3, code.Units);
            Assert.Equal(code is IPosteriorCode, code.Terms.Contains(LossTerm.Divergence));
        });
    }

    [Fact]
    public void Unknown_name_is_answered_with_the_known_ones()
    {
        UserException exception = Assert.Throws<UserException>(
            () => Choices.Find("--activation", "swish", Choices.Activations));
        Assert.Equal("--activation swish: unknown; choose from relu, tanh", exception.Message);
    }
}
