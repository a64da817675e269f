using System.Text;
using GpuVae.Evaluation;
using GpuVae.Export.PyTorch;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Export;

/// <summary>
/// Writes a trained run for PyTorch: its weights as a state_dict, a Python file that builds the modules and loads them, and an example
/// that it is checked with. Not for two threads on one device at once; they wait for each other.
/// </summary>
/// <remarks>
/// Maps are (N, C, H, W) there: weights of convolutions are stored so anyway, and dense layers beside a map are reordered, the other
/// way round than <see cref="WeightImport"/> does. A row of a table is (N, D), after the run's pipeline.
/// </remarks>
public static class PyTorchExport
{
    /// <summary>Writes <c>weights.safetensors</c>, <c>example.safetensors</c> and <c>model.py</c>; those of these names are replaced.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="trained">The run.</param>
    /// <param name="folder">Where to; made if it is not there.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="UserException">
    /// The model has a layer that PyTorch has not, takes a map apart in the order of memory here, or a file cannot be written.
    /// </exception>
    public static IReadOnlyList<string> Write(IDevice device, TrainedModel trained, string folder)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(folder);
        NamedTensor[] weights, example;
        string python;
        using (Lock.Scope turn = DeviceTurn.Of(device).EnterScope())
        {
            var source = ExportSource.Of(device, trained, kind: null);
            var layout = ModelLayout.Of(trained.Configuration, source.Image);
            weights = [.. source.Model.Parameters.Saved.Select(tensor => Read(device, tensor, layout))];
            var file = new PythonFile(source);
            python = file.Write();
            example = Example(source, file.CodeIsMap);
        }
        ExportFolder.Make(folder);
        string weightsPath = Path.Combine(folder, "weights.safetensors"), examplePath = Path.Combine(folder, "example.safetensors");
        string pythonPath = Path.Combine(folder, "model.py");
        Safetensors.Write(weightsPath, weights, new Dictionary<string, string> { ["exported_by"] = $"gpuvae {RunConfiguration.Version}" });
        Safetensors.Write(examplePath, example, new Dictionary<string, string>());
        AtomicFile.Write(pythonPath, stream => stream.Write(Encoding.UTF8.GetBytes(python)));
        return [weightsPath, examplePath, pythonPath];
    }

    /// <summary>A tensor as PyTorch has it.</summary>
    private static NamedTensor Read(IDevice device, SavedTensor tensor, ModelLayout layout)
    {
        var values = new float[tensor.Value.Length];
        tensor.Download(device, values);
        ModelLayer layer = layout.Layers.First(layer => layer.Name == ModelLayout.PrefixOf(tensor.Name));
        MapOrder? rowsOf = layer.Rows, columnsOf = tensor.Shape.Length == 2 ? layer.Columns : null;
        if (!layer.IsDense || (rowsOf is null && columnsOf is null))
            return new NamedTensor(tensor.Name, tensor.Shape, values);
        int rows = tensor.Shape[0], columns = values.Length / rows;
        var ordered = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                ordered[((rowsOf?.InNchw(row) ?? row) * columns) + (columnsOf?.InNchw(column) ?? column)] = values[(row * columns) + column];
        }
        return new NamedTensor(tensor.Name, tensor.Shape, ordered);
    }

    /// <summary>An example of numbers from 0 to 1, its code and what that stands for.</summary>
    private static NamedTensor[] Example(ExportSource source, bool codeIsMap)
    {
        Autoencoder model = source.Model;
        var x = new float[model.Dimensions];
        Philox.FillUniform(new RandomSource(source.Seed, RandomPurpose.EvaluationPixels), 0, x);
        using DeviceBuffer<float> buffer = source.Device.Allocate<float>(x.Length);
        source.Device.Upload<float>(x, buffer.AsVector());
        float[] code = source.Read(model.EncodeMean(buffer.AsMatrix(1, x.Length)));
        using DeviceBuffer<float> codes = source.Device.Allocate<float>(code.Length);
        source.Device.Upload<float>(code, codes.AsVector());
        float[] mean = source.Read(model.DecodeMean(codes.AsMatrix(1, code.Length)));
        return
        [
            Named("x", x, source.Image, source.IsOfPictures), Named("code", code, model.CodeShape, codeIsMap),
            Named("mean", mean, source.Image, source.IsOfPictures),
        ];
    }

    private static NamedTensor Named(string name, float[] values, Shape shape, bool isMap)
    {
        if (!isMap)
            return new NamedTensor(name, [1, values.Length], values);
        var ordered = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
            ordered[new MapOrder(shape).InNchw(i)] = values[i];
        return new NamedTensor(name, [1, shape.Channels, shape.Height, shape.Width], ordered);
    }
}
