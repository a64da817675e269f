using GpuVae.Bench.TorchSharp;
using GpuVae.Bench.Workers;

if (OperatingSystem.IsLinux() && LibraryRepair.Apply(AppContext.BaseDirectory) is string repaired)
    Console.Error.WriteLine(repaired);
WorkerLoop.Run(Console.In, Console.Out, settings => new TorchSharpRunner(settings));
