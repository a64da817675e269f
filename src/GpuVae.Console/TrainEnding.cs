using GpuVae.Data;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>Why a run ended, and how to go on with it.</summary>
internal static class TrainEnding
{
    /// <summary>Writes why the run ended, what its numbers advise and what to type next, and gives the exit code.</summary>
    /// <param name="result">What it came to.</param>
    /// <param name="configuration">What was trained.</param>
    /// <param name="folder">Where its files are.</param>
    /// <param name="images">What it was trained on.</param>
    /// <param name="interrupted">The exit code of a run that was interrupted.</param>
    /// <param name="ranks">How many processes trained it together.</param>
    public static int Report(
        RunResult result, RunConfiguration configuration, string folder, ImageSet images, int interrupted, int ranks)
    {
        string command = ranks > 1
            ? ReportText.Text($"mpirun -n {ranks} gpuvae train --distributed mpi --resume {ShellWord.QuotePath(folder)}")
            : $"gpuvae train --resume {ShellWord.QuotePath(folder)}";
        string place = ReportText.Text($"epoch {result.Epoch}, step {result.StepInEpoch}");
        switch (result.Ending)
        {
            case RunEnding.Interrupted:
                Failure.WriteLine($"interrupted after {place}; saved in {folder}; to go on: {command}");
                return interrupted;
            case RunEnding.OutOfTime:
                WrappedText.WriteLine($"stopped after {place}, as its time was up; to go on: {command}");
                return ExitCode.Done;
            case RunEnding.NoImprovement:
                WrappedText.WriteLine(
                    (result.Steps == 0 ? "nothing was left to do: the run had " : "") +
                    ReportText.Text($"stopped after {place}: the test loss was best after epoch {result.Best!.Epoch}, ") +
                    $"which best.safetensors holds; to wait longer: {command} --patience N");
                break;
            case RunEnding.Finished when result.Steps == 0:
                WrappedText.WriteLine(
                    ReportText.Text($"nothing was left to do: all {configuration.Epochs} epochs were done; ") +
                    $"for more epochs: {command} --epochs N");
                break;
            default:
                break;
        }

        foreach (string advice in result.Advice)
        {
            WrappedText.WriteLine($"note: {advice}");
        }

        string word = ShellWord.QuotePath(folder);
        Console.Out.WriteLine($"next: {Next(configuration, word, images)}");
        if (images.Height > 1)
        {
            Console.Out.WriteLine($"or in a browser: gpuvae explore {word}");
        }

        return ExitCode.Done;
    }

    /// <summary>The verb that such a run is most likely trained for.</summary>
    private static string Next(RunConfiguration configuration, string folder, ImageSet images) =>
        images.Height == 1 ? $"gpuvae detect {folder} --data NEW.csv"
        : configuration.TrainLabels.Length > 0 || configuration.Preset == "anomaly" ? $"gpuvae detect {folder}"
        : Registry.Codes.Find(configuration.Code)(new CodeSettings(configuration.Latent)) is IBinaryCode ? $"gpuvae hash {folder}"
        : configuration.Corruption != new RunConfiguration().Corruption ? $"gpuvae denoise {folder}"
        : configuration.CreateObjective().UsesPrior ? $"gpuvae generate {folder}"
        : $"gpuvae reconstruct {folder}";
}
