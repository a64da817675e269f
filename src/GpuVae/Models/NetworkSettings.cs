namespace GpuVae.Models;

/// <summary>The second choice in numbers: a dense encoder, and a decoder with the same layers in reverse.</summary>
/// <param name="Hidden">Widths of the encoder's hidden layers.</param>
/// <param name="Following">Makes what follows each of them: an activation, or a layer that keeps its input's shape.</param>
public sealed record NetworkSettings(IReadOnlyList<int> Hidden, Func<ILayer> Following)
{
    /// <summary>The layers of the encoder up to its head, which has <paramref name="outputs"/> outputs.</summary>
    public Sequential Encoder(int outputs) => Dense(Hidden, outputs);

    /// <summary>The layers of the decoder, whose last has <paramref name="outputs"/> outputs.</summary>
    public Sequential Decoder(int outputs) => Dense(Hidden.Reverse(), outputs);

    private Sequential Dense(IEnumerable<int> hidden, int outputs) =>
        new([.. hidden.SelectMany(width => (ILayer[])[new Linear(width), Following()]), new Linear(outputs)]);
}
