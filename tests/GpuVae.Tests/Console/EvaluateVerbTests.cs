using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>What <c>gpuvae evaluate</c> says of its numbers.</summary>
public sealed class EvaluateVerbTests
{
    /// <summary>A point code is not drawn, and neither are its pictures.</summary>
    [Theory]
    [InlineData("ae", "of reconstructions; its term is in no other number here")]
    [InlineData("vae", "of drawn codes; its term is in no other number here")]
    public void Similarity_is_of_what_the_code_gives(string preset, string said)
    {
        using var workplace = new Workplace();
        Outcome trained = Runner.Run(
            workplace.Folder, "train", "--data", "tiny", "--preset", preset, "--ssim", "1", "--epochs", "1", "--hidden", "8",
            "--latent", "2", "--device", "cpu", "--out", "run");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        Outcome evaluated = Runner.Run(workplace.Folder, "evaluate", "run", "--device", "cpu");
        Assert.Equal(0, evaluated.ExitCode);
        Assert.Matches($@"(?m)^SSIM +-?[01]\.[0-9]{{4}} +{said}$", evaluated.Output);
    }

    /// <summary>The variance of one image's code is 0, whatever the model has learned.</summary>
    [Fact]
    public void One_image_is_no_collapse()
    {
        using var workplace = new Workplace();
        Outcome trained = Runner.Run(
            workplace.Folder, "train", "--data", "tiny", "--likelihood", "beta-binomial", "--epochs", "1", "--hidden", "8", "--latent", "2", "--device",
            "cpu", "--out", "run");
        Assert.Equal((0, ""), (trained.ExitCode, trained.Error));
        Outcome evaluated = Runner.Run(workplace.Folder, "evaluate", "run", "--limit", "1", "--device", "cpu");
        Assert.Equal((0, ""), (evaluated.ExitCode, evaluated.Error));
        Assert.StartsWith("run on 1 test image of tiny\n", evaluated.Output, StringComparison.Ordinal);
        Assert.Matches("(?m)^  compressed +[0-9.]+  [0-9]+ bytes for 1 image by gpuvae compress, [0-9.]+ times its −ELBO$", evaluated.Output);
    }
}
