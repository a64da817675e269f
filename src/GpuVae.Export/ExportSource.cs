using GpuVae.Data;
using GpuVae.Detection;
using GpuVae.Evaluation;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Export;

/// <summary>What an export is made of: a model with its weights, and what stands between files and it.</summary>
/// <param name="Device">Where the weights are.</param>
/// <param name="Model">Encoder, code, decoder and likelihood.</param>
/// <param name="Pipeline">From the columns of a table, or pixels, to what the model takes.</param>
/// <param name="Encoding">What becomes of a pixel then.</param>
/// <param name="Seed">Decides the draws of an encoding that has some.</param>
/// <param name="TakesBytes">Whether examples are pixels of 0 … 255, divided by 255 where nothing else is asked for.</param>
internal sealed record ExportSource(
    IDevice Device, Autoencoder Model, Pipeline Pipeline, PixelEncoding Encoding, ulong Seed, bool TakesBytes)
{
    /// <summary>An example as the model takes it; of height 1 a row of numbers.</summary>
    public Shape Image => Model.Image;

    /// <summary>Whether examples are maps of pixels.</summary>
    public bool IsOfPictures => Image.Height > 1 || TakesBytes;

    /// <summary>That of a run.</summary>
    public static ExportSource Of(IDevice device, TrainedModel trained, ExampleKind? kind) => new(
        device, trained.Model, trained.Pipeline, trained.Encoding, trained.Configuration.Seed,
        (kind ?? ExampleKinds.Guess(trained.Configuration, trained.Model.Image)) == ExampleKind.Bytes);

    /// <summary>That of a detector.</summary>
    public static ExportSource Of(IDevice device, Autoencoder model, AnomalyDetector detector, ExampleKind? kind) => new(
        device, model, detector.Configuration.CreatePipeline(), Registry.Encodings.Find(detector.Configuration.Binarize),
        detector.Configuration.Seed, (kind ?? ExampleKinds.Guess(detector.Configuration, model.Image)) == ExampleKind.Bytes);

    /// <summary>The numbers of a tensor in the order that files have, which is PyTorch's and ONNX's.</summary>
    public float[] Read(Parameter parameter)
    {
        var stored = new SavedTensor(
            parameter.Shape.Name, parameter.Shape.StoredShape, parameter.Value, parameter.Shape.IsStoredChannelsFirst);
        var values = new float[parameter.Value.Length];
        stored.Download(Device, values);
        return values;
    }

    /// <summary>The numbers of a vector.</summary>
    public float[] Read(View<float> values)
    {
        var numbers = new float[values.Length];
        Device.Download(values, numbers);
        return numbers;
    }
}
