using GpuVae.Models;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class RegistryTests
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
        Assert.All(Registry.Presets.Names, name =>
        {
            var preset = RunConfiguration.FromPreset(name);
            Assert.Equal(name, preset.Preset);
            Assert.Contains(preset.Corruption, Registry.Corruptions.Names);
            Assert.Contains(preset.Likelihood, Registry.Likelihoods.Names);
            SettingRules.RequireDivergence(
                Registry.Objectives.Find(preset.Objective)(new ObjectiveSettings()),
                Registry.Codes.Find(preset.Code)(new CodeSettings(preset.Latent)));
            preset.Validate();
        });
        Assert.Equivalent(
            new RunConfiguration { Preset = "hash", Code = "binary", Objective = "reconstruction", Hidden = [512], Latent = 64, LearningRate = 2e-3 },
            RunConfiguration.FromPreset("hash"), strict: true);
    }

    [Fact]
    public void Codes_have_the_units_asked_for_and_a_posterior_measures_its_divergence()
    {
        Assert.All(Registry.Codes, entry =>
        {
            ICode code = entry.Value(new CodeSettings(3));
            Assert.Equal(3, code.Units);
            Assert.Equal(code is IPosteriorCode, code.Terms.Contains(LossTerm.Divergence));
        });
    }

    [Fact]
    public void Unknown_name_is_answered_with_the_known_ones()
    {
        UserException exception = Assert.Throws<UserException>(() => Registry.Layers.Find("swish"));
        Assert.StartsWith(
            "--activation swish: unknown; choose from relu, tanh, sigmoid", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_stay_in_the_order_in_which_they_were_added()
    {
        var table = new RegistryTable<int>("--code") { { "zero", 0, "none" }, { "a.b-C_9", 9, "some" } };
        RegistryEntry<int>[] before = [.. table];
        table.Add("three", 3, "more");
        Assert.Equal(["zero", "a.b-C_9", "three"], table.Names);
        Assert.Equal(["zero = none", "a.b-C_9 = some", "three = more"], table.Explanations);
        Assert.Equal((3, 3, 9), (table.Count, table.Find("three"), table.Find("a.b-C_9")));
        Assert.Equal(2, before.Length);
    }

    [Theory]
    [InlineData("point", "again", "--code point: there already")]
    [InlineData("Point", "again in another case", "--code Point: there already")]
    [InlineData("", "a summary", "")]
    [InlineData("-a", "a summary", "\"-a\": a value of --code has")]
    [InlineData("a b", "a summary", "\"a b\": a value of --code has")]
    [InlineData("a,b", "a summary", "\"a,b\": a value of --code has")]
    [InlineData("a|b", "a summary", "\"a|b\": a value of --code has")]
    [InlineData("ä", "a summary", "\"ä\": a value of --code has")]
    [InlineData("new", " ", "")]
    [InlineData("new", "two\nlines", "\"two\\nlines\": a summary is one line")]
    public void What_could_not_be_typed_or_says_nothing_is_not_added(string name, string summary, string start)
    {
        var table = new RegistryTable<int>("--code") { { "point", 0, "the code itself" } };
        ArgumentException exception = Assert.ThrowsAny<ArgumentException>(() => table.Add(name, 1, summary));
        Assert.StartsWith(start, exception.Message, StringComparison.Ordinal);
        Assert.Equal(["point"], table.Names);
    }

    [Fact]
    public void No_name_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentNullException>(() => Registry.Codes.Find(null!));
        Assert.Throws<ArgumentNullException>(() => Registry.Codes.Require(null!));
    }

    [Fact]
    public void Threads_that_add_and_read_at_once_lose_nothing()
    {
        const int Threads = 4, Each = 50;
        var table = new RegistryTable<int>("--code");
        Parallel.For(0, Threads, thread =>
        {
            for (int i = 0; i < Each; i++)
            {
                table.Add($"{thread}-{i}", i, "a number");
                Assert.Equal(i, table.Find($"{thread}-{i}"));
                Assert.All(table, entry => Assert.Equal(table.Find(entry.Name), entry.Value));
            }
        });
        Assert.Equal(Threads * Each, table.Names.Distinct().Count());
    }
}
