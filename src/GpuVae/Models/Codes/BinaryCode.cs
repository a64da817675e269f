using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The code of semantic hashing (Salakhutdinov and Hinton 2009, section 3.2): z = σ(a + σₙ ε), where the noise ε ~ N(0, I)
/// is drawn once for each training image and kept. Against much noise only a large |a| carries a bit, so training pushes
/// σ(a) towards 0 and 1. At use there is no noise, and a bit is z &gt; ½.
/// </summary>
/// <param name="settings">k and σₙ.</param>
public sealed class BinaryCode(CodeSettings settings) : IBinaryCode
{
    private IDevice? _device;
    private View<float> _z; // (rows, k)

    /// <inheritdoc/>
    public int Units => settings.Units;

    /// <inheritdoc/>
    public int HeadWidth => settings.Units;

    /// <inheritdoc/>
    public Activation Mean => Activation.Sigmoid;

    /// <inheritdoc/>
    public void Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _z = builder.Allocate(builder.Images, Units);
    }

    /// <inheritdoc/>
    public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> terms)
    {
        View<float> z = _z.RowRange(0, head.Rows);
        _device!.Run(new SampleSigmoid(
            head, draws.Order, draws.Counters, draws.BatchSize, (float)settings.Noise,
            draws.Noise with { Purpose = RandomPurpose.TrainingCase }, z));
        return z;
    }

    /// <inheritdoc/>
    public Epilogue GradientEpilogue(View<float> z) => Epilogue.Derivative(z, Activation.Sigmoid);

    /// <inheritdoc/>
    public View<float> Backward(View<float> head, View<float> zGradient, in CodeGradient gradient) => zGradient;
}
