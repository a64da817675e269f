using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace GpuVae.Export.Tests;

/// <summary>The program of the README's section on ONNX Runtime.</summary>
internal static class ReadmeProgram
{
    public static void Run(string path)
    {
        using var session = new InferenceSession(path);
        string[] columns = JsonSerializer.Deserialize<string[]>(session.ModelMetadata.CustomMetadataMap["columns"])!;
        double[] cells = [0.3, 21.5, double.NaN, 0.2, 19.5, 1e6]; // two rows of three columns
        using var numbers = OrtValue.CreateTensorValueFromMemory(cells, [2, columns.Length]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["numbers"], [numbers], ["score", "contributions", "anomaly"]);

        double[] contributions = results[1].GetTensorDataAsSpan<double>().ToArray();
        for (int row = 0; row < 2; row++)
        {
            double score = results[0].GetTensorDataAsSpan<double>()[row];
            bool isAnomaly = results[2].GetTensorDataAsSpan<bool>()[row];
            double[] parts = contributions[(row * columns.Length)..((row + 1) * columns.Length)];
            string strangest = columns[Array.IndexOf(parts, parts.Max())];
            Console.WriteLine($"row {row}: {score} nats{(isAnomaly ? $", an anomaly, most of all {strangest}" : "")}");
        }
    }
}
