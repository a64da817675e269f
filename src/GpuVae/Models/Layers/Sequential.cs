using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// Layers one after the other: h₀ = x, hᵢ₊₁ = fᵢ(layerᵢ(hᵢ)). An activation that follows a layer is that layer's epilogue,
/// and its derivative the epilogue of the next layer's input gradient, so neither costs a pass over memory; nor does a
/// <see cref="Reshape"/>.
/// </summary>
/// <remarks>
/// The layers' tensors are called <c>0.weight</c>, <c>1.weight</c>, …: counted without the activations that follow a layer.
/// </remarks>
public sealed partial class Sequential : ILayer
{
    private readonly Stage[] _stages;
    private IDevice? _device;

    /// <summary>Puts layers in a row.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Sequential(params IReadOnlyList<ILayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var stages = new List<Stage>();
        foreach (ILayer layer in layers)
        {
            // One activation is no epilogue of another, whose derivative may need what it gave.
            if (layer is ActivationLayer activation && stages.Count > 0 && stages[^1] is { Activation: null, Layer: not ActivationLayer })
                stages[^1].Activation = activation.Function;
            else if (layer is Reshape && stages.Count > 0 && stages[^1].Reshape is null)
                stages[^1].Reshape = (Reshape)layer;
            else
                stages.Add(new Stage(layer));
        }
        if (stages.Count == 0)
            throw new ArgumentException("A row of layers has at least one.", nameof(layers));
        _stages = [.. stages];
    }

    /// <summary>The last layer, without the activation that may follow it.</summary>
    public ILayer Last => _stages[^1].Layer;

    /// <summary>Whether what comes out is kept here for the way back, since an activation is last.</summary>
    internal bool KeepsOutput => _stages[^1].Activation is not null;

    /// <summary>The layers in their order, each with what follows it, once they are built.</summary>
    internal IEnumerable<SequentialStep> Steps =>
        _stages.Select(stage => new SequentialStep(stage.Layer, stage.Activation, stage.Computed, stage.Shape));

    /// <inheritdoc/>
    public Shape Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        Shape shape = input;
        for (int i = 0; i < _stages.Length; i++)
        {
            _stages[i].Computed = shape = builder.Build(_stages[i].Layer, $"{i}", shape);
            _stages[i].Shape = shape = _stages[i].Reshape?.Build(shape, builder) ?? shape;
        }

        // Memory comes after all parameters are declared: a model that is too large is refused before it takes any.
        TakeMemory(builder);
        return shape;
    }

    /// <summary>What the last layer reads of x; x itself where there is one layer.</summary>
    /// <param name="context">As for <see cref="Forward(in PassContext, View{float}, in Epilogue, View{float})"/>.</param>
    /// <param name="input">x (B, in).</param>
    /// <returns>(B, width of the last layer but one); it lasts until the next pass.</returns>
    public View<float> ForwardHidden(in PassContext context, View<float> input)
    {
        View<float> h = input;
        foreach (Stage stage in _stages.AsSpan(0, _stages.Length - 1))
        {
            Forward(context, stage, h, stage.Output.RowRange(0, input.Rows));
            h = stage.Output.RowRange(0, input.Rows);
        }
        return h;
    }

    /// <inheritdoc/>
    public void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output)
    {
        if (!KeepsOutput)
        {
            _stages[^1].Layer.Forward(context, ForwardHidden(context, input), epilogue, output);
            return;
        }
        // Two things follow the last layer. What its activation gives is kept for the way back.
        View<float> activated = ForwardKept(context, input, default);
        _device!.Run(new ApplyEpilogue(activated, epilogue, output));
    }

    /// <summary>
    /// The last layer first. With G = ∂L/∂ of what a layer computed before its activation, one layer further down
    /// G ← (∂L/∂h) ⊙ f′.
    /// </summary>
    public void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient)
    {
        int rows = input.Rows;
        View<float> gradient = outputGradient;
        Stage last = _stages[^1];
        if (last.Activation is not null)
        {
            gradient = last.Gradient.RowRange(0, rows);
            _device!.Run(new ApplyEpilogue(outputGradient, last.Derivative(rows), gradient));
        }
        for (int i = _stages.Length - 1; i >= 0; i--)
        {
            Stage stage = _stages[i];
            View<float> stored = stage.Activation is null && stage == last ? output : stage.Output.RowRange(0, rows);
            if (i == 0)
            {
                stage.Layer.Backward(input, stored, gradient, epilogue, inputGradient);
                return;
            }
            Stage below = _stages[i - 1];
            View<float> between = below.Output.RowRange(0, rows), next = below.Gradient.RowRange(0, rows);
            if (below.IsRepeated)
                Repeat(below, i == 1 ? input : _stages[i - 2].Output.RowRange(0, rows), between);
            stage.Layer.Backward(between, stored, gradient, below.Derivative(rows), next);
            gradient = next;
        }
    }

    /// <summary>The layers in their order once they are built, with those inside of others.</summary>
    /// <param name="name">What this is called.</param>
    /// <param name="input">What the first sees.</param>
    internal IEnumerable<LayerPlace> Places(string name, Shape input)
    {
        Shape shape = input;
        for (int i = 0; i < _stages.Length; i++)
        {
            Stage stage = _stages[i];
            yield return new LayerPlace($"{name}.{i}", stage.Layer, shape, stage.Computed, stage.Shape);
            if (stage.Layer is ResidualBlock block)
            {
                foreach (LayerPlace inner in block.Branch.Places($"{name}.{i}", shape))
                    yield return inner;
            }
            shape = stage.Shape;
        }
    }

    /// <summary>What comes out without a copy of it: where it is kept, or in <paramref name="output"/>.</summary>
    /// <param name="context">As for <see cref="Forward(in PassContext, View{float}, in Epilogue, View{float})"/>.</param>
    /// <param name="input">x (B, in).</param>
    /// <param name="output">(B, out); not used where <see cref="KeepsOutput"/>.</param>
    /// <returns>y (B, out); it lasts until the next pass.</returns>
    internal View<float> ForwardKept(in PassContext context, View<float> input, View<float> output)
    {
        Stage last = _stages[^1];
        View<float> kept = KeepsOutput ? last.Output.RowRange(0, input.Rows) : output;
        Forward(context, last, ForwardHidden(context, input), kept);
        return kept;
    }

    private void Forward(in PassContext context, Stage stage, View<float> input, View<float> output)
    {
        if (stage.Activation is not { } activation)
        {
            stage.Layer.Forward(context, input, Epilogue.Store, output);
        }
        else if (!activation.DerivativeNeedsInput)
        {
            stage.Layer.Forward(context, input, Epilogue.Activate(activation), output);
        }
        else
        {
            View<float> sums = stage.Sums.RowRange(0, input.Rows);
            stage.Layer.Forward(context, input, Epilogue.Store, sums);
            _device!.Run(new ApplyEpilogue(sums, Epilogue.Activate(activation), output));
        }
    }

    /// <summary>A layer and the activation that follows it.</summary>
    private sealed class Stage(ILayer layer)
    {
        public ILayer Layer => layer;

        public Activation? Activation { get; set; }

        /// <summary>What the numbers are taken as by the next layer: neither a copy nor a pass over memory.</summary>
        public Reshape? Reshape { get; set; }

        /// <summary>An example of what the layer gives.</summary>
        public Shape Computed { get; set; }

        /// <summary>An example of what comes out, taken as another shape or not.</summary>
        public Shape Shape { get; set; }

        /// <summary>f(layer(h)) (capacity, out).</summary>
        public View<float> Output { get; set; }

        /// <summary>layer(h) (capacity, out), where f′ needs it.</summary>
        public View<float> Sums { get; set; }

        /// <summary>Whether <see cref="Output"/> is not kept, and made once more on the way back.</summary>
        public bool IsRepeated { get; set; }

        /// <summary>Whether the gradient takes the place of <see cref="Output"/>.</summary>
        public bool IsOverwritten { get; set; }

        /// <summary>∂L/∂ of layer(h) (capacity, out), in memory that other stages have too or, where nothing is set, over the output.</summary>
        public View<float> Gradient
        {
            get => IsOverwritten ? Output : field;
            set;
        }

        /// <summary>From ∂L/∂ of what comes out to ∂L/∂ of layer(h).</summary>
        public Epilogue Derivative(int rows) => Activation is null ? Epilogue.Store : Epilogue.Derivative(
            (Activation.DerivativeNeedsInput ? Sums : Output).RowRange(0, rows), Activation);
    }
}

/// <summary>A layer in its place in a model.</summary>
/// <param name="Name">What its tensors' names begin with: <c>encoder.1</c>.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Input">An example of what it sees.</param>
/// <param name="Computed">An example of what it gives.</param>
/// <param name="Output">What that is taken as by the next.</param>
internal sealed record LayerPlace(string Name, ILayer Layer, Shape Input, Shape Computed, Shape Output);

/// <summary>A layer of a <see cref="Sequential"/> and what follows it.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Activation">The activation behind it; null for none.</param>
/// <param name="Computed">An example of what the layer gives.</param>
/// <param name="Output">What that is taken as by the next.</param>
internal sealed record SequentialStep(ILayer Layer, Activation? Activation, Shape Computed, Shape Output);
