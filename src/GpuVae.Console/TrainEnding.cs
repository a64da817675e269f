using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.CommandLine;

/// <summary>Why a run ended, and how to go on with it.</summary>
internal static class TrainEnding
{
    /// <summary>Writes a line where there is something to say, and gives the exit code.</summary>
    public static int Report(RunResult result, RunConfiguration configuration, string folder)
    {
        string command = $"gpuvae train --resume {Quote(folder)}";
        string place = ReportText.Text($"epoch {result.Epoch}, step {result.StepInEpoch}");
        string more = $"for more epochs: {command} --epochs N";
        switch (result.Ending)
        {
            case RunEnding.Interrupted:
                Failure.WriteLine($"interrupted after {place}; saved in {folder}; to go on: {command}");
                return ExitCode.Interrupted;
            case RunEnding.OutOfTime:
                Console.Out.WriteLine($"stopped after {place}, as its time was up; to go on: {command}");
                return ExitCode.Done;
            case RunEnding.NoImprovement:
                EpochMetrics best = result.Epochs.MinBy(epoch => epoch.TestLoss)!;
                Console.Out.WriteLine(
                    ReportText.Text($"stopped after {place}: the test loss was best after epoch {best.Epoch}, ")
                    + $"which best.safetensors holds; to wait longer: {command} --patience N");
                return ExitCode.Done;
            default:
                if (result.Steps == 0)
                {
                    Console.Out.WriteLine(
                        ReportText.Text($"nothing was left to do: all {configuration.Epochs} epochs were done; ") + more);
                }

                return ExitCode.Done;
        }
    }

    /// <summary>A path as a shell takes it.</summary>
    private static string Quote(string path) =>
        path.All(letter => char.IsAsciiLetterOrDigit(letter) || "/\\.:_-".Contains(letter, StringComparison.Ordinal))
            ? path
            : $"\"{path}\"";
}
