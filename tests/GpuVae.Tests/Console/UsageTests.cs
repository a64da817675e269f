using Xunit;

namespace GpuVae.Tests.CommandLine;

public sealed class UsageTests
{
    [Theory]
    [InlineData("trian", "trian: no such verb; did you mean train?")]
    [InlineData("train --latnt 5", "--latnt: no such option; did you mean --latent?")]
    [InlineData("generate --cuont 5", "--cuont: no such option; did you mean --count?")]
    [InlineData("gen", "gen: no such verb; did you mean generate?")]
    [InlineData("generate --cnt 5", "--cnt: no such option; did you mean --count?")]
    [InlineData("generate --count abc", "--count abc: not a whole number such as 10")]
    [InlineData("generate --count 99999999999", "--count 99999999999: not a whole number from 0 to 2147483647")]
    [InlineData("denoise run a.png --otu b.png", "--otu: no such option")]
    [InlineData("train --batch-size 32", "--batch-size: no such option; did you mean --batch?")]
    [InlineData("train --lr 1e-3", "--lr: no such option; did you mean --learning-rate?")]
    [InlineData("train --latent-dim 8", "--latent-dim: no such option; did you mean --latent?")]
    [InlineData("train --Epochs 8", "--Epochs: no such option; did you mean --epochs?")]
    [InlineData("train --preset VAE", "--preset VAE: unknown; did you mean vae? choose from vae, ae")]
    [InlineData("train --likelihood bernouli", "--likelihood bernouli: unknown; did you mean bernoulli? choose from ")]
    [InlineData("train tiny", "tiny: not an option")]
    [InlineData("--latent 5", "--latent: belongs to a verb; type gpuvae train --latent 5")]
    [InlineData("train --latent", "--latent: a value is missing")]
    [InlineData("train --out --epochs 3", "--out: a value is missing")]
    [InlineData("train --latent 4 --latent 5", "--latent: given more than once, with 4 and 5")]
    [InlineData("train --latent abc", "--latent abc: not a whole number")]
    [InlineData("train --latent 99999999999", "--latent 99999999999: not a whole number")]
    [InlineData("train --latent 0", "--latent 0: ")]
    [InlineData("train --latent -3", "--latent -3: ")]
    [InlineData("train --hidden 400,,20", "--hidden 400,,20: not a list")]
    [InlineData("train --hidden 400,0", "--hidden 0: ")]
    [InlineData("train --network conv", "--network: layer 1, \"conv\": a number is missing")]
    [InlineData("train --hidden 20 --network dense\u00A05", "--hidden, --network: both say what the encoder's layers are")]
    [InlineData("train --decoder up\u00A05", "--decoder: layer 1, \"up 5\": a number is missing")]
    [InlineData("train --net x", "--net: no such option; did you mean --network?")]
    [InlineData("train conv-vae", "conv-vae: a preset is the value of an option: --preset conv-vae")]
    [InlineData("train --network conv 32 3/2,", "32: a network with blanks is one value in quotes: --network 'conv 32 3/2,'")]
    [InlineData("train --network 512", "--network: layer 1, \"512\": no layer begins so; write dense 512")]
    [InlineData("model runs/a --latent 5", "--latent: belongs to a network that is to be, and runs/a has one")]
    [InlineData("model --network cnov", "--network: layer 1, \"cnov\": unknown; did you mean conv?")]
    [InlineData("train --batch 0", "--batch 0: ")]
    [InlineData("train --epochs 0", "--epochs 0: ")]
    [InlineData("train --limit 0", "--limit 0: ")]
    [InlineData("train --seed -1", "--seed -1: not a whole number")]
    [InlineData("train --learning-rate -1e-3", "--learning-rate -0.001: ")]
    [InlineData("train --learning-rate NaN", "--learning-rate NaN: ")]
    [InlineData("train --learning-rate 0,001", "--learning-rate 0,001: not a number")]
    [InlineData("train --beta NaN", "--beta NaN: ")]
    [InlineData("train --beta -1", "--beta -1: ")]
    [InlineData("train --samples 0", "--samples 0: ")]
    [InlineData("train --preset ae --samples 5", "--samples 5: ")]
    [InlineData("train --divergence often", "--divergence often: unknown; choose from exact, sampled")]
    [InlineData("train --divergence sampled --objective iwae", "--divergence sampled: --objective iwae ")]
    [InlineData("train --divergence sampled --warm-up 2", "--divergence sampled: --warm-up and --free-bits ")]
    [InlineData("train --divergence sampled --free-bits 1", "--divergence sampled: --warm-up and --free-bits ")]
    [InlineData("train --divergence sampled --code point", "--objective elbo: the code has no KL term; ")]
    [InlineData("train --warm-up -2", "--warm-up -2: ")]
    [InlineData("train --free-bits no", "--free-bits no: not a number")]
    [InlineData("train --code binary", "--objective elbo: ")]
    [InlineData("train --objective iwae --free-bits 1", "--beta, --warm-up, --free-bits: ")]
    [InlineData("train --preset gan", "--preset gan: ")]
    [InlineData("train --likelihood poisson", "--likelihood poisson: ")]
    [InlineData("train --activation sine", "--activation sine: ")]
    [InlineData("train --sigma wide", "--sigma wide: not a number")]
    [InlineData("train --sigma learned", "--sigma: --likelihood bernoulli has no scale")]
    [InlineData("train --likelihood logistic --binarize dynamic", "--binarize dynamic: --likelihood logistic is a probability of bytes, ")]
    [InlineData("train --likelihood beta-binomial --sigma 0.1", "--sigma: --likelihood beta-binomial has no scale")]
    [InlineData("train --likelihood beta-binomial --binarize threshold", "--binarize threshold: --likelihood beta-binomial is a probability of bytes, ")]
    [InlineData("train --likelihood logistic-mixture --output-bias pixel-mean", "--output-bias pixel-mean: --likelihood logistic-mixture has no output that is the mean; leave it out")]
    [InlineData("train --likelihood logistic-mixture --sigma 0.1", "--sigma: --likelihood logistic-mixture has no scale")]
    [InlineData("train --likelihood beta-binomial --ssim 0.5", "--ssim 0.5: needs the gradient of a picture, which --likelihood beta-binomial does not know; take another")]
    [InlineData("train --corruption masking --noise 2", "--noise 2: ")]
    [InlineData("train --rate-steps 5", "--rate-steps 5: not a list of EPOCH:RATE")]
    [InlineData("train --rate-steps 5:1e-4", "--schedule steps, --rate-steps: ")]
    [InlineData("train --schedule steps --rate-steps 5:0", "--rate-steps 0: ")]
    [InlineData("train --code point --objective elbo", "--objective elbo")]
    public void A_mistake_is_one_line_that_names_it_and_leaves_nothing_behind(string line, string said)
    {
        using var workplace = new Workplace();
        string[] before = workplace.Snapshot();
        Outcome outcome = Runner.Run(workplace.Folder, line.Split(' '));
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith($"gpuvae: {said}", outcome.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, workplace.Snapshot());
    }
}
