using GpuVae.Bench.TorchSharp;
using GpuVae.Bench.Workers;

if (OperatingSystem.IsLinux() && LibraryRepair.Apply(AppContext.BaseDirectory) is string repaired)
    Console.Error.WriteLine(repaired);
if (args is [TorchWeights.Verb, string model, string folder])
{
    WeightsWriter.Write(model, folder);
    return;
}
WorkerLoop.Run(Console.In, Console.Out, settings => new TorchSharpRunner(settings));
