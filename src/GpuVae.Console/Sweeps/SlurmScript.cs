using System.Text;
using GpuVae.Files;

namespace GpuVae.CommandLine;

/// <summary>
/// A sweep as an array of jobs for Slurm: a task trains a run, or goes on with it where it was stopped, as a requeued one was. Everything
/// else of the scheduler, such as partitions and times, is said to <c>sbatch</c>.
/// </summary>
internal static class SlurmScript
{
    /// <summary>Writes it.</summary>
    /// <param name="path">The script.</param>
    /// <param name="folder">The folder of the sweep.</param>
    /// <param name="points">The runs, a task for each.</param>
    /// <exception cref="GpuVae.UserException">It cannot be written.</exception>
    public static void Write(string path, string folder, IReadOnlyList<SweepPoint> points)
    {
        string full = Path.GetFullPath(folder);
        string[] cases =
        [
            .. points.Select((point, task) =>
                ReportText.Text($"{task}) run={ShellWord.Quote(point.Name)}; set -- {string.Join(' ', point.Arguments.Select(ShellWord.Quote))} ;;")),
        ];
        string[] lines =
        [
            "#!/bin/bash",
            ReportText.Text($"#SBATCH --array=0-{points.Count - 1}"),
            $"#SBATCH --job-name=gpuvae-{Path.GetFileName(Path.TrimEndingDirectorySeparator(full))}",
            // A minute before the time is over the task, which the shell becomes below, is told to save.
            "#SBATCH --signal=B:TERM@60",
            "set -euo pipefail",
            $"cd {ShellWord.Quote(Environment.CurrentDirectory)}",
            "case \"$SLURM_ARRAY_TASK_ID\" in",
            .. cases,
            "esac",
            $"run={ShellWord.Quote(full)}/$run",
            "if [ -f \"$run/config.json\" ]; then",
            "    set -- --resume \"$run\"",
            "else",
            "    set -- \"$@\" --out \"$run\"",
            "fi",
            $"exec {string.Join(' ', Program().Select(ShellWord.Quote))} train \"$@\"",
        ];
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")));
    }

    // A program that dotnet runs is dotnet's argument.
    private static string[] Program() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet" or null
            ? [Environment.ProcessPath ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "gpuvae.dll")]
            : [Environment.ProcessPath!];
}
