using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// The second choice: the layers of the encoder, and those of the decoder, which mirror them where nobody wrote them. A dense layer
/// that gives the code's numbers follows the encoder's, but where they end in a <see cref="CodeLayer"/>.
/// </summary>
/// <param name="Encoder">The encoder's layers; none for a linear one.</param>
/// <param name="Activation">Makes what follows each layer: an activation, or a layer that keeps its input's shape.</param>
public sealed record NetworkSettings(IReadOnlyList<NetworkLayer> Encoder, Func<ILayer> Activation)
{
    /// <summary>The decoder's layers, the last of which gives an image; null for the encoder's in reverse.</summary>
    public IReadOnlyList<NetworkLayer>? Decoder { get; init; }

    /// <summary>
    /// m: the decoder gives m times an image's channels, as <see cref="ILikelihood.ParametersPerNumber"/> says. A model sets it.
    /// </summary>
    public int ParametersPerNumber { get; init; } = 1;

    /// <summary>Whether the encoder's last map is the code itself.</summary>
    public bool EndsInCode => Encoder is [.., CodeLayer];

    /// <summary>A dense encoder, and a decoder with the same layers in reverse.</summary>
    /// <param name="hidden">Widths of the encoder's hidden layers.</param>
    /// <param name="activation">Makes what follows each of them.</param>
    public static NetworkSettings Dense(IReadOnlyList<int> hidden, Func<ILayer> activation) =>
        new([.. hidden.Select(width => new DenseLayer(width))], activation);

    /// <summary>Makes the encoder with its head.</summary>
    /// <param name="image">What it sees.</param>
    /// <param name="outputs">Numbers of the head.</param>
    /// <exception cref="UserException">
    /// A layer cannot take what the one before it gives, or the map at the end is no code of so many numbers.
    /// </exception>
    public Sequential CreateEncoder(Shape image, int outputs)
    {
        var layers = new List<ILayer>();
        foreach ((NetworkLayer layer, Shape input) in Expanded(Encoder, image, image))
            layers.AddRange(layer.CreateAll(input, image, Activation, isOutput: false));
        if (!EndsInCode)
            layers.Add(new Linear(outputs));
        else if (layers.Count == 0)
            throw new UserException("--network code: there is no layer before it; write some, as in 'conv 8 3/2, code'");
        _ = CodeShape(outputs, image);
        return new Sequential(layers);
    }

    /// <summary>What a decoder begins with: the encoder's last map where that is the code, else numbers in a row.</summary>
    /// <param name="units">Numbers of a code.</param>
    /// <param name="image">What the encoder sees.</param>
    /// <exception cref="UserException">The map has not so many numbers.</exception>
    public Shape CodeShape(int units, Shape image)
    {
        if (!EndsInCode)
            return Shape.Vector(units);
        (NetworkLayer code, Shape input) = Expanded(Encoder, image, image)[^1];
        Shape map = After(code, input, image);
        return map.Size == units ? map : throw new UserException(FormattableString.Invariant(
            $"--network: its code is a map of {map}, {map.Size} numbers, and --latent and --code ask for {units}; take --latent {map.Size}")
            + " with --code point or binary, which have one number for each");
    }

    /// <summary>What the encoder with its head costs for an image.</summary>
    /// <param name="image">What it sees.</param>
    /// <param name="outputs">Numbers of the head.</param>
    public LayerSize EncoderSize(Shape image, int outputs) => LayerSize.Of([CreateEncoder(image, outputs)], image);

    /// <summary>What the decoder gives: an image with <see cref="ParametersPerNumber"/> times its channels.</summary>
    /// <param name="image">What the encoder sees.</param>
    public Shape Outputs(Shape image) => image with { Channels = checked(image.Channels * ParametersPerNumber) };

    /// <summary>Makes the decoder.</summary>
    /// <param name="units">Numbers of a code.</param>
    /// <param name="image">What the encoder sees.</param>
    /// <exception cref="UserException">
    /// A layer cannot take what the one before it gives, or the last does not give <see cref="Outputs"/>.
    /// </exception>
    public Sequential CreateDecoder(int units, Shape image)
    {
        IReadOnlyList<NetworkLayer> described = DecoderFor(units, image);
        var layers = new List<ILayer>();
        Shape shape = CodeShape(units, image), outputs = Outputs(image);
        for (int i = 0; i < described.Count; i++)
        {
            layers.AddRange(described[i].CreateAll(shape, outputs, Activation, isOutput: i == described.Count - 1));
            shape = After(described[i], shape, outputs);
        }
        return new Sequential(layers);
    }

    /// <summary>The decoder's layers as they are made: those that were given, or the mirrored ones.</summary>
    /// <param name="units">Numbers of a code.</param>
    /// <param name="image">What the encoder sees.</param>
    /// <exception cref="UserException">They do not give <see cref="Outputs"/>, or a layer has no mirror image.</exception>
    public IReadOnlyList<NetworkLayer> DecoderFor(int units, Shape image)
    {
        Shape code = CodeShape(units, image), outputs = Outputs(image);
        NetworkLayer[] layers = Decoder is null
            ? Mirrored(image, outputs)
            : [.. Expanded(Decoder, code, outputs).Select(place => place.Layer)];
        Shape shape;
        try
        {
            shape = layers.Aggregate(code, (input, layer) => After(layer, input, outputs));
        }
        catch (UserException exception) when (Decoder is null && exception is not ModelTooLargeException)
        {
            throw new UserException($"--network, mirrored: {exception.Message}; write the decoder with --decoder", exception);
        }
        if (shape == outputs || (shape is { Height: 1, Width: 1 } && shape.Size == outputs.Size))
            return layers;
        // As with the encoder's head, a dense layer need not be written that follows from what comes out.
        if (shape is { Height: 1, Width: 1 })
            return [.. layers, new MapLayer(outputs.Height, outputs.Width, outputs.Channels)];
        string images = ParametersPerNumber == 1
            ? $"images are {image}"
            : FormattableString.Invariant($"for images of {image} --likelihood takes {outputs}, {ParametersPerNumber} numbers for each");
        throw new UserException(Decoder is null
            ? $"--network: mirrored, it gives {shape} and {images}; write the decoder with --decoder"
            : $"--decoder: its last layer gives {shape}, and {images}; end it with a layer that gives that");
    }

    /// <summary>What each layer gives and costs, from the image to the code's head and from a code to the image.</summary>
    /// <param name="outputs">Numbers of the encoder's head.</param>
    /// <param name="units">Numbers of a code.</param>
    /// <param name="image">An image.</param>
    /// <exception cref="UserException">A layer cannot take what the one before it gives.</exception>
    public IReadOnlyList<PlannedLayer> Plan(int outputs, int units, Shape image)
    {
        _ = CodeShape(outputs, image);
        IEnumerable<NetworkLayer> head = EndsInCode ? [] : [new DenseLayer(outputs) { FollowingText = "for the code" }];
        return
        [
            .. Plan("encoder", [.. Expanded(Encoder, image, image).Select(place => place.Layer), .. head], image, image),
            .. Plan("decoder", DecoderFor(units, image), CodeShape(units, image), Outputs(image)),
        ];
    }

    private IEnumerable<PlannedLayer> Plan(string part, IReadOnlyList<NetworkLayer> layers, Shape input, Shape image)
    {
        for (int i = 0; i < layers.Count; i++)
        {
            bool isLast = i == layers.Count - 1;
            var size = LayerSize.Of(layers[i].CreateAll(input, image, Activation, isLast), input);
            yield return new PlannedLayer(part, $"{layers[i].Text} {layers[i].FollowingText}".TrimEnd(), size);
            input = size.Output;
        }
    }

    private NetworkLayer[] Mirrored(Shape image, Shape outputs)
    {
        var mirrored = new List<NetworkLayer>();
        NetworkLayer? last = null;
        Shape shape = image;
        bool hasChannelsOfImage = true;
        foreach ((NetworkLayer layer, Shape input) in Expanded(Encoder, image, image))
        {
            NetworkLayer mirror = layer.Mirror(hasChannelsOfImage ? input with { Channels = outputs.Channels } : input);
            hasChannelsOfImage &= layer is not (DenseLayer or MapLayer or ConvolutionLayer or TransposedConvolutionLayer);
            // What gives an image is followed by nothing that the encoder's first layer has.
            mirrored.Add(mirrored.Count == 0 ? mirror : FollowedAs(layer, mirror));
            shape = After(layer, input, image);
            last = layer;
        }
        mirrored.Reverse();
        if (EndsInCode)
            return [.. mirrored.Where(layer => layer is not CodeLayer)];
        var map = new MapLayer(shape.Height, shape.Width, hasChannelsOfImage ? outputs.Channels : shape.Channels);
        return [last is null ? map : FollowedAs(last, map), .. mirrored];
    }

    private static NetworkLayer FollowedAs(NetworkLayer original, NetworkLayer layer) => layer with
    {
        Norm = original.Norm,
        Activation = original.Activation,
        IsLinear = original.IsLinear,
        FollowingText = original.FollowingText,
    };

    private List<(NetworkLayer Layer, Shape Input)> Expanded(IReadOnlyList<NetworkLayer> layers, Shape input, Shape image)
    {
        var expanded = new List<(NetworkLayer, Shape)>();
        for (int i = 0; i < layers.Count; i++)
        {
            foreach (NetworkLayer layer in layers[i].Expand(input))
            {
                expanded.Add((layer, input));
                try
                {
                    input = After(layer, input, image);
                }
                catch (UserException exception) when (exception is not ModelTooLargeException)
                {
                    string option = layers == Decoder ? "--decoder" : "--network";
                    throw new UserException($"{option}: layer {i + 1} of {layers.Count}: {exception.Message}", exception);
                }
            }
        }
        return expanded;
    }

    private Shape After(NetworkLayer layer, Shape input, Shape image)
    {
        try
        {
            Shape output = layer.OutputFor(input, image, Activation);
            _ = output.Size;
            return output;
        }
        catch (OverflowException exception)
        {
            throw new UserException(
                $"{layer.Text}: of a map of {input}, this has more than 2³¹ − 1 numbers or weights; take fewer channels or a smaller map",
                exception);
        }
    }
}
