using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// y = x + f(x), with a row of layers f that gives the shape it takes (He et al. 2016). An activation that follows in a
/// <see cref="Sequential"/> is its epilogue.
/// </summary>
/// <remarks>The tensors of f are called <c>0.weight</c>, … as those of a <see cref="Sequential"/> of the same layers.</remarks>
public sealed class ResidualBlock : ILayer
{
    private readonly Sequential _branch;
    private IDevice? _device;
    private View<float> _branchOutput;

    /// <summary>Puts the layers of f in a row.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public ResidualBlock(params IReadOnlyList<ILayer> layers) => _branch = new Sequential(layers);

    /// <summary>The layers of f.</summary>
    internal Sequential Branch => _branch;

    /// <inheritdoc/>
    /// <exception cref="UserException">f gives another shape than it takes, or cannot take such an input.</exception>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        Shape output = _branch.Build(input, builder);
        if (output != input)
        {
            throw new UserException(
                $"residual: its layers make {output} of {input}, and are added to what they begin with; "
                + "let the last one give that shape, with stride 1 and as many channels");
        }
        if (!_branch.KeepsOutput)
            _branchOutput = builder.Allocate(builder.Rows, output.Size);
        return output;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        // f(x) is not summed in place: a layer may need its output on the way back.
        View<float> branch = _branch.ForwardKept(context, input, OwnOutput(input.Rows));
        _device!.Run(new Elementwise(ElementwiseFunction.Add, input, branch, output));
        _device.ApplyEpilogue(epilogue, output);
    }

    /// <summary>∂x = G + (∂f/∂x)ᵀ G.</summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        _branch.Backward(input, OwnOutput(input.Rows), outputGradient, Epilogue.Store, inputGradient);
        if (inputGradient.IsEmpty)
            return;
        _device!.Run(new Elementwise(ElementwiseFunction.Add, inputGradient, outputGradient, inputGradient));
        _device.ApplyEpilogue(epilogue, inputGradient);
    }

    /// <summary>Memory for f(x), where the branch has none of its own.</summary>
    private View<float> OwnOutput(int rows) => _branchOutput.IsEmpty ? default : _branchOutput.RowRange(0, rows);
}
