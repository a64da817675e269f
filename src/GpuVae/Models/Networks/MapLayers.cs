using GpuVae.Kernels;
using static System.FormattableString;

namespace GpuVae.Models;

/// <summary>
/// Convolutions until both sides of the map are at most <see cref="SmallSide"/> pixels, each with twice the channels of the one
/// before it up to <see cref="MostChannels"/>: as many as the size of the images asks for, at least one.
/// </summary>
/// <param name="Channels">Channels of the first.</param>
/// <param name="Kernel">The side of a window.</param>
/// <param name="Stride">From a window to the next, at least 2.</param>
public sealed record ConvolutionsLayer(int Channels, int Kernel, int Stride) : NetworkLayer
{
    /// <summary>A side that is small enough.</summary>
    public const int SmallSide = 8;

    /// <summary>Channels that are not doubled.</summary>
    public const int MostChannels = 512;

    /// <inheritdoc/>
    public override string Text => Invariant($"convs {Channels} {Kernel}/{Stride}");

    /// <inheritdoc/>
    internal override IEnumerable<NetworkLayer> Expand(Shape input)
    {
        int channels = Channels, side = Math.Max(input.Height, input.Width);
        do
        {
            yield return new ConvolutionLayer(channels, Kernel, Stride)
            {
                Norm = Norm,
                Activation = Activation,
                IsLinear = IsLinear,
                FollowingText = FollowingText,
            };
            channels = Math.Max(channels, Math.Min(2 * channels, MostChannels));
            side = (side + Stride - 1) / Stride;
        }
        while (side > SmallSide);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) =>
        throw new InvalidOperationException("It is expanded first.");

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => throw new InvalidOperationException("It is expanded first.");
}

/// <summary>A <see cref="MaxPool"/> or an <see cref="AveragePool"/>; a mirrored decoder has an <see cref="Upsample"/> in its place.</summary>
/// <param name="IsAverage">Whether a window becomes its mean in the place of its largest number.</param>
/// <param name="Kernel">The side of a window.</param>
/// <param name="Stride">From a window to the next.</param>
public sealed record PoolLayer(bool IsAverage, int Kernel, int Stride) : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text => Invariant($"pool {(IsAverage ? "average " : "")}{Kernel}{(Stride == Kernel ? "" : $"/{Stride}")}");

    /// <inheritdoc/>
    protected override bool IsWeighted => false;

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) =>
        [IsAverage ? new AveragePool(Kernel, Stride) : new MaxPool(Kernel, Stride)];

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) =>
        new UpsampleLayer(Stride)
        {
            Size = input.Height % Stride == 0 && input.Width % Stride == 0 && Kernel == Stride ? null : (input.Height, input.Width),
        };
}

/// <summary>An <see cref="Upsample"/>: each pixel becomes a block of equal ones.</summary>
/// <param name="Factor">The side of a block.</param>
public sealed record UpsampleLayer(int Factor) : NetworkLayer
{
    /// <summary>Height and width that come out, where they are known.</summary>
    public (int Height, int Width)? Size { get; init; }

    /// <inheritdoc/>
    public override string Text => Invariant($"upsample {Factor}") + SizeOf(Size);

    /// <inheritdoc/>
    protected override bool IsWeighted => false;

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) =>
        [new Upsample(Factor) { Size = Size }];

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => new PoolLayer(IsAverage: true, Factor, Factor);
}

/// <summary>
/// A <see cref="ResidualBlock"/> of two convolutions with as many channels as come in, each with the block's normalisation and an
/// activation between them: y = f(x + conv(f(conv(x)))) (He, Zhang, Ren and Sun 2016, figure 2).
/// </summary>
/// <param name="Kernel">The side of their windows.</param>
public sealed record ResidualLayer(int Kernel) : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text => Kernel == 3 ? "res" : Invariant($"res {Kernel}");

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation)
    {
        ILayer[] norm = Norm is null ? [] : [Norm(input)], last = Norm is null ? [] : [Norm(input)];
        return [new ResidualBlock([
            new Convolution(input.Channels, Kernel), .. norm, (Activation ?? activation)(), new Convolution(input.Channels, Kernel),
            .. last,
        ])];
    }

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => new ResidualLayer(Kernel);

    /// <inheritdoc/>
    private protected override bool HasNormInside => true;
}

/// <summary>A <see cref="Dropout"/>.</summary>
/// <param name="Probability">The part of the numbers that is left out in training.</param>
public sealed record DropoutLayer(double Probability) : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text => Invariant($"dropout {Probability}");

    /// <inheritdoc/>
    protected override bool IsWeighted => false;

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) => [new Dropout(Probability)];

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => new DropoutLayer(Probability);
}
