using System.CommandLine;
using GpuVae.Bench.Crash;
using GpuVae.Bench.Epochs;
using GpuVae.Bench.Fuzz;
using GpuVae.Bench.Scaling;
using GpuVae.Bench.Soak;
using GpuVae.Bench.Workers;
using static GpuVae.Bench.VerbOptions;

namespace GpuVae.Bench;

/// <content>What is tried, and not timed: hostile files, kills, long runs; and the processes that other verbs start.</content>
internal static partial class Verbs
{
    private static Command Fuzz()
    {
        var output = Output();
        var inputs = Number("--inputs", "Hostile files for each reader.", 100_000);
        var readers = new Option<string[]>("--readers")
        {
            Description = "Readers by their names in the table; all where none is given.",
            AllowMultipleArgumentsPerToken = true,
        };
        var escapes = new Option<DirectoryInfo>("--escapes")
        {
            Description = "The folder for files that get through.",
            DefaultValueFactory = _ => new DirectoryInfo("artifacts/fuzz"),
        };
        var verb = new Command("fuzz", "What the readers of files do with hostile ones.")
        {
            inputs, readers, escapes, output,
        };
        verb.SetAction(line =>
        {
            DirectoryInfo folder = line.GetValue(escapes)!;
            int count = 0;
            Run(
                "fuzz", line.GetValue(output),
                report => count = FuzzVerb.Execute(report, line.GetValue(readers)!, line.GetValue(inputs), folder));
            FuzzVerb.Require(count, folder);
        });
        return verb;
    }

    private static Command Crash()
    {
        var output = Output();
        var kills = Number("--kills", "Kills in all, at least.", 50);
        var seed = Number("--seed", "Decides the instants.", 1);
        var verb = new Command("crash", "Runs that are killed, or meet a fault of the disk, and go on.") { kills, seed, output };
        verb.SetAction(line =>
        {
            int differences = 0;
            Run(
                "crash", line.GetValue(output),
                report => differences = CrashVerb.Execute(report, line.GetValue(kills), line.GetValue(seed)));
            return differences == 0 ? 0 : 1;
        });
        return verb;
    }

    private static Command Soak()
    {
        var output = Output();
        var minutes = Number("--minutes", "How long to train.", 60);
        var verb = new Command("soak", "Resident memory of a long run, each minute.") { minutes, output };
        verb.SetAction(line =>
        {
            double growth = 0;
            Run("soak", line.GetValue(output), report => growth = SoakVerb.Execute(report, line.GetValue(minutes)));
            SoakVerb.Require(growth);
        });
        return verb;
    }

    private static Command Worker()
    {
        var verb = new Command(WorkerProcess.Verb, "What epoch and scaling start: trains when its input says so.")
        {
            Hidden = true,
        };
        verb.SetAction(_ => WorkerLoop.Run(Console.In, Console.Out, settings => new GpuVaeRunner(settings)));
        return verb;
    }

    private static Command RankWorkerVerb()
    {
        var task = new Argument<string>("task");
        var verb = new Command(RankWorker.Verb, "What scaling --model starts by mpirun.") { Hidden = true };
        verb.Arguments.Add(task);
        verb.SetAction(line => RankWorker.Serve(line.GetValue(task)!));
        return verb;
    }
}
