using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The code of semantic hashing (Salakhutdinov and Hinton 2009, section 3.2): z = σ(a + σₙ ε), where the noise ε ~ N(0, I)
/// is drawn once for each training image and kept. Against much noise only a large |a| carries a bit, so training pushes
/// σ(a) towards 0 and 1. At use there is no noise, and a bit is z &gt; ½.
/// </summary>
public sealed class BinaryCode : ICode
{
    private readonly IDevice _backend;
    private readonly float _deviation;
    private readonly DeviceBuffer<float> _zBuffer;
    private readonly View<float> _z; // (capacity, k)

    /// <summary>Takes memory for batches of up to the settings' capacity.</summary>
    public BinaryCode(IDevice backend, CodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(settings);
        _backend = backend;
        _deviation = (float)settings.Noise;
        Units = settings.Units;
        _zBuffer = backend.Allocate<float>((long)settings.Capacity * settings.Units);
        _z = _zBuffer.AsMatrix(settings.Capacity, settings.Units);
    }

    /// <inheritdoc/>
    public int Units { get; }

    /// <inheritdoc/>
    public int HeadWidth => Units;

    /// <inheritdoc/>
    public bool HasDivergence => false;

    /// <inheritdoc/>
    public Activation Mean => Activation.Sigmoid;

    /// <inheritdoc/>
    public bool IsBinary => true;

    /// <inheritdoc/>
    public View<float> Forward(View<float> head, in CodeDraws draws, int count, View<float> divergence)
    {
        View<float> z = _z.RowRange(0, head.Rows);
        _backend.Run(new SampleSigmoid(
            head, draws.Order, draws.Counters, draws.BatchSize, _deviation,
            draws.Noise with { Purpose = RandomPurpose.TrainingCase }, z));
        return z;
    }

    /// <inheritdoc/>
    public Epilogue GradientEpilogue(View<float> z) => Epilogue.Derivative(z, Activation.Sigmoid);

    /// <inheritdoc/>
    public View<float> Backward(
        View<float> head, View<float> zGradient, View<float> schedule, View<int> counters, float gradientScale,
        in DivergenceGradient divergence) =>
        zGradient;

    /// <inheritdoc/>
    public void Dispose() => _zBuffer.Dispose();
}
