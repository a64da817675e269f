using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;

namespace GpuVae.Samples;

/// <summary>
/// A layer of one's own under a name: y = s ⊙ x with a learned scale s of each column. It runs on every device, since it is
/// made of operations that every device has.
/// </summary>
internal sealed class ScaleLayer : ILayer
{
    private IDevice? _device;
    private Parameter? _scale;     // s (N)
    private View<float> _products; // (rows, N)

    public Shape Build(Shape input, LayerBuilder builder)
    {
        _device = builder.Device;
        _scale = builder.Parameter("scale", [input.Size], fanIn: 1, fanOut: 1, start: 1);
        _products = builder.Allocate(builder.Rows, input.Size);
        return input;
    }

    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        _device!.Run(new Elementwise(ElementwiseFunction.Multiply, input, _scale!.Value, output));
        _device.ApplyEpilogue(epilogue, output);
    }

    /// <summary>∂s = Σ over rows of ∂y ⊙ x, ∂x = ∂y ⊙ s.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        View<float> products = _products.RowRange(0, input.Rows);
        _device!.Run(new Elementwise(ElementwiseFunction.Multiply, outputGradient, input, products));
        _device.Run(new SumColumns(products, _scale!.Gradient));
        if (inputGradient.IsEmpty)
            return;
        _device.Run(new Elementwise(ElementwiseFunction.Multiply, outputGradient, _scale.Value, inputGradient));
        _device.ApplyEpilogue(epilogue, inputGradient);
    }
}

/// <summary>Trains with <see cref="ScaleLayer"/> after each hidden layer.</summary>
internal static class OwnLayer
{
    public static void Run(string[] args)
    {
        Registry.Layers.Add("scale", () => new ScaleLayer(), "a learned scale for each unit");

        using IDevice device = Device.Open("auto");
        Dataset digits = Datasets.Mnist();
        RunConfiguration configuration = RunConfiguration.FromPreset("ae") with
        {
            Activation = "scale", // as --activation scale
            Epochs = 1,
            Limit = args.Length > 0 ? int.Parse(args[0]) : null,
        };
        string path = Path.Combine(Path.GetTempPath(), $"gpuvae-{Guid.NewGuid():N}");
        RunFolder folder = RunFolder.Create(path, configuration.Preset, digits.Name, configuration.WriteJson);
        TrainingRun.Execute(
            configuration, digits, device, folder.FullPath, new PrintedProgress(), CancellationToken.None);
    }
}
