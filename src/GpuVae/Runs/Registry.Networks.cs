using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <content>What networks are made of.</content>
public static partial class Registry
{
    /// <summary>Groups that a normalisation of groups has at most; of more channels each is larger.</summary>
    private const int MostGroups = 8;

    /// <summary>What may follow each hidden layer of the network.</summary>
    public static RegistryTable<Func<ILayer>> Layers { get; } = Activations();

    /// <summary>The words for layers in a network's text; see <see cref="NetworkText"/>.</summary>
    public static RegistryTable<NetworkWord> NetworkLayers { get; } = new("--network")
    {
        {
            "conv", new("conv N K[/S] [same|pad P]", words =>
            {
                int? channels = words.Channels();
                (int kernel, int stride) = words.Window('/');
                return new ConvolutionLayer(channels, kernel, stride, words.Padding().Padding);
            }),
            "a convolution with N kernels of K×K pixels every S pixels"
        },
        {
            "convs", new("convs N K/S", words =>
            {
                int channels = words.Number();
                (int kernel, int stride) = words.Window('/');
                return stride > 1
                    ? new ConvolutionsLayer(channels, kernel, stride)
                    : throw words.Refuse($"{kernel}", $"maps become smaller by a stride of 2 or more, as in {kernel}/2");
            }),
            $"such ones with N, 2N, 4N, … kernels until maps have at most {ConvolutionsLayer.SmallSide} pixels a side"
        },
        {
            "up", new("up N K[*S] [pad P[+O]] [to HxW]", words =>
            {
                int? channels = words.Channels();
                (int kernel, int stride) = words.Window('*');
                (int? padding, int output) = words.Padding(hasOutput: true);
                return new TransposedConvolutionLayer(channels, kernel, stride, padding, output) { Size = words.Size() };
            }),
            "a transposed one, to S times the size"
        },
        {
            "pool", new("pool [average] K[/S]", words =>
            {
                bool isAverage = words.IsNext("average");
                (int kernel, int stride) = words.Window('/', stride: null);
                return new PoolLayer(isAverage, kernel, stride);
            }),
            "the largest or mean numbers of windows"
        },
        { "upsample", new("upsample N [to HxW]", words => new UpsampleLayer(words.Number()) { Size = words.Size() }), "each pixel becomes N×N" },
        {
            "res", new("res [K]", words => new ResidualLayer(words.IsNumberNext ? words.Number() : 3)),
            "two convolutions of K×K, 3 by default, added to what they begin with"
        },
        { "dropout", new("dropout P", words => new DropoutLayer(words.Fraction())), "a part P of the numbers left out in training" },
        { "dense", new("dense N", words => new DenseLayer(words.Number())), "N units that see everything" },
        {
            "code", new("code", words => words.EndsEncoder
                ? new CodeLayer()
                : throw words.Refuse("", "it stands at the end of --network alone")),
            "at the end of the encoder: its last map is the code, with --latent its numbers and --code point or binary"
        },
    };

    /// <summary>What may normalise a layer's outputs before its activation, in a network's text, <c>norm batch</c>; it is given the map's shape.</summary>
    public static RegistryTable<Func<Shape, ILayer>> Norms { get; } = new("--network norm")
    {
        { "batch", _ => new BatchNorm(), "each channel over the images of a batch" },
        {
            "group", map => new GroupNorm(Enumerable.Range(1, MostGroups).Last(groups => map.Channels % groups == 0)),
            "groups of an image's channels: as many up to 8 as divide them"
        },
        { "layer", _ => new GroupNorm(1), "all numbers of an image" },
    };

    /// <summary>Every activation of the kernels but the identity, as a layer.</summary>
    private static RegistryTable<Func<ILayer>> Activations()
    {
        var layers = new RegistryTable<Func<ILayer>>("--activation");
        foreach (Activation activation in Activation.All.Where(one => one != Activation.Identity))
            layers.Add(activation.Name, () => new ActivationLayer(activation), activation.Formula);
        return layers;
    }
}
