using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Outside.Tests;

/// <summary>Choices of a program that make nothing, or fail.</summary>
public sealed class FailingChoicesTests
{
    static FailingChoicesTests()
    {
        Registry.Codes.Add("none-made", _ => null!, "for tests: makes nothing");
        Registry.Codes.Add("failing", _ => throw new InvalidOperationException("no luck"), "for tests: fails");
        Registry.Likelihoods.Add("none-made", new(false, _ => null!), "for tests: makes nothing");
        Registry.Objectives.Add("none-made", _ => null!, "for tests: makes nothing");
        Registry.Layers.Add("none-made", () => null!, "for tests: makes nothing");
        Registry.Corruptions.Add("none-made", new(0, _ => null!), "for tests: makes nothing");
        Registry.Presets.Add("none-made", _ => null!, "for tests: makes nothing");
    }

    public static TheoryData<string> Options =>
        ["--code", "--likelihood", "--objective", "--activation", "--corruption", "--preset"];

    [Theory]
    [MemberData(nameof(Options))]
    public void A_choice_that_makes_nothing_is_named(string option)
    {
        const string Name = "none-made";
        var defaults = new RunConfiguration();
        Action use = option switch
        {
            "--code" => () => Build(defaults with { Code = Name }),
            "--likelihood" => () => Build(defaults with { Likelihood = Name }),
            "--objective" => () => Build(defaults with { Objective = Name }),
            "--activation" => () => Build(defaults with { Activation = Name }),
            "--corruption" => () => Build(defaults with { Corruption = Name }),
            _ => () => RunConfiguration.FromPreset(Name),
        };
        string message = Assert.Throws<UserException>(use).Message;
        Assert.StartsWith($"{option} {Name}: what the registry makes of it is null; ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_choice_that_fails_is_named_with_its_failure()
    {
        RunConfiguration run = new() { Code = "failing" };
        UserException exception = Assert.Throws<UserException>(run.Validate);
        Assert.StartsWith(
            "--code failing: what the registry makes of it failed with InvalidOperationException: no luck; ", exception.Message,
            StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(exception.InnerException);
    }

    private static void Build(RunConfiguration configuration)
    {
        using IDevice device = Device.Open("cpu");
        using Autoencoder model = ModelBuilder.Build(configuration, device, Shape.Vector(4), capacity: 2);
    }
}
