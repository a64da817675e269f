using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Export.Onnx;

/// <summary>Numbers on their way through a network.</summary>
/// <param name="Name">The value.</param>
/// <param name="Shape">An example of them here, NHWC.</param>
/// <param name="IsMap">Whether the value is (N, C, H, W), as ONNX's convolutions have it; else (N, H·W·C), a row an example.</param>
internal readonly record struct Numbers(string Name, Shape Shape, bool IsMap);

/// <summary>
/// Layers as operators, by their types. Maps change from NHWC to NCHW where the first layer needs it, stay there, and go back where
/// rows are asked for.
/// </summary>
/// <param name="graph">What they are added to.</param>
/// <param name="source">Knows the weights.</param>
internal sealed class NetworkGraph(GraphBuilder graph, ExportSource source)
{
    /// <summary>Adds a network.</summary>
    /// <param name="network">Its layers.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <param name="input">What it sees.</param>
    /// <param name="outputs">The first so many outputs of its last layer, which is dense then; null for all.</param>
    /// <exception cref="UserException">A layer or an activation is one of somebody's own.</exception>
    public Numbers Apply(Sequential network, string name, Numbers input, int? outputs = null)
    {
        SequentialStep[] steps = [.. network.Steps];
        Numbers numbers = input;
        for (int i = 0; i < steps.Length; i++)
        {
            SequentialStep step = steps[i];
            bool isCut = outputs is not null && i == steps.Length - 1;
            string place = $"{name}.{i}";
            numbers = Layer(place, step, numbers, isCut ? outputs : null);
            if (step.Activation is { } activation)
                numbers = numbers with { Name = Activate(place, activation, numbers.Name) };
            if (!isCut && numbers.Shape != step.Output)
                numbers = ToRows(numbers) with { Shape = step.Output };
        }
        return numbers;
    }

    /// <summary>A row an example, in the order of memory here.</summary>
    public Numbers ToRows(Numbers numbers)
    {
        if (!numbers.IsMap)
            return numbers;
        (int height, int width, int channels) = (numbers.Shape.Height, numbers.Shape.Width, numbers.Shape.Channels);
        string value = channels == 1 || height * width == 1 ? numbers.Name : graph.Transpose(numbers.Name, 0, 2, 3, 1);
        return numbers with { Name = graph.Reshape(value, 0, numbers.Shape.Size), IsMap = false };
    }

    /// <summary>An activation of the library's own.</summary>
    /// <param name="place">Where it stands, for messages.</param>
    /// <param name="activation">f.</param>
    /// <param name="value">x.</param>
    /// <exception cref="UserException">It is another one.</exception>
    public string Activate(string place, Activation activation, string value)
    {
        if (activation == Activation.Identity)
            return value;
        if (activation == Activation.Relu)
            return graph.Node("Relu", [value]);
        if (activation == Activation.Tanh)
            return graph.Node("Tanh", [value]);
        if (activation == Activation.Sigmoid)
            return graph.Node("Sigmoid", [value]);
        if (activation == Activation.LeakyRelu)
            return graph.Node("LeakyRelu", [value], OnnxAttribute.Of("alpha", 0.01f));
        if (activation == Activation.Elu)
            return graph.Node("Elu", [value], OnnxAttribute.Of("alpha", 1f));
        if (activation == Activation.Softplus)
            return graph.Node("Softplus", [value]);
        if (activation == Activation.Silu)
            return graph.Multiply(value, graph.Node("Sigmoid", [value]));
        if (activation == Activation.Gelu)
        {
            // x Φ(x) with Φ(x) = ½ (1 + erf(x/√2)).
            string error = graph.Node("Erf", [graph.Multiply(value, graph.Float((float)Math.Sqrt(0.5)))]);
            return graph.Multiply(value, graph.Multiply(graph.Float(0.5f), graph.Add(error, graph.Float(1))));
        }
        throw new UserException(
            $"{place}: the activation {activation.Name} is not one of the library's own, and has no ONNX operators; export a model without it");
    }

    private Numbers Layer(string place, SequentialStep step, Numbers input, int? outputs) => step.Layer switch
    {
        Linear linear => Dense(linear, ToRows(input), outputs ?? linear.Outputs),
        Convolution layer => Convolve(layer, ToMap(input)),
        TransposedConvolution layer => ConvolveTransposed(layer, ToMap(input)),
        BatchNorm norm => Normalize(norm, input),
        GroupNorm norm => Normalize(norm, input),
        MaxPool pool => Pool("MaxPool", pool.Geometry, ToMap(input)),
        AveragePool pool => Pool("AveragePool", pool.Geometry, ToMap(input)),
        Upsample upsample => Repeat(upsample.Geometry, ToMap(input)),
        Reshape reshape => ToRows(input) with { Shape = reshape.Shape },
        Dropout => input,
        ActivationLayer layer => input with { Name = Activate(place, layer.Function, input.Name) },
        ResidualBlock block => AddBranch(place, block, input),
        Sequential inner => Apply(inner, place, input),
        _ => throw new UserException(
            $"{place}: the layer {step.Layer.GetType().Name} is not one of the library's own, and has no ONNX operators; export a model without it"),
    };

    private Numbers ToMap(Numbers numbers)
    {
        if (numbers.IsMap)
            return numbers;
        (int height, int width, int channels) = (numbers.Shape.Height, numbers.Shape.Width, numbers.Shape.Channels);
        string value = channels == 1 || height * width == 1
            ? graph.Reshape(numbers.Name, 0, channels, height, width)
            : graph.Transpose(graph.Reshape(numbers.Name, 0, height, width, channels), 0, 3, 1, 2);
        return numbers with { Name = value, IsMap = true };
    }

    private Numbers Dense(Linear linear, Numbers input, int outputs)
    {
        float[] weight = source.Read(linear.Weight), bias = source.Read(linear.Bias);
        int inputs = weight.Length / linear.Outputs;
        string product = graph.Node(
            "Gemm",
            [
                input.Name, graph.Constant(weight.AsMemory(0, outputs * inputs), outputs, inputs),
                graph.Constant(bias.AsMemory(0, outputs), outputs),
            ],
            OnnxAttribute.Of("transB", 1));
        return new Numbers(product, Shape.Vector(outputs), IsMap: false);
    }

    private Numbers Convolve(Convolution layer, Numbers input)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        (int kernel, int stride, int channels) = (geometry.Kernel, geometry.Stride, geometry.Small.Channels);
        // Pixels that no window reaches are left over behind a map, which a convolution leaves out by itself.
        int Behind(int large, int small, int before) => Math.Max(0, ((small - 1) * stride) + kernel - large - before);
        string value = graph.Node(
            "Conv",
            [
                input.Name, graph.Constant(source.Read(layer.Weight), channels, input.Shape.Channels, kernel, kernel),
                graph.Constant(source.Read(layer.Bias), channels),
            ],
            OnnxAttribute.Of("kernel_shape", [kernel, kernel]), OnnxAttribute.Of("strides", [stride, stride]),
            OnnxAttribute.Of(
                "pads",
                [
                    geometry.Top, geometry.Left, Behind(geometry.Large.Height, geometry.Small.Height, geometry.Top),
                    Behind(geometry.Large.Width, geometry.Small.Width, geometry.Left),
                ]));
        return new Numbers(value, geometry.Small, IsMap: true);
    }

    private Numbers ConvolveTransposed(TransposedConvolution layer, Numbers input)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        (int kernel, int stride, int channels) = (geometry.Kernel, geometry.Stride, geometry.Large.Channels);
        int bottom = ((geometry.Small.Height - 1) * stride) + kernel - geometry.Large.Height - geometry.Top;
        int right = ((geometry.Small.Width - 1) * stride) + kernel - geometry.Large.Width - geometry.Left;
        string value = graph.Node(
            "ConvTranspose",
            [input.Name, graph.Constant(source.Read(layer.Weight), input.Shape.Channels, channels, kernel, kernel)],
            OnnxAttribute.Of("kernel_shape", [kernel, kernel]), OnnxAttribute.Of("strides", [stride, stride]),
            OnnxAttribute.Of("pads", [geometry.Top, geometry.Left, Math.Max(0, bottom), Math.Max(0, right)]));
        // Where no window reaches there is the bias alone; ONNX allows less output padding than that may be.
        if (bottom < 0 || right < 0)
            value = graph.Node("Pad", [value, graph.Constant(0, 0, 0, 0, 0, 0, Math.Max(0, -bottom), Math.Max(0, -right))]);
        value = graph.Add(value, graph.Constant(source.Read(layer.Bias), channels, 1, 1));
        return new Numbers(value, geometry.Large, IsMap: true);
    }

    private Numbers Normalize(BatchNorm norm, Numbers input)
    {
        Numbers pixels = ToPixels(input);
        int channels = input.Shape.Channels;
        string Vector(float[] values) => graph.Constant(values, channels);
        string value = graph.Node(
            "BatchNormalization",
            [
                pixels.Name, Vector(source.Read(norm.Weight)), Vector(source.Read(norm.Bias)), Vector(source.Read(norm.Running.Mean)),
                Vector(source.Read(norm.Running.Variance)),
            ],
            OnnxAttribute.Of("epsilon", norm.Epsilon));
        return pixels with { Name = value };
    }

    /// <summary>Of the groups as channels of one row each, then γ and β of the channels.</summary>
    private Numbers Normalize(GroupNorm norm, Numbers input)
    {
        Numbers pixels = ToPixels(input);
        (Shape shape, int groups) = (input.Shape, norm.Groups);
        long[] channel = pixels.IsMap ? [shape.Channels, 1, 1] : [shape.Channels];
        long[] back = pixels.IsMap ? [0, shape.Channels, shape.Height, shape.Width] : [0, shape.Channels];
        var ones = new float[groups];
        Array.Fill(ones, 1);
        string value = graph.Node(
            "InstanceNormalization",
            [graph.Reshape(pixels.Name, 0, groups, shape.Size / groups), graph.Constant(ones, groups), graph.Constant(new float[groups], groups)],
            OnnxAttribute.Of("epsilon", norm.Epsilon));
        value = graph.Multiply(graph.Reshape(value, back), graph.Constant(source.Read(norm.Weight), channel));
        return pixels with { Name = graph.Add(value, graph.Constant(source.Read(norm.Bias), channel)) };
    }

    /// <summary>Channels second: a map, or a row of which each number is a channel.</summary>
    private Numbers ToPixels(Numbers numbers) =>
        numbers.Shape is { Height: 1, Width: 1 } && !numbers.IsMap ? numbers : ToMap(numbers);

    private Numbers Pool(string type, in ConvolutionGeometry geometry, Numbers input)
    {
        string value = graph.Node(
            type, [input.Name], OnnxAttribute.Of("kernel_shape", [geometry.Kernel, geometry.Kernel]),
            OnnxAttribute.Of("strides", [geometry.Stride, geometry.Stride]));
        return new Numbers(value, geometry.Small, IsMap: true);
    }

    /// <summary>The last block of a side goes up to the edge, however far that is.</summary>
    private Numbers Repeat(ConvolutionGeometry geometry, Numbers input)
    {
        (Shape large, Shape small, int factor) = (geometry.Large, geometry.Small, geometry.Kernel);
        if (large.Height == small.Height * factor && large.Width == small.Width * factor)
        {
            string value = graph.Node(
                "Resize", [input.Name, "", graph.Constant(new float[] { 1, 1, factor, factor }, 4)], OnnxAttribute.Of("mode", "nearest"),
                OnnxAttribute.Of("coordinate_transformation_mode", "asymmetric"), OnnxAttribute.Of("nearest_mode", "floor"));
            return new Numbers(value, large, IsMap: true);
        }
        IEnumerable<int> Places(int largeSide, int smallSide) =>
            Enumerable.Range(0, largeSide).Select(pixel => Math.Min(pixel / factor, smallSide - 1));
        string rows = graph.Take(input.Name, Places(large.Height, small.Height), axis: 2);
        return new Numbers(graph.Take(rows, Places(large.Width, small.Width), axis: 3), large, IsMap: true);
    }

    private Numbers AddBranch(string place, ResidualBlock block, Numbers input)
    {
        Numbers branch = Apply(block.Branch, place, input);
        if (branch.IsMap == input.IsMap)
            return branch with { Name = graph.Add(branch.Name, input.Name) };
        return branch.IsMap
            ? branch with { Name = graph.Add(branch.Name, ToMap(input).Name) }
            : branch with { Name = graph.Add(branch.Name, ToRows(input).Name) };
    }
}
