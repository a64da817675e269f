using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Training;

namespace GpuVae.Papers;

/// <summary>A setting that has been trained, ready to be measured.</summary>
/// <param name="Backend">Where.</param>
/// <param name="Folder">Its run folder.</param>
/// <param name="Data">What it was trained with, and what to measure by.</param>
/// <param name="Configuration">What was trained.</param>
/// <param name="Result">What training came to.</param>
/// <param name="Choices">What was chosen.</param>
/// <param name="TestLimit">Measure on the first so many test images where that takes long; null for all.</param>
/// <param name="Progress">Is told how many images a long measurement has done.</param>
public sealed record TrainedSetting(
    IDevice Backend, string Folder, Dataset Data, RunConfiguration Configuration, RunResult Result,
    SettingChoices Choices, int? TestLimit, Action<int>? Progress)
{
    /// <summary>The test images that a long measurement takes.</summary>
    public ImageSet Test => TestLimit is int limit ? Data.Test.Take(limit) : Data.Test;

    /// <summary>The model as its checkpoint has it.</summary>
    /// <param name="draws">Most draws of a batch's codes; 0 for one of each image.</param>
    public TrainedModel Open(int draws = 0) =>
        TrainedModel.Open(Folder, Backend, TrainedModel.EvaluationBatch, draws);
}
