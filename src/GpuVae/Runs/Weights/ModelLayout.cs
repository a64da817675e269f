using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <summary>A layer of a model as weights of another program see it.</summary>
/// <param name="Name">What its tensors' names begin with: <c>encoder.1</c>.</param>
/// <param name="Members">The last names and stored shapes of its tensors, in their order.</param>
internal sealed record ModelLayer(string Name, IReadOnlyList<(string Member, int[] Shape)> Members)
{
    /// <summary>encoder, decoder, or another part of a model, as a likelihood is.</summary>
    public string Part => Name.Split('.')[0];

    /// <summary>Whether it is a dense layer, whose <c>weight</c> is (out, in).</summary>
    public bool IsDense { get; init; }

    /// <summary>Whether it is the encoder's last dense layer, which gives the means and then the log-variances of a code.</summary>
    public bool IsPosterior { get; init; }

    /// <summary>Of a dense layer: what it sees, if that is a map whose numbers PyTorch has in another order; else null.</summary>
    public MapOrder? Columns { get; init; }

    /// <summary>The same of what it gives.</summary>
    public MapOrder? Rows { get; init; }

    /// <summary>The full name of a tensor.</summary>
    public string NameOf(string member) => Name.Length == 0 ? member : $"{Name}.{member}";
}

/// <summary>The layers that a configuration makes, without memory for their numbers.</summary>
/// <param name="Layers">Those with tensors, in the order in which they compute.</param>
/// <param name="Saved">Names of all tensors in the order of a checkpoint.</param>
/// <param name="Notes">What weights of another program do not say, and what may be otherwise there.</param>
internal sealed record ModelLayout(IReadOnlyList<ModelLayer> Layers, IReadOnlyList<string> Saved, IReadOnlyList<string> Notes)
{
    /// <summary>The layers of a model.</summary>
    /// <param name="configuration">What makes it.</param>
    /// <param name="image">What it takes.</param>
    /// <exception cref="UserException">It cannot be made, or has maps that NCHW would take apart otherwise.</exception>
    public static ModelLayout Of(RunConfiguration configuration, Shape image)
    {
        using var device = new MeasuringDevice();
        using Autoencoder model = ModelBuilder.Build(configuration, device, image, capacity: 1);
        var places = model.Layers.ToDictionary(place => place.Name, StringComparer.Ordinal);
        Linear? head = configuration.CreateNetwork().EndsInCode
            ? null
            : model.Layers.Where(place => place.Name.StartsWith("encoder.", StringComparison.Ordinal)).Select(place => place.Layer)
                .OfType<Linear>().LastOrDefault();
        bool hasHalves = model.Posterior is { Covariance: Covariance.Diagonal };
        foreach (LayerPlace place in model.Layers)
            RequireSameOrder(place);

        SavedTensor[] saved = [.. model.Parameters.Saved];
        var layers = saved.GroupBy(tensor => PrefixOf(tensor.Name)).Select(tensors =>
        {
            var layer = new ModelLayer(
                tensors.Key, [.. tensors.Select(tensor => (tensor.Name[(tensors.Key.Length + 1)..], tensor.Shape))]);
            return places.TryGetValue(tensors.Key, out LayerPlace? place) && place.Layer is Linear dense
                ? layer with
                {
                    IsDense = true,
                    IsPosterior = dense == head && hasHalves,
                    Columns = MapOrder.Of(place.Input),
                    Rows = MapOrder.Of(place.Output),
                }
                : layer;
        });
        return new ModelLayout(
            [.. layers], [.. saved.Select(tensor => tensor.Name)], [.. model.Layers.Select(PaddingNote).OfType<string>()]);
    }

    /// <summary>What stands before the last name of a tensor.</summary>
    public static string PrefixOf(string name) => name[..Math.Max(0, name.LastIndexOf('.'))];

    /// <summary>
    /// Refuses numbers of one map that are taken as another: a view of NCHW puts others side by side, and no weights of a layer
    /// can make up for that.
    /// </summary>
    private static void RequireSameOrder(LayerPlace place)
    {
        Shape from = place.Layer is Reshape ? place.Input : place.Computed;
        if (place.Layer is Linear || from == place.Output)
            return;
        if (MapOrder.Of(from) is not null || MapOrder.Of(place.Output) is not null)
        {
            throw new UserException(
                $"{place.Name}: takes a map of {from} as one of {place.Output}, which are other numbers in PyTorch, where channels "
                + "come first; such a network's weights cannot be exchanged with it");
        }
    }

    /// <summary>What is to be said of a layer whose padding <c>torch.nn.Conv2d</c> cannot have; null for others.</summary>
    private static string? PaddingNote(LayerPlace place)
    {
        (string word, ConvolutionGeometry geometry) = place.Layer switch
        {
            Convolution convolution => ("conv", convolution.Geometry),
            TransposedConvolution transposed => ("up", transposed.Geometry),
            _ => ("", default),
        };
        if (word.Length == 0)
            return null;
        int stride = geometry.Stride, kernel = geometry.Kernel;
        bool IsUneven(int large, int small, int before) => ((small - 1) * stride) + kernel - large - before > before;
        if (!IsUneven(geometry.Large.Height, geometry.Small.Height, geometry.Top)
            && !IsUneven(geometry.Large.Width, geometry.Small.Width, geometry.Left))
        {
            return null;
        }
        return $"{place.Name}: {word} {kernel}{(word == "conv" ? '/' : '*')}{stride} without pad puts more padding behind a map than before it, as "
            + "TensorFlow does; where the Python says padding=1, write pad 1" + (word == "up" ? ", and pad 1+1 for output_padding=1" : "");
    }
}

/// <summary>A map that has its channels side by side here, NHWC, and one behind the other in PyTorch, NCHW.</summary>
/// <param name="Map">(H, W, C).</param>
internal sealed record MapOrder(Shape Map)
{
    /// <summary>The two orders of a map; null where they are the same.</summary>
    public static MapOrder? Of(Shape map) => (map.Height == 1 && map.Width == 1) || map.Channels == 1 ? null : new MapOrder(map);

    /// <summary>Where PyTorch has a number.</summary>
    /// <param name="index">Its place here.</param>
    public int InNchw(int index) => (index % Map.Channels * Map.Height * Map.Width) + (index / Map.Channels);
}
