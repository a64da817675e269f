using System.Diagnostics;
using GpuVae.Bench.Epochs;
using GpuVae.Bench.Reports;
using GpuVae.Bench.Workers;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Bench.Weights;

/// <summary>
/// <c>weights</c>: models of random numbers by TorchSharp, whose <c>state_dict</c> is imported as a user does it, and what both
/// compute.
/// </summary>
internal static class WeightsVerb
{
    private const double LargestDifference = 1e-4;

    /// <param name="report">Where the table goes.</param>
    /// <returns>The largest difference, or NaN.</returns>
    /// <exception cref="UserException">TorchSharp cannot be had here.</exception>
    public static double Execute(Report report)
    {
        if (TorchSharpProject.Obstacle is string obstacle)
            throw new UserException($"weights: TorchSharp is what made them: {obstacle}");
        string torchSharp = TorchSharpProject.Build();
        var table = new Table(
            1, "model", "parameters", "of the encoder's outputs", "largest output", "of the decoder's outputs", "largest output");
        double largest = 0;
        foreach (ConvolutionalModel model in ConvolutionalModel.All)
        {
            string folder = Directory.CreateTempSubdirectory("gpuvae-weights-").FullName;
            try
            {
                Ask(torchSharp, model.Name, folder);
                (long parameters, Difference heads, Difference outputs) = Compare(model, folder);
                table.Add(
                    model.Name, Format.Count(parameters), Format.Scientific(heads.Largest), Format.Number(heads.Size),
                    Format.Scientific(outputs.Largest), Format.Number(outputs.Size));
                foreach (double difference in (double[])[heads.Largest, outputs.Largest])
                    largest = double.IsNaN(difference) ? double.NaN : Math.Max(largest, difference);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        report.Show(table, "Largest differences between TorchSharp and GpuVae with the same weights");
        report.Say(
            $"8 images and codes of random numbers, float32, on the CPU. Up to {Format.Scientific(LargestDifference)} passes.");
        return largest;
    }

    /// <summary>Passes a difference that rounding explains.</summary>
    /// <exception cref="UserException">It is larger.</exception>
    public static void Require(double largest)
    {
        if (!(largest <= LargestDifference))
            throw new UserException($"weights: outputs differ by {Format.Scientific(largest)}");
    }

    private static void Ask(string torchSharp, string model, string folder)
    {
        using var process = Process.Start(Repository.DotnetHost, [torchSharp, TorchWeights.Verb, model, folder]);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new UserException($"{model}: TorchSharp ended with exit code {process.ExitCode}; what it wrote is above");
    }

    private static (long Parameters, Difference Heads, Difference Outputs) Compare(ConvolutionalModel model, string folder)
    {
        var examples = Safetensors.Read(Path.Combine(folder, TorchWeights.ExamplesFile)).Tensors
            .ToDictionary(tensor => tensor.Name);
        NamedTensor images = examples[TorchWeights.Images];
        var shape = new Shape(images.Shape[2], images.Shape[3], images.Shape[1]);
        RunConfiguration configuration = GpuVaeRunner.Configure(new EpochSettings { Network = model.Name });
        var imported = WeightImport.Read(Path.Combine(folder, TorchWeights.StateFile), configuration, shape);
        var run = RunFolder.Create(Path.Combine(folder, "run"), "weights", model.Name, configuration.WriteJson);
        imported.Write(run);

        int count = images.Shape[0];
        using IDevice device = Device.Open("cpu");
        using var trained = TrainedModel.Open(run.FullPath, device, capacity: count);
        Autoencoder autoencoder = trained.Model;
        using DeviceBuffer<float> x = Upload(device, Pixels(images));
        Difference heads = Between(
            examples[TorchWeights.Heads].Values, Read(device, autoencoder.EncodePosterior(x.AsMatrix(count, shape.Size))));
        using DeviceBuffer<float> z = Upload(device, examples[TorchWeights.Codes].Values);
        float[] pictures = Read(device, autoencoder.DecodeMean(z.AsMatrix(count, model.Latent)));
        float[] expected = Pixels(examples[TorchWeights.Outputs]);
        if (!model.HasSquaredError)
            expected = Array.ConvertAll(expected, logit => (float)(1 / (1 + Math.Exp(-logit))));
        return (autoencoder.Parameters.Count, heads, Between(expected, pictures));
    }

    /// <summary>From a map for each channel to all channels of a pixel side by side.</summary>
    private static float[] Pixels(NamedTensor maps)
    {
        (int channels, int pixels) = (maps.Shape[1], maps.Shape[2] * maps.Shape[3]);
        return
        [
            .. Enumerable.Range(0, maps.Values.Length).Select(
                i => maps.Values[(((i / channels / pixels * channels) + (i % channels)) * pixels) + (i / channels % pixels)]),
        ];
    }

    private static DeviceBuffer<float> Upload(IDevice device, float[] values)
    {
        DeviceBuffer<float> buffer = device.Allocate<float>(values.Length);
        device.Upload<float>(values, buffer.AsVector());
        return buffer;
    }

    private static float[] Read(IDevice device, View<float> view)
    {
        var values = new float[view.Length];
        device.Download<float>(view, values);
        return values;
    }

    private static Difference Between(float[] expected, float[] actual) => new(
        expected.Zip(actual, (a, b) => (double)Math.Abs(a - b)).Max(), expected.Max(value => (double)Math.Abs(value)));

    private readonly record struct Difference(double Largest, double Size);
}
