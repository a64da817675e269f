using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <content>Where parameters start, how each step moves them, and how often the run is looked at.</content>
public sealed partial record RunConfiguration
{
    /// <summary>How parameters are drawn before the first step: a key of <see cref="Choices.Initializers"/>.</summary>
    public string Initializer { get; init; } = "torch";

    /// <summary>Where the decoder's last bias starts: a key of <see cref="Choices.OutputBiases"/>.</summary>
    public string OutputBias { get; init; } = "drawn";

    /// <summary>How α changes as training goes on: a key of <see cref="LearningRateSchedules.All"/>.</summary>
    public string Schedule { get; init; } = "constant";

    /// <summary>For the schedule <c>steps</c>: α from some epochs on, in their order.</summary>
    public RateStep[] RateSteps { get; init; } = [];

    /// <summary>For the schedule <c>cosine</c>: α at the end.</summary>
    public double FinalLearningRate { get; init; }

    /// <summary>Adam's β₁, the decay of the mean gradient.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>Adam's β₂, the decay of the mean squared gradient.</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>Adam's ε, added to the root of the mean squared gradient.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>λ of decoupled weight decay (AdamW), on weights but not on biases; 0 for none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The largest norm of the gradient of all parameters together; 0 for any.</summary>
    public double ClipNorm { get; init; }

    /// <summary>
    /// The run is measured, saved and drawn after each so many epochs, and at its end: 1 for every epoch.
    /// </summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>Whether the run is measured after an epoch, from 1.</summary>
    internal bool Measures(int epoch) => epoch == Epochs || MeasuresRegularly(epoch);

    /// <summary>Whether it would be even if that were not the last.</summary>
    internal bool MeasuresRegularly(int epoch) => epoch % EvaluateEvery == 0;

    /// <summary>What a step needs to know of this.</summary>
    internal TrainerSettings TrainerSettings => new(Batch, LearningRate, Seed)
    {
        Adam = new AdamSettings((float)AdamBeta1, (float)AdamBeta2, (float)AdamEpsilon),
        Schedule = Choices.Find("--schedule", Schedule, LearningRateSchedules.All)(this),
        WeightDecay = WeightDecay,
        ClipNorm = ClipNorm,
        Encoding = Choices.Find("--binarize", Binarize, Choices.Encodings),
    };

    private void ValidateOptimization()
    {
        Choices.Find("--initializer", Initializer, Choices.Initializers);
        Choices.Find("--output-bias", OutputBias, Choices.OutputBiases);
        Choices.Find("--schedule", Schedule, LearningRateSchedules.All);
        RequirePositive("--evaluate-every", EvaluateEvery, "the run is measured after at least 1 epoch");
        RequireDecay("--adam-beta1", AdamBeta1);
        RequireDecay("--adam-beta2", AdamBeta2);
        if (!double.IsFinite(AdamEpsilon) || (float)AdamEpsilon <= 0)
            throw Refuse("--adam-epsilon", AdamEpsilon, "must be a finite number above 0, such as 1e-8");
        if (!double.IsFinite(FinalLearningRate) || FinalLearningRate < 0)
            throw Refuse("--final-learning-rate", FinalLearningRate, "must be a finite number, 0 or above");
        if (!(WeightDecay >= 0 && WeightDecay * LearningRate < 1))
            throw Refuse("--weight-decay", WeightDecay, "must be 0 or above, and below 1 divided by the learning rate");
        if (!double.IsFinite(ClipNorm) || ClipNorm < 0)
            throw Refuse("--clip-norm", ClipNorm, "must be a finite number, 0 or above; 0 clips nothing");
        int previous = 0;
        foreach (RateStep step in RateSteps)
        {
            if (step.Epoch <= previous)
                throw Refuse("--rate-steps", step.Epoch, "epochs start at 1 and grow from one step to the next");
            if (!double.IsFinite(step.Rate) || step.Rate <= 0)
                throw Refuse("--rate-steps", step.Rate, "a learning rate must be a finite number above 0");
            previous = step.Epoch;
        }
        if (RateSteps.Length > 0 != (Schedule == "steps"))
        {
            throw new UserException(
                "--schedule steps, --rate-steps: one needs the other, as in --schedule steps --rate-steps 5:5e-4,9:1e-4");
        }
    }

    // Above this, 1 − β is nothing in float32 and Adam would never move.
    private static void RequireDecay(string option, double value)
    {
        if (!(value >= 0 && (float)value < 1))
            throw Refuse(option, value, "must be 0 or above and below 1, such as 0.9");
    }
}
