using System.Text.Json;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Reports;

/// <summary>
/// A decoder as the page's script runs it: a list of steps, each with the places of its numbers in one array of weights, which
/// are in half precision. Maps are (height, width, channels) as they are here.
/// </summary>
/// <remarks>
/// A step is <c>{"op": …, "then": activation}</c>. <c>dense</c>: y = W x + b with W (out, in). <c>conv</c> and <c>up</c>, a convolution
/// and its transpose, <c>max</c>, <c>mean</c> and <c>repeat</c> join a large and a small map as <see cref="ConvolutionGeometry"/> says.
/// <c>scale</c>: y = γ x + β channel by channel, a batch norm at use. <c>norm</c>: group norm. <c>add</c>: y = x + f(x).
/// </remarks>
internal sealed class DecoderScript
{
    /// <summary>The most weights that a page holds: 11 MB of text.</summary>
    private const long MostWeights = 4_000_000;

    private static readonly Activation[] _activations =
    [
        Activation.Identity, Activation.Relu, Activation.Tanh, Activation.Sigmoid, Activation.LeakyRelu, Activation.Gelu, Activation.Elu,
        Activation.Silu, Activation.Softplus,
    ];

    private readonly IDevice _device;
    private readonly Autoencoder _model;
    private readonly List<float> _weights = [];
    private readonly byte[] _steps;

    private DecoderScript(IDevice device, Autoencoder model)
    {
        _device = device;
        _model = model;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, model.Decoder);
        _steps = buffer.ToArray();
    }

    /// <summary>Reads the decoder's weights.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="model">The model.</param>
    /// <param name="share">The part of the page that is this run's, in 0 … 1.</param>
    /// <param name="why">Why there is none, for a person; empty where there is one.</param>
    public static DecoderScript? Of(IDevice device, Autoencoder model, double share, out string why)
    {
        long weights = model.Parameters.Parameters
            .Where(parameter => parameter.Shape.Name.StartsWith("decoder.", StringComparison.Ordinal))
            .Sum(parameter => parameter.Shape.Length);
        if (weights > MostWeights * share)
        {
            why = FormattableString.Invariant(
                $"the decoder has {weights:N0} weights, and a page holds {(long)(MostWeights * share):N0}: gpuvae decode and gpuvae traverse draw with it");
            return null;
        }
        try
        {
            MeanOf(model.Likelihood is MixedLikelihood mixed ? mixed.NumbersLikelihood : model.Likelihood);
            why = "";
            return new DecoderScript(device, model);
        }
        catch (NotSupportedException exception)
        {
            why = $"{exception.Message}: gpuvae decode and gpuvae traverse draw with it";
            return null;
        }
    }

    /// <summary>Writes it as an object.</summary>
    public void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WritePropertyName("steps");
        json.WriteRawValue(_steps);
        var mixed = _model.Likelihood as MixedLikelihood;
        json.WriteString("mean", MeanOf(mixed?.NumbersLikelihood ?? _model.Likelihood));
        // Of the numbers of a pixel the first are what the mean is made of; of a mixture all of its components.
        json.WriteNumber("mixed", (_model.Likelihood as LogisticMixtureLikelihood)?.Components ?? 0);
        json.WriteNumber("given", _model.Outputs.Channels);
        json.WriteNumber("taken", _model.Image.Channels);
        // Behind the numbers each group of columns is a category, and its outputs are logits of a softmax.
        json.WriteStartArray("groups");
        foreach (int start in mixed?.Starts ?? [])
            json.WriteNumberValue(start);
        json.WriteEndArray();
        json.WriteHalf("weights", System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_weights));
        json.WriteEndObject();
    }

    /// <summary>What makes E[x | z] of outputs.</summary>
    /// <exception cref="NotSupportedException">The script has no such function.</exception>
    private static string MeanOf(ILikelihood likelihood) => likelihood is DiscretizedLogisticLikelihood ? "clamp" : NameOf(likelihood.Mean);

    private static string NameOf(Activation activation) => Array.Exists(_activations, known => known == activation)
        ? activation.Name
        : throw new NotSupportedException($"the page knows no activation {activation.Name}");

    private void Write(Utf8JsonWriter json, Sequential network)
    {
        json.WriteStartArray();
        foreach (SequentialStep step in network.Steps)
        {
            json.WriteStartObject();
            Write(json, step.Layer);
            if (step.Activation is not null)
                json.WriteString("then", NameOf(step.Activation));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void Write(Utf8JsonWriter json, ILayer layer)
    {
        switch (layer)
        {
            case Linear linear:
                json.WriteString("op", "dense");
                json.WriteNumber("in", linear.Weight.Shape.Columns);
                json.WriteNumber("out", linear.Outputs);
                Write(json, linear.Weight.Value, linear.Bias.Value);
                break;
            case Convolution convolution:
                Write(json, "conv", convolution.Geometry);
                Write(json, convolution.Weight.Value, convolution.Bias.Value);
                break;
            case TransposedConvolution convolution:
                Write(json, "up", convolution.Geometry);
                Write(json, convolution.Weight.Value, convolution.Bias.Value);
                break;
            case MaxPool pool:
                Write(json, "max", pool.Geometry);
                break;
            case AveragePool pool:
                Write(json, "mean", pool.Geometry);
                break;
            case Upsample upsample:
                Write(json, "repeat", upsample.Geometry);
                break;
            case BatchNorm norm:
                json.WriteString("op", "scale");
                json.WriteNumber("channels", norm.Weight.Shape.Length);
                WriteAtUse(json, norm);
                break;
            case GroupNorm norm:
                json.WriteString("op", "norm");
                json.WriteNumber("channels", norm.Weight.Shape.Length);
                json.WriteNumber("groups", norm.Groups);
                json.WriteNumber("epsilon", norm.Epsilon);
                Write(json, norm.Weight.Value, norm.Bias.Value);
                break;
            case ResidualBlock block:
                json.WriteString("op", "add");
                json.WritePropertyName("steps");
                Write(json, block.Branch);
                break;
            case Sequential inner:
                json.WriteString("op", "row");
                json.WritePropertyName("steps");
                Write(json, inner);
                break;
            case ActivationLayer activation:
                json.WriteString("op", "activation");
                json.WriteString("function", NameOf(activation.Function));
                break;
            case Dropout or Reshape:
                json.WriteString("op", "same");
                break;
            default:
                throw new NotSupportedException($"the page knows no layer {layer.GetType().Name}");
        }
    }

    private static void Write(Utf8JsonWriter json, string operation, in ConvolutionGeometry geometry)
    {
        json.WriteString("op", operation);
        foreach ((string name, Shape shape) in ((string, Shape)[])[("large", geometry.Large), ("small", geometry.Small)])
        {
            json.WriteStartArray(name);
            json.WriteNumberValue(shape.Height);
            json.WriteNumberValue(shape.Width);
            json.WriteNumberValue(shape.Channels);
            json.WriteEndArray();
        }
        json.WriteNumber("kernel", geometry.Kernel);
        json.WriteNumber("stride", geometry.Stride);
        json.WriteNumber("top", geometry.Top);
        json.WriteNumber("left", geometry.Left);
    }

    private void Write(Utf8JsonWriter json, View<float> weight, View<float> bias)
    {
        json.WriteNumber("weight", Add(Read(weight)));
        json.WriteNumber("bias", Add(Read(bias)));
    }

    /// <summary>y = γ (x − μ)/√(σ² + ε) + β as y = γ′ x + β′.</summary>
    private void WriteAtUse(Utf8JsonWriter json, BatchNorm norm)
    {
        float[] scale = Read(norm.Weight.Value), shift = Read(norm.Bias.Value);
        float[] mean = Read(norm.Running.Mean), variance = Read(norm.Running.Variance);
        for (int channel = 0; channel < scale.Length; channel++)
        {
            scale[channel] = (float)(scale[channel] / Math.Sqrt(variance[channel] + (double)norm.Epsilon));
            shift[channel] -= mean[channel] * scale[channel];
        }
        json.WriteNumber("weight", Add(scale));
        json.WriteNumber("bias", Add(shift));
    }

    private int Add(float[] numbers)
    {
        int place = _weights.Count;
        _weights.AddRange(numbers);
        return place;
    }

    private float[] Read(View<float> view)
    {
        var numbers = new float[view.Length];
        _device.Download(view, numbers);
        return numbers;
    }
}
