using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A synthetic defect in a rectangle of each example, drawn afresh at every step, so that a model learns to put in its place what
/// belongs there. See <see cref="CorruptPatch"/>.
/// </summary>
/// <param name="kind">What fills the rectangle.</param>
/// <param name="amount">The largest part of each side that it takes.</param>
public sealed class PatchCorruption(PatchKind kind, double amount) : ICorruption
{
    private IDevice? _device;
    private Shape _image;
    private View<float> _corrupted; // (images, D)

    /// <inheritdoc/>
    public bool AddsNoise => true;

    /// <inheritdoc/>
    public void Build(Shape input, LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        _device = builder.Device;
        _image = input;
        _corrupted = builder.Allocate(builder.Images, input.Size);
    }

    /// <inheritdoc/>
    public View<float> Apply(View<float> clean, View<int> counters, RandomSource noise)
    {
        View<float> corrupted = _corrupted.RowRange(0, clean.Rows);
        _device!.Run(new CorruptPatch(clean, counters, _image, kind, (float)amount, noise, corrupted));
        return corrupted;
    }
}
