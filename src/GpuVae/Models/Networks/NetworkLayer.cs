using System.Globalization;
using GpuVae.Kernels;
using static System.FormattableString;

namespace GpuVae.Models;

/// <summary>
/// A layer of a network before there are maps to join: what it is, and what follows it. Each time that it is asked it makes new
/// layers, so that one description serves many models.
/// </summary>
public abstract record NetworkLayer
{
    /// <summary>The layer as a person writes it, without what follows it: <c>conv 32 3/2</c>.</summary>
    public abstract string Text { get; }

    /// <summary>What follows it as a person writes it: <c>norm batch relu</c>; empty where nothing is said.</summary>
    public string FollowingText { get; init; } = "";

    /// <summary>Makes the normalisation of a map behind it; null for none.</summary>
    public Func<Shape, ILayer>? Norm { get; init; }

    /// <summary>Makes the activation behind it; null for the network's own.</summary>
    public Func<ILayer>? Activation { get; init; }

    /// <summary>Whether no activation follows it, not even the network's own.</summary>
    public bool IsLinear { get; init; }

    /// <summary>Whether the network's own activation follows it where nothing else is said: after sums with weights.</summary>
    protected virtual bool IsWeighted => true;

    /// <summary>Whether the norm is a part of the layer and does not follow it.</summary>
    private protected virtual bool HasNormInside => false;

    /// <summary>Makes it, without what follows it.</summary>
    /// <param name="input">What it sees.</param>
    /// <param name="image">An image, for layers that have its channels.</param>
    /// <param name="activation">Makes the network's own activation, for layers that have one inside.</param>
    public abstract IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation);

    /// <summary>The layers that it stands for: itself, but for one that follows from the size of its map.</summary>
    /// <param name="input">What it sees.</param>
    internal virtual IEnumerable<NetworkLayer> Expand(Shape input) => [this];

    /// <summary>The layer of a mirrored decoder in its place.</summary>
    /// <param name="input">What this one sees, which the mirrored one gives.</param>
    /// <exception cref="UserException">It has none.</exception>
    public abstract NetworkLayer Mirror(Shape input);

    /// <summary>The shape that it gives.</summary>
    /// <exception cref="UserException">It cannot take such an input.</exception>
    internal virtual Shape OutputFor(Shape input, Shape image, Func<ILayer> activation) =>
        LayerSize.Of(Create(input, image, activation), input).Output;

    /// <summary>Channels as a person writes them.</summary>
    protected static string NameOf(int? channels) => channels?.ToString(CultureInfo.InvariantCulture) ?? "C";

    /// <summary>A kernel and its stride as a person writes them.</summary>
    protected static string WindowOf(int kernel, char sign, int stride) =>
        stride == 1 ? Invariant($"{kernel}") : Invariant($"{kernel}{sign}{stride}");

    /// <summary>Padding as a person writes it.</summary>
    protected static string PaddingOf(int? padding) => padding is int pixels ? Invariant($" pad {pixels}") : "";

    /// <summary>A size that comes out as a person writes it.</summary>
    protected static string SizeOf((int Height, int Width)? size) =>
        size is { } known ? Invariant($" to {known.Height}x{known.Width}") : "";

    /// <summary>Makes it with what follows it.</summary>
    /// <param name="input">What it sees.</param>
    /// <param name="image">An image.</param>
    /// <param name="activation">Makes the network's own activation.</param>
    /// <param name="isOutput">Whether it is a decoder's last, which the network's own activation does not follow.</param>
    internal IEnumerable<ILayer> CreateAll(Shape input, Shape image, Func<ILayer> activation, bool isOutput)
    {
        foreach (ILayer layer in Create(input, image, activation))
            yield return layer;
        if (Norm is not null && !HasNormInside)
            yield return Norm(OutputFor(input, image, activation));
        if (!IsLinear && (Activation ?? (IsWeighted && !isOutput ? activation : null)) is { } follows)
            yield return follows();
    }
}

/// <summary>A dense layer: each of its numbers sees all numbers of what is below.</summary>
/// <param name="Units">How many numbers come out.</param>
public sealed record DenseLayer(int Units) : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text => Invariant($"dense {Units}");

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) => [new Linear(Units)];

    /// <inheritdoc/>
    internal override Shape OutputFor(Shape input, Shape image, Func<ILayer> activation) => Shape.Vector(Units);

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => new MapLayer(input.Height, input.Width, input.Channels);
}

/// <summary>
/// A map: numbers in a row become it through a dense layer, as a code does before the convolutions of a decoder; another map of as
/// many numbers is taken as it.
/// </summary>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Channels">C; null for those of an image.</param>
public sealed record MapLayer(int Height, int Width, int? Channels) : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text => Height == 1 && Width == 1 ? $"dense {NameOf(Channels)}" : Invariant($"{Height}x{Width}x{NameOf(Channels)}");

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation)
    {
        var map = new Shape(Height, Width, Channels ?? image.Channels);
        if (input is not { Height: 1, Width: 1 })
            return [new Reshape(map)];
        return map is { Height: 1, Width: 1 } ? [new Linear(map.Size)] : [new Linear(map.Size), new Reshape(map)];
    }

    /// <inheritdoc/>
    internal override Shape OutputFor(Shape input, Shape image, Func<ILayer> activation) =>
        input is { Height: 1, Width: 1 }
            ? new Shape(Height, Width, Channels ?? image.Channels)
            : base.OutputFor(input, image, activation);

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => new MapLayer(input.Height, input.Width, input.Channels);
}

/// <summary>
/// The end of an encoder whose last map is the code itself: no dense layer follows it, and the decoder begins with that map. Of a
/// network of convolutions alone each number of the code then says something of one place of an image.
/// </summary>
public sealed record CodeLayer : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text => "code";

    /// <inheritdoc/>
    protected override bool IsWeighted => false;

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) => [];

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => this;
}

/// <summary>A <see cref="Convolution"/>.</summary>
/// <param name="Channels">Channels that come out; null for those of an image.</param>
/// <param name="Kernel">The side of a window.</param>
/// <param name="Stride">From a window to the next.</param>
/// <param name="Padding">As PyTorch counts it; null for <c>same</c>.</param>
public sealed record ConvolutionLayer(int? Channels, int Kernel, int Stride = 1, int? Padding = null) : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text => $"conv {NameOf(Channels)} {WindowOf(Kernel, '/', Stride)}{PaddingOf(Padding)}";

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) =>
        [new Convolution(Channels ?? image.Channels, Kernel, Stride, Padding)];

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) =>
        new TransposedConvolutionLayer(input.Channels, Kernel, Stride, Padding)
        {
            Size = GoesBack(input.Height) && GoesBack(input.Width) ? null : (input.Height, input.Width),
        };

    /// <summary>Whether a side comes back by itself: no pixel was left over, or added to fill a window.</summary>
    private bool GoesBack(int side) =>
        (Padding is int pixels ? (side + (2 * pixels) - Kernel) % Stride : side % Stride) == 0;
}

/// <summary>A <see cref="TransposedConvolution"/>.</summary>
/// <param name="Channels">Channels that come out; null for those of an image.</param>
/// <param name="Kernel">The side of a window.</param>
/// <param name="Stride">From a window to the next.</param>
/// <param name="Padding">As PyTorch counts it; null for maps that grow by the stride.</param>
/// <param name="OutputPadding">As PyTorch counts it.</param>
public sealed record TransposedConvolutionLayer(
    int? Channels, int Kernel, int Stride = 1, int? Padding = null, int OutputPadding = 0) : NetworkLayer
{
    /// <inheritdoc/>
    public override string Text =>
        $"up {NameOf(Channels)} {WindowOf(Kernel, '*', Stride)}{PaddingOf(Padding)}{(OutputPadding > 0 ? $"+{OutputPadding}" : "")}"
        + SizeOf(Size);

    /// <summary>Height and width that come out, where they are known.</summary>
    public (int Height, int Width)? Size { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<ILayer> Create(Shape input, Shape image, Func<ILayer> activation) =>
        [new TransposedConvolution(Channels ?? image.Channels, Kernel, Stride, Padding, OutputPadding) { Size = Size }];

    /// <inheritdoc/>
    public override NetworkLayer Mirror(Shape input) => new ConvolutionLayer(input.Channels, Kernel, Stride, Padding);
}
