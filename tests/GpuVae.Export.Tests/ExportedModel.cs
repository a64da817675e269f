using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using Microsoft.ML.OnnxRuntime;

namespace GpuVae.Export.Tests;

/// <summary>A model of random weights, whose norms have statistics of their own, and its graphs in ONNX Runtime.</summary>
internal sealed class ExportedModel : IDisposable
{
    private readonly Dictionary<string, InferenceSession> _sessions = [];

    public ExportedModel(RunConfiguration configuration, Shape image, bool takesBytes = false, double? threshold = null)
    {
        Device = Kernels.Device.Open("cpu");
        Model = ModelBuilder.Build(configuration, Device, image, capacity: 16);
        Randomize();
        Source = new ExportSource(
            Device, Model, configuration.CreatePipeline(), Registry.Encodings.Find(configuration.Binarize), configuration.Seed, takesBytes);
        foreach ((string name, Onnx.OnnxModel graph) in OnnxExport.Graphs(Source, [("kind", "test")], threshold))
        {
            using var stream = new MemoryStream();
            graph.Write(stream);
            _sessions.Add(name, new InferenceSession(stream.ToArray()));
        }
    }

    public IDevice Device { get; }

    public Autoencoder Model { get; }

    public ExportSource Source { get; }

    /// <summary>Runs a graph.</summary>
    public Dictionary<string, GraphResult> Run(string file, params (string Name, OrtValue Value)[] inputs)
    {
        using var options = new RunOptions();
        InferenceSession session = _sessions[file];
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
            options, [.. inputs.Select(input => input.Name)], [.. inputs.Select(input => input.Value)], session.OutputNames);
        return session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => new GraphResult(pair.Second));
    }

    /// <summary>Scores of the library.</summary>
    public double[] Scores(ImageSet raw) =>
        new AnomalyScorer(Device, Model, Source.Encoding, Source.Seed, AnomalyScore.Reconstruction, 1)
            .Score(Source.Pipeline.Apply("test", raw, keepsImpossible: true));

    /// <summary>What a call on the model gives.</summary>
    public float[] Computed(float[] rows, int width, Func<View<float>, View<float>> call)
    {
        using DeviceBuffer<float> buffer = Device.Allocate<float>(rows.Length);
        View<float> x = buffer.AsMatrix(rows.Length / width, width);
        Device.Upload<float>(rows, x);
        View<float> result = call(x);
        var values = new float[result.Length];
        Device.Download(result, values);
        return values;
    }

    public void Dispose()
    {
        foreach (InferenceSession session in _sessions.Values)
            session.Dispose();
        Model.Dispose();
        Device.Dispose();
    }

    private void Randomize()
    {
        Model.Parameters.Initialize(5);
        var random = new Random(3);
        foreach (Parameter parameter in Model.Parameters.Parameters.Where(parameter => !parameter.Shape.IsWeight))
        {
            var values = new float[parameter.Value.Length];
            Device.Download(parameter.Value, values);
            for (int i = 0; i < values.Length; i++)
                values[i] += (random.NextSingle() - 0.5f) * 0.4f;
            Device.Upload<float>(values, parameter.Value);
        }
        foreach (SavedState state in Model.Parameters.States)
        {
            float[] values = new float[state.Value.Length];
            for (int i = 0; i < values.Length; i++)
                values[i] = 0.3f + random.NextSingle();
            Device.Upload<float>(values, state.Value);
        }
    }
}

/// <summary>What a graph gave, on the host.</summary>
internal sealed class GraphResult
{
    public GraphResult(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        Shape = info.Shape;
        switch (info.ElementDataType)
        {
            case Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float:
                Numbers = Array.ConvertAll(value.GetTensorDataAsSpan<float>().ToArray(), number => (double)number);
                break;
            case Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double:
                Numbers = value.GetTensorDataAsSpan<double>().ToArray();
                break;
            case Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool:
                Numbers = Array.ConvertAll(value.GetTensorDataAsSpan<bool>().ToArray(), flag => flag ? 1.0 : 0);
                break;
            default:
                Texts = value.GetStringTensorAsArray();
                break;
        }
    }

    public long[] Shape { get; }

    public double[] Numbers { get; } = [];

    public string[] Texts { get; } = [];
}
