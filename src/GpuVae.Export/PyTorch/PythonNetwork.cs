using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Export.PyTorch;

/// <summary>
/// Layers as modules of <c>torch.nn</c>, named so that their state_dict has the names of a checkpoint here: a layer has its number, and
/// what stands before or behind it the number and a word.
/// </summary>
/// <param name="part">encoder or decoder, for messages.</param>
internal sealed class PythonNetwork(string part)
{
    private readonly List<string> _lines = [];

    /// <summary>Whether a <c>Residual</c> is among the modules.</summary>
    public bool HasResidual { get; private set; }

    /// <summary>Entries of an <c>OrderedDict</c>.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Adds the layers.</summary>
    /// <param name="network">They.</param>
    /// <param name="input">What they see.</param>
    /// <param name="isMap">Whether it is (N, C, H, W), or (N, numbers).</param>
    /// <returns>Whether what they give is (N, C, H, W).</returns>
    /// <exception cref="UserException">A layer is one of somebody's own, or one that PyTorch cannot have.</exception>
    public bool Add(Sequential network, Shape input, bool isMap)
    {
        Shape shape = input;
        int number = 0;
        foreach (SequentialStep step in network.Steps)
        {
            bool wantsMap = WantsMap(step.Layer, shape, isMap);
            if (isMap && step.Layer is Linear)
                Entry($"{number}_flat", "nn.Flatten()");
            else if (!isMap && wantsMap)
                Entry($"{number}_map", $"nn.Unflatten(1, ({shape.Channels}, {shape.Height}, {shape.Width}))");
            isMap = step.Layer is not Linear && (isMap || wantsMap);
            AddLayer(number, step.Layer, shape, isMap);
            if (step.Activation is { } activation && activation != Activation.Identity)
                Entry($"{number}_{activation.Name.Replace('-', '_')}", Module(activation, number));
            if (step.Layer is not Linear && step.Output != step.Computed && isMap)
            {
                Entry($"{number}_flat", "nn.Flatten()");
                isMap = false;
            }
            shape = step.Output;
            number++;
        }
        return isMap;
    }

    /// <summary>A last module that makes rows maps.</summary>
    public void AddMap(Shape shape) => Entry("map", $"nn.Unflatten(1, ({shape.Channels}, {shape.Height}, {shape.Width}))");

    private static bool WantsMap(ILayer layer, Shape shape, bool isMap) => layer switch
    {
        Linear or Reshape => false,
        BatchNorm or GroupNorm => shape is not { Height: 1, Width: 1 },
        ResidualBlock block => block.Branch.Steps.FirstOrDefault() is { } first && WantsMap(first.Layer, shape, isMap),
        Dropout or ActivationLayer => isMap,
        _ => true,
    };

    private void AddLayer(int number, ILayer layer, Shape shape, bool isMap)
    {
        switch (layer)
        {
            case Linear linear:
                Entry($"{number}", $"nn.Linear({shape.Size}, {linear.Outputs})");
                break;
            case Convolution convolution:
                AddConvolution(number, convolution.Geometry);
                break;
            case TransposedConvolution transposed:
                AddTransposed(number, transposed.Geometry);
                break;
            case BatchNorm norm:
                Entry($"{number}", FormattableString.Invariant($"nn.BatchNorm{(isMap ? "2d" : "1d")}({shape.Channels}, eps={norm.Epsilon:R})"));
                break;
            case GroupNorm norm:
                Entry($"{number}", FormattableString.Invariant($"nn.GroupNorm({norm.Groups}, {shape.Channels}, eps={norm.Epsilon:R})"));
                break;
            case MaxPool pool:
                Entry($"{number}", $"nn.MaxPool2d({pool.Geometry.Kernel}, {pool.Geometry.Stride})");
                break;
            case AveragePool pool:
                Entry($"{number}", $"nn.AvgPool2d({pool.Geometry.Kernel}, {pool.Geometry.Stride})");
                break;
            case Upsample upsample:
                AddUpsample(number, upsample.Geometry);
                break;
            case Dropout dropout:
                Entry($"{number}", FormattableString.Invariant($"nn.Dropout({dropout.Probability:R})"));
                break;
            case ActivationLayer activation when activation.Function == Activation.Identity:
            case Reshape:
                break;
            case ActivationLayer activation:
                Entry($"{number}", Module(activation.Function, number));
                break;
            case ResidualBlock block:
                AddResidual(number, block, shape, isMap);
                break;
            default:
                throw new UserException(
                    $"{part}.{number}: the layer {layer.GetType().Name} is not one of the library's own, and has no module of PyTorch; "
                    + "export a model without it");
        }
    }

    private void AddResidual(int number, ResidualBlock block, Shape shape, bool isMap)
    {
        var inner = new PythonNetwork($"{part}.{number}");
        if (inner.Add(block.Branch, shape, isMap) != isMap)
            throw new UserException($"{part}.{number}: a residual block of maps and rows is none of PyTorch's; export a model without it");
        HasResidual = true;
        _lines.Add($"(\"{number}\", Residual(OrderedDict([");
        _lines.AddRange(inner.Lines.Select(line => $"    {line}"));
        _lines.Add("]))),");
    }

    /// <summary>PyTorch pads alike on both sides of a map; anything else is a module before it.</summary>
    private void AddConvolution(int number, in ConvolutionGeometry geometry)
    {
        (Shape large, Shape small, int kernel, int stride) = (geometry.Large, geometry.Small, geometry.Kernel, geometry.Stride);
        (int top, int left) = (geometry.Top, geometry.Left);
        string padding = "";
        if (ConvolutionGeometry.SmallSide(large.Height, kernel, stride, 2 * top) == small.Height
            && ConvolutionGeometry.SmallSide(large.Width, kernel, stride, 2 * left) == small.Width)
        {
            padding = $", padding=({top}, {left})";
        }
        else
        {
            int bottom = Math.Max(0, ((small.Height - 1) * stride) + kernel - large.Height - top);
            int right = Math.Max(0, ((small.Width - 1) * stride) + kernel - large.Width - left);
            Entry($"{number}_pad", $"nn.ZeroPad2d(({left}, {right}, {top}, {bottom}))");
        }
        Entry($"{number}", $"nn.Conv2d({large.Channels}, {small.Channels}, {kernel}, {stride}{padding})");
    }

    private void AddTransposed(int number, in ConvolutionGeometry geometry)
    {
        (Shape large, Shape small, int kernel, int stride) = (geometry.Large, geometry.Small, geometry.Kernel, geometry.Stride);
        int More(int largeSide, int smallSide, int before) => largeSide - (((smallSide - 1) * stride) - (2 * before) + kernel);
        int rows = More(large.Height, small.Height, geometry.Top), columns = More(large.Width, small.Width, geometry.Left);
        if (rows >= Math.Max(1, stride) || columns >= Math.Max(1, stride))
        {
            throw new UserException(
                $"{part}.{number}: PyTorch adds fewer pixels behind a map than the stride of {stride}, and this layer adds {Math.Max(rows, columns)}; "
                + "export a model without it");
        }
        Entry(
            $"{number}",
            $"nn.ConvTranspose2d({small.Channels}, {large.Channels}, {kernel}, {stride}, padding=({geometry.Top}, {geometry.Left}), "
            + $"output_padding=({Math.Max(0, rows)}, {Math.Max(0, columns)}))");
        if (rows < 0 || columns < 0)
            Entry($"{number}_crop", $"nn.ZeroPad2d((0, {Math.Min(0, columns)}, 0, {Math.Min(0, rows)}))");
    }

    private void AddUpsample(int number, in ConvolutionGeometry geometry)
    {
        int factor = geometry.Kernel;
        int rows = geometry.Large.Height - (geometry.Small.Height * factor), columns = geometry.Large.Width - (geometry.Small.Width * factor);
        Entry($"{number}", $"nn.Upsample(scale_factor={factor})");
        if (rows < 0 || columns < 0)
            Entry($"{number}_crop", $"nn.ZeroPad2d((0, {Math.Min(0, columns)}, 0, {Math.Min(0, rows)}))");
        if (rows > 0 || columns > 0)
            Entry($"{number}_edge", $"nn.ReplicationPad2d((0, {Math.Max(0, columns)}, 0, {Math.Max(0, rows)}))");
    }

    private string Module(Activation activation, int number) => activation.Name switch
    {
        "relu" => "nn.ReLU()",
        "tanh" => "nn.Tanh()",
        "sigmoid" => "nn.Sigmoid()",
        "leaky-relu" => "nn.LeakyReLU(0.01)",
        "gelu" => "nn.GELU()",
        "elu" => "nn.ELU()",
        "silu" => "nn.SiLU()",
        "softplus" => "nn.Softplus()",
        string other => throw new UserException(
            $"{part}.{number}: the activation {other} is not one of the library's own, and has no module of PyTorch; export a model without it"),
    };

    private void Entry(string name, string module) => _lines.Add($"(\"{name}\", {module}),");
}
