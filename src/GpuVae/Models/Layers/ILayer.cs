using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A piece of a network: y = layer(x), forward and backward written out. A batch of B examples is a matrix of B rows; a row
/// is an example of some <see cref="Shape"/>, NHWC.
/// </summary>
/// <remarks>
/// What follows a layer is its <see cref="Epilogue"/>: an activation, a likelihood, or on the way back the derivative of the
/// activation below. A layer that ends in a product hands it to that product; any other stores its plain numbers and calls
/// <see cref="LayerEpilogue.ApplyEpilogue"/>.
/// </remarks>
public interface ILayer
{
    /// <summary>Declares parameters, takes memory, and says what shape comes out.</summary>
    /// <param name="input">The shape of an example of x.</param>
    /// <param name="builder">Where parameters and memory come from; knows the largest batch.</param>
    /// <returns>The shape of an example of y.</returns>
    /// <exception cref="UserException">The layer cannot take such an input.</exception>
    Shape Build(Shape input, LayerBuilder builder);

    /// <summary>y = epilogue(layer(x)).</summary>
    /// <param name="context">Whether this is training, and where noise comes from.</param>
    /// <param name="input">x (B, in).</param>
    /// <param name="epilogue">What follows; it has no bias of its own, a layer adds its own with <see cref="Epilogue.WithBias"/>.</param>
    /// <param name="output">y (B, out).</param>
    void Forward(in PassContext context, View<float> input, in Epilogue epilogue, View<float> output);

    /// <summary>
    /// The gradients of a <see cref="Forward"/> that came before with the same views: of the parameters, into their
    /// <see cref="Parameter.Gradient"/>, and of x.
    /// </summary>
    /// <param name="input">x (B, in).</param>
    /// <param name="output">y (B, out) as it was stored.</param>
    /// <param name="outputGradient">∂L/∂ of what the layer computed before its epilogue (B, out).</param>
    /// <param name="epilogue">What happens to ∂L/∂x before it is stored.</param>
    /// <param name="inputGradient">∂L/∂x (B, in); empty where nothing below learns.</param>
    void Backward(
        View<float> input, View<float> output, View<float> outputGradient, in Epilogue epilogue,
        View<float> inputGradient);
}

/// <summary>A layer that adds a bias last: the same to each output or, where outputs are maps, to each channel of a map.</summary>
public interface IBiasedLayer : ILayer
{
    /// <summary>b.</summary>
    Parameter Bias { get; }
}

/// <summary>What layers that behave differently in training and at use, or that draw noise, need to know of a pass.</summary>
/// <param name="IsTraining">Whether the pass is a step of training; else parameters and saved state stay as they are.</param>
/// <param name="Counters">(1, <see cref="Counter.Count"/>): the step of the noise; empty at use.</param>
/// <param name="Noise">Where noise comes from.</param>
/// <param name="FirstRow">What row of the whole batch the first one is, a multiple of four.</param>
public readonly record struct PassContext(bool IsTraining, View<int> Counters, RandomSource Noise, int FirstRow = 0)
{
    /// <summary>A trained model that is asked for codes or pictures.</summary>
    public static PassContext Use => default;
}
