using System.CommandLine;
using GpuVae.Bench.Budget;
using GpuVae.Bench.Convolutions;
using GpuVae.Bench.Detectors;
using GpuVae.Bench.Epochs;
using GpuVae.Bench.Kernels;
using GpuVae.Bench.Parity;
using GpuVae.Bench.Peak;
using GpuVae.Bench.Reports;
using GpuVae.Bench.Scaling;
using GpuVae.Bench.Startup;
using GpuVae.Bench.Sweeps;
using GpuVae.Bench.Weights;
using static GpuVae.Bench.VerbOptions;

namespace GpuVae.Bench;

/// <summary>The command line.</summary>
internal static partial class Verbs
{
    /// <summary>Every verb with its options.</summary>
    public static RootCommand Create() =>
        new("Measures GpuVae on this machine.") { Peak(), Kernels(), Convolutions(), Budget(), Epoch(), Scaling(), Startup(), Parity(), Weights(), Detector(), Fuzz(), Crash(), Soak(), Sweep(), Worker(), RankWorkerVerb() };

    private static Command Peak()
    {
        var output = Output();
        var verb = new Command("peak", "Multiply-add rate and memory bandwidth: the machine's limits.") { output };
        verb.SetAction(line => Run("peak", line.GetValue(output), PeakVerb.Execute));
        return verb;
    }

    private static Command Kernels()
    {
        var output = Output();
        var device = DeviceOption();
        var precision = PrecisionOption();
        var seconds = new Option<double>("--seconds")
        {
            Description = "Seconds to measure each operation, after as many for warm-up.",
            DefaultValueFactory = _ => 0.3,
        };
        var verb = new Command("kernels", "Every operation at the step's sizes and at awkward ones.")
        {
            device, precision, seconds, output,
        };
        verb.SetAction(line => Run(
            "kernels", line.GetValue(output),
            report => KernelsVerb.Execute(
                report, line.GetValue(device)!, line.GetValue(precision)!, line.GetValue(seconds))));
        return verb;
    }

    private static Command Detector()
    {
        var output = Output();
        var rows = new Option<int>("--rows")
        {
            Description = "Scores to time.",
            DefaultValueFactory = _ => 200_000,
        };
        var verb = new Command("detector", "How long an anomaly detector takes for a row.") { rows, output };
        verb.SetAction(line => Run("detector", line.GetValue(output), report => DetectorVerb.Execute(report, line.GetValue(rows))));
        return verb;
    }

    private static Command Convolutions()
    {
        var output = Output();
        var layers = new Option<string[]>("--layers")
        {
            Description = "Parts of the names of networks or layers, as keras or 32→1; all where none is given.",
            AllowMultipleArgumentsPerToken = true,
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Seconds to measure each layer in each direction, after a warm-up.",
            DefaultValueFactory = _ => 0.5,
        };
        var verb = new Command("convolutions", "Every convolution of some networks, in each direction, beside the peak of a core.")
        {
            layers, seconds, output,
        };
        verb.SetAction(line => Run(
            "convolutions", line.GetValue(output),
            report => ConvolutionsVerb.Execute(report, line.GetValue(layers)!, line.GetValue(seconds))));
        return verb;
    }

    private static Command Budget()
    {
        var output = Output();
        var model = new Option<string>("--model")
        {
            Description = $"The model, {ModelNames}.",
            DefaultValueFactory = _ => "784-400-20",
        };
        var batch = Number("--batch", "Images of a step.", 128);
        var images = Images();
        var threads = Number("--threads", "Threads that compute.", Environment.ProcessorCount);
        var epochs = Number("--epochs", "Epochs that are measured.", 5);
        var verb = new Command("budget", "Where the time of a training step goes on the CPU, operation by operation.")
        {
            model, batch, images, threads, epochs, output,
        };
        verb.SetAction(line => Run(
            "budget", line.GetValue(output),
            report => BudgetVerb.Execute(
                report, line.GetValue(model)!, line.GetValue(batch), line.GetValue(images), line.GetValue(threads),
                line.GetValue(epochs))));
        return verb;
    }

    private static Command Epoch()
    {
        var output = Output();
        var device = DeviceOption();
        var precision = PrecisionOption();
        var models = new Option<string[]>("--models")
        {
            Description = $"Models, {ModelNames}; all of the dense ones' table where none is given.",
            AllowMultipleArgumentsPerToken = true,
        };
        var batches = List("--batches", "Batch sizes; all of the table where none is given.");
        var pairs = Number("--pairs", "Epochs of each library in each cell.", 5);
        var images = Images();
        var threads = Number("--threads", "Threads of each library on the CPU.", Environment.ProcessorCount);
        var returnsMemory = new Option<bool>("--return-memory")
        {
            Description = "TorchSharp as it comes, whose large tensors go back to the system after use; by default glibc is told to keep them.",
        };
        var verb = new Command("epoch", "Training epochs of GpuVae and TorchSharp, in turn.")
        {
            models, batches, pairs, images, threads, device, precision, returnsMemory, output,
        };
        verb.SetAction(line => Run(
            "epoch", line.GetValue(output),
            report => EpochVerb.Execute(
                report, line.GetValue(models)!, line.GetValue(batches)!, line.GetValue(pairs), line.GetValue(images),
                line.GetValue(threads), line.GetValue(device)!, line.GetValue(precision)!, line.GetValue(returnsMemory))));
        return verb;
    }

    private static Command Scaling()
    {
        var output = Output();
        var counts = List("--counts", "Numbers of images.", 15_000, 30_000, 60_000, 120_000, 600_000);
        var widths = List("--widths", "Widths of the hidden layer.", 100, 200, 400, 800, 1600, 3200);
        var images = Number("--images", "Training images where width and threads vary.", 60_000);
        var epochs = Number("--epochs", "Epochs measured at each point.", 7);
        var plot = new Option<FileInfo>("--plot")
        {
            Description = "The picture to write; beside the file of --out where that is given.",
        };
        var models = new Option<string[]>("--model")
        {
            Description = $"Models, {ModelNames}: a step of each by several ranks, predicted and measured by mpirun, in place of the rest.",
            AllowMultipleArgumentsPerToken = true,
        };
        var ranks = List("--ranks", "Numbers of ranks, with --model.", 1, 2, 4);
        var batch = Number("--batch", "Images of a batch of all ranks, with --model.", 512);
        var verb = new Command("scaling", "Epoch time and memory against images, width and threads; or steps by several ranks.")
        {
            counts, widths, images, epochs, plot, models, ranks, batch, output,
        };
        verb.SetAction(line =>
        {
            if (line.GetValue(models) is { Length: > 0 } named)
            {
                Run(
                    "ranks", line.GetValue(output),
                    report => RankScaling.Execute(
                        report, named, line.GetValue(ranks)!, line.GetValue(batch), line.GetValue(epochs),
                        line.GetValue(plot) ?? Beside(line.GetValue(output), "-ranks.png")));
                return;
            }
            Run(
                "scaling", line.GetValue(output),
                report => ScalingVerb.Execute(
                    report, line.GetValue(counts)!, line.GetValue(widths)!, line.GetValue(images), line.GetValue(epochs),
                    line.GetValue(plot) ?? Beside(line.GetValue(output), "-scaling.png")));
        });
        return verb;
    }

    private static Command Startup()
    {
        var output = Output();
        var starts = Number("--starts", "Starts that are measured, of each kind.", 10);
        var runner = new Option<FileInfo>("--runner")
        {
            Description = "A published gpuvae; where none is given, it is published into a temporary folder.",
        };
        var verb = new Command("startup", "Time from the start of the runner to the end of its first training step.")
        {
            starts, runner, output,
        };
        verb.SetAction(line => Run(
            "startup", line.GetValue(output),
            report => StartupVerb.Execute(report, line.GetValue(runner), line.GetValue(starts))));
        return verb;
    }

    private static Command Sweep()
    {
        var output = Output();
        var runs = Number("--runs", "Runs of a sweep.", 6);
        var rounds = Number("--rounds", "Sweeps of each kind.", 3);
        var verb = new Command("sweep", "What the runs of a sweep cost each other, one at a time and several at once.") { runs, rounds, output };
        verb.SetAction(line => Run("sweep", line.GetValue(output), report => SweepVerb.Execute(report, line.GetValue(runs), line.GetValue(rounds))));
        return verb;
    }

    private static Command Parity()
    {
        var output = Output();
        var device = DeviceOption();
        var steps = Number("--steps", "Training steps.", 100);
        var verb = new Command("parity", "Losses of the first steps on a device beside the CPU's.")
        {
            device, steps, output,
        };
        verb.SetAction(line =>
        {
            string name = line.GetValue(device)!;
            double largest = double.NaN;
            Run(
                "parity", line.GetValue(output),
                report => largest = ParityVerb.Execute(report, name, line.GetValue(steps)));
            ParityVerb.Require(name, largest);
        });
        return verb;
    }

    private static Command Weights()
    {
        var output = Output();
        var verb = new Command("weights", "Weights of PyTorch's models here: what both compute with them.") { output };
        verb.SetAction(line =>
        {
            double largest = double.NaN;
            Run("weights", line.GetValue(output), report => largest = WeightsVerb.Execute(report));
            WeightsVerb.Require(largest);
        });
        return verb;
    }

    private static void Run(string verb, FileInfo? file, Action<Report> execute)
    {
        var report = new Report(verb);
        Console.WriteLine(Machine.Circumstances());
        execute(report);
        if (file is not null)
            report.Save(file);
    }

    private static FileInfo? Beside(FileInfo? file, string ending) =>
        file is null ? null : new FileInfo(Path.ChangeExtension(file.FullName, null) + ending);
}
