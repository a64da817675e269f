using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace GpuVae.Export.Tests;

/// <summary>The program of the README's section on ONNX Runtime.</summary>
internal static class ReadmeProgram
{
    public static void Run(string path)
    {
        var row = new Dictionary<string, double> { ["heat"] = 21.5, ["current"] = 0.3, ["torque"] = 90 };

        using var session = new InferenceSession(path);
        string[] columns = JsonSerializer.Deserialize<string[]>(session.ModelMetadata.CustomMetadataMap["columns"])!;
        double[] cells = [.. columns.Select(column => row[column])]; // NaN for a missing one
        using var numbers = OrtValue.CreateTensorValueFromMemory(cells, [1, columns.Length]);
        using var options = new RunOptions();
        using var results = session.Run(
            options, ["numbers"], [numbers], ["score", "verdict", "probability", "contributions", "expected"]);

        double score = results[0].GetTensorDataAsSpan<double>()[0];
        bool isAnomaly = results[1].GetTensorDataAsSpan<bool>()[0];
        double probability = results[2].GetTensorDataAsSpan<double>()[0];
        Console.WriteLine($"score {score:F3}, above {probability:P2} of normal rows{(isAnomaly ? ": an anomaly" : "")}");
        double[] parts = results[3].GetTensorDataAsSpan<double>().ToArray();
        int strangest = Array.IndexOf(parts, parts.Max());
        double expected = results[4].GetTensorDataAsSpan<double>()[strangest];
        Console.WriteLine($"{parts[strangest]:F3} of it is {columns[strangest]}: {cells[strangest]}, and {expected:F1} would be normal");
    }
}
