using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Runs;

/// <summary>Networks in words: what they mean, what a mirrored decoder is, and what is said of words that mean nothing.</summary>
public sealed class NetworkTextTests
{
    private static readonly Shape _digit = new(28, 28, 1);

    [Fact]
    public void Words_are_layers()
    {
        NetworkLayer[] expected =
        [
            new ConvolutionLayer(32, 3, 2), new ConvolutionLayer(null, 5), new ConvolutionLayer(8, 4, 2, Padding: 1),
            new TransposedConvolutionLayer(64, 3, 2), new TransposedConvolutionLayer(1, 3, 2, 1, 1), new DenseLayer(16),
            new PoolLayer(false, 2, 2), new PoolLayer(true, 3, 2), new UpsampleLayer(2), new DropoutLayer(0.25), new ResidualLayer(3), new ResidualLayer(5),
            new MapLayer(7, 5, 64), new MapLayer(28, 28, null), new ConvolutionLayer(2, 3) { IsLinear = true, FollowingText = "linear" },
        ];
        Assert.Equal(expected, NetworkText.Parse(
            "conv 32 3/2,conv C 5 same , conv 8 4/2 pad 1, up 64 3*2, up 1 3*2 pad 1+1, dense 16, "
            + "pool 2, pool average 3/2, upsample 2, dropout 0.25, res, res 5, 7x5x64, 28x28xC, conv 2 3 linear"));
        Assert.Equal("up 1 3*2 pad 1+1", expected[4].Text);
        Assert.All(expected, layer => Assert.Equal([layer], NetworkText.Parse($"{layer.Text} {layer.FollowingText}")));
        NetworkLayer named = Assert.Single(NetworkText.Parse("dense 3 tanh"));
        Assert.Same(Activation.Tanh, Assert.IsType<ActivationLayer>(named.Activation!()).Function);
    }

    [Theory]
    [InlineData("", "layer 1, \"\": a layer is missing between commas")]
    [InlineData("conv 32 3/2,", "layer 2 of 2, \"\": a layer is missing")]
    [InlineData("dense 3, cnov 32 3", "layer 2 of 2, \"cnov 32 3\": cnov: unknown; did you mean conv?")]
    [InlineData("linear 20", "linear: no layer begins so; write dense N")]
    [InlineData("MaxPool 2", "MaxPool: no layer begins so; write pool K")]
    [InlineData("flatten", "\"flatten\": no layer begins so; write nothing: dense sees all numbers")]
    [InlineData("conv 32 3, relu", "\"relu\": no layer begins so; write relu behind its layer, as in dense 16 relu")]
    [InlineData("conv 4 3 relu tanh", "tanh: a layer has one activation; leave one out")]
    [InlineData("dense 3 tanh linear", "linear: a layer has one activation")]
    [InlineData("conv 4 3 norm batch norm layer", "norm layer: a layer has one norm")]
    [InlineData("dropout 0.9999999999", "0.9999999999: a number between 0 and 1")]
    [InlineData("conv 4 3 pad 1 smae", "smae: unknown; choose from norm")]
    [InlineData("conv", "\"conv\": a number is missing; a comma stands between layers alone")]
    [InlineData("conv 32", "a number is missing")]
    [InlineData("conv 32 3x2", "3x2: a kernel and a stride stand here, as in 3/2")]
    [InlineData("conv 32 3*2", "3*2: a kernel and a stride stand here, as in 3/2")]
    [InlineData("up 32 3/2", "3/2: a kernel and a stride stand here, as in 3*2")]
    [InlineData("convs 8 3", "3: maps become smaller by a stride of 2 or more, as in 3/2")]
    [InlineData("conv 0 3", "0: a whole number from 1")]
    [InlineData("conv c 3", "c: a whole number from 1")]
    [InlineData("conv 32 3/0", "0: a whole number from 1")]
    [InlineData("dense 16.5", "16.5: a whole number from 1")]
    [InlineData("dense 99999999999", "99999999999: a whole number from 1")]
    [InlineData("up 8 3*2 to 13", "13: a height and a width stand here, as in to 13x13 (up N")]
    [InlineData("conv 32 3 pad", "a number is missing")]
    [InlineData("conv 32 3 pad 1+1", "1+1: pixels of padding stand here, as in pad 1 (")]
    [InlineData("conv 32 3 rleu", "rleu: unknown; did you mean relu?")]
    [InlineData("dense 32 pad 1", "pad: unknown")]
    [InlineData("conv 8 3 norm", "norm: a name follows it: batch or group or layer")]
    [InlineData("conv 8 3 norm batsch relu", "batsch: unknown; did you mean batch?")]
    [InlineData("dropout 1", "1: a number between 0 and 1 stands here (dropout P)")]
    [InlineData("7x7", "\"7x7\": unknown; choose from conv")]
    [InlineData("conv 8 3, code, dense 16", "layer 2 of 3, \"code\": it stands at the end of --network alone")]
    [InlineData("0x7x7", "0: a whole number from 1")]
    public void A_fault_is_told_with_its_layer_and_its_word(string text, string said)
    {
        string message = Assert.Throws<UserException>(() => NetworkText.Parse(text)).Message;
        Assert.StartsWith("--network: ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    // PyTorch and Keras give these sizes; 28 → 14 → 7 → 4 goes back over the same sizes.
    [Theory]
    [InlineData("conv 32 3/2, conv 64 3/2, conv 8 3/2, dense 16", "16 4×4×8 7×7×64 14×14×32 28×28×1")]
    [InlineData("conv 4 4/2 pad 1, conv 5 5/3 pad 0", "4×4×5 14×14×4 28×28×1")]
    [InlineData("dense 9", "9 28×28×1")]
    [InlineData("conv 4 3, pool 3/2, res, conv 5 3, pool average 2", "6×6×5 13×13×5 13×13×4 13×13×4 28×28×4 28×28×1")]
    [InlineData("conv 2 7/3, 5x10x4, conv 3 3/2", "3×5×3 5×10×4 10×10×2 28×28×1")]
    public void A_mirrored_decoder_goes_back_over_the_same_maps(string text, string shapes)
    {
        var network = new NetworkSettings(NetworkText.Parse(text), () => new ActivationLayer(Activation.Relu));
        Assert.Equal(shapes, Maps(network, _digit));
        // What `gpuvae model` shows of it may be typed.
        string typed = string.Join(", ", network.DecoderFor(3, _digit).Select(layer => layer.Text));
        Assert.Equal(shapes, Maps(network with { Decoder = NetworkText.Parse(typed) }, _digit));
        Assert.EndsWith("64×48×3", Maps(network with { Decoder = NetworkText.Parse("64x48xC") }, new Shape(64, 48, 3)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16, 16, "8×8×5 16×16×3")]
    [InlineData(28, 28, "7×7×10 14×14×5 28×28×3")]
    [InlineData(64, 48, "8×6×20 16×12×10 32×24×5 64×48×3")]
    [InlineData(5, 256, "1×8×80 1×16×40 1×32×20 2×64×10 3×128×5 5×256×3")]
    [InlineData(4, 3, "2×2×5 4×3×3")]
    public void As_many_convolutions_are_taken_as_images_are_large(int height, int width, string maps)
    {
        var network = new NetworkSettings(NetworkText.Parse("convs 5 3/2"), () => new ActivationLayer(Activation.Relu));
        Assert.Equal(maps, Maps(network, new Shape(height, width, 3)));
    }

    [Fact]
    public void Decoders_that_do_not_give_an_image_are_refused_unless_numbers_are_left()
    {
        NetworkSettings With(string decoder) => new([], () => new ActivationLayer(Activation.Relu))
        {
            Decoder = NetworkText.Parse(decoder, "--decoder"),
        };
        Assert.Equal("7×7×4 14×14×3 28×28×1", Maps(With("7x7x4, up 3 3*2, up C 3*2"), _digit));
        Assert.Equal("30 28×28×1", Maps(With("dense 30"), _digit));
        string message = Assert.Throws<UserException>(() => Maps(With("7x7x4, up 3 3*2"), _digit)).Message;
        Assert.Contains("--decoder: its last layer gives 14×14×3, and images are 28×28×1", message, StringComparison.Ordinal);
        message = Assert.Throws<UserException>(() => Maps(With("7x7x4, 14x14x3"), _digit)).Message;
        Assert.Contains("--decoder: layer 2 of 2: 14×14×3: 196 numbers are no map of 14×14×3", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_that_are_smaller_than_a_window_are_refused()
    {
        var network = new NetworkSettings(
            NetworkText.Parse("conv 2 3/2, conv 2 20 pad 0"), () => new ActivationLayer(Activation.Relu));
        string message = Assert.Throws<UserException>(() => network.CreateEncoder(_digit, 4)).Message;
        Assert.StartsWith(
            "--network: layer 2 of 2: conv 2 20/1: a map of 14×14 is smaller than a window of 20×20", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_layer_has_no_activation_of_the_networks_own_but_one_that_is_written()
    {
        NetworkSettings network = new(NetworkText.Parse("conv 2 3/2"), () => new ActivationLayer(Activation.Relu))
        {
            Decoder = NetworkText.Parse("14x14x2, up C 3*2 sigmoid"),
        };
        int[] Activations(NetworkSettings settings) =>
            [.. settings.DecoderFor(3, _digit).Select((layer, i) =>
                layer.CreateAll(_digit, _digit, settings.Activation, isOutput: i == 1).Count(made => made is ActivationLayer))];
        Assert.Equal([1, 1], Activations(network));
        Assert.Equal([1, 0], Activations(network with { Decoder = null }));
    }

    [Theory]
    [InlineData("conv 6 3/2 norm group", "GroupNorm")]
    [InlineData("conv 6 3/2 norm batch tanh", "BatchNorm")]
    [InlineData("conv 7 3/2 norm layer linear", "GroupNorm")]
    public void A_norm_stands_before_the_activation_and_in_the_mirrored_layer_too(string text, string norm)
    {
        var network = new NetworkSettings(NetworkText.Parse(text), () => new ActivationLayer(Activation.Relu));
        NetworkLayer[] layers = [network.Encoder[0], .. network.DecoderFor(3, _digit)];
        string[] Names(int layer, Shape input) =>
            [.. layers[layer].CreateAll(input, _digit, network.Activation, layer == 2).Select(made => made.GetType().Name)];
        string[] following = text.Contains("linear", StringComparison.Ordinal) ? [norm] : [norm, "ActivationLayer"];
        Assert.Equal(["Convolution", .. following], Names(0, _digit));
        Assert.Equal(["Linear", "Reshape", .. following], Names(1, Shape.Vector(3)));
        Assert.Equal(["TransposedConvolution"], Names(2, new Shape(14, 14, 6)));
    }

    [Theory]
    [InlineData("conv 16 3/2, conv 8 3/2, code", "14×14×16 28×28×1")]
    [InlineData("conv 4 3/2, pool 2, code", "14×14×4 28×28×1")]
    [InlineData("dense 9, code", "28×28×1")]
    public void A_mirrored_decoder_begins_with_the_map_that_is_the_code(string text, string shapes) => Assert.Equal(
        shapes, Maps(new NetworkSettings(NetworkText.Parse(text), () => new ActivationLayer(Activation.Relu)), _digit));

    [Theory]
    [InlineData("conv 4 3 pad 3, dense 2", "--network: layer 1 of 2: conv 4 3/1: of 32×32 windows of 3×3 some would see nothing of a map of 28×28")]
    [InlineData("conv 4 1 pad 1", "--network: layer 1 of 1: conv 4 1/1: of 30×30 windows")]
    [InlineData("up 4 3*2 to 1x1", "--network: layer 1 of 1: up 4 3*2: of 28×28 windows of 3×3 some would see nothing of a map of 1×1")]
    [InlineData("up 4 3*2 pad 3", "--network: layer 1 of 1: up 4 3*2: of 28×28 windows")]
    [InlineData("upsample 1000, conv 10 3", "--network: layer 2 of 2: conv 10 3: of a map of 28000×28000×1, this has more than 2³¹ − 1")]
    [InlineData("conv 16777216 3", "--network: layer 1 of 1: conv 16777216 3: of a map of 28×28×1, this has more than 2³¹ − 1")]
    [InlineData("pool 3/1", "--network, mirrored: upsample 1: a map of 26×26")]
    public void What_cannot_be_built_is_refused_at_its_layer(string text, string message)
    {
        var network = new NetworkSettings(NetworkText.Parse(text), () => new ActivationLayer(Activation.Relu));
        Assert.StartsWith(message, Assert.Throws<UserException>(() => network.Plan(4, 2, _digit)).Message, StringComparison.Ordinal);
        Assert.Throws<UserException>(() => (network.CreateEncoder(_digit, 4), network.CreateDecoder(2, _digit)));
    }

    [Fact]
    public void A_code_that_is_a_map_has_its_shape_and_its_numbers()
    {
        NetworkSettings network = new(NetworkText.Parse("conv 16 3/2, conv 8 3/2, code"), () => new ActivationLayer(Activation.Relu))
        {
            Decoder = NetworkText.Parse("up 8 3*2, up 16 3*2, conv C 3 sigmoid", "--decoder"),
        };
        Assert.Equal(new Shape(7, 7, 8), network.CodeShape(392, _digit));
        // As Keras counts them: 160, 1,160, 584, 1,168 and 145.
        Assert.Equal([160, 1160, 0, 584, 1168, 145], network.Plan(392, 392, _digit).Select(layer => layer.Size.Parameters));
        string message = Assert.Throws<UserException>(() => network.Plan(20, 20, _digit)).Message;
        Assert.StartsWith("--network: its code is a map of 7×7×8, 392 numbers, and --latent and --code ask for 20; take --latent 392", message, StringComparison.Ordinal);
        // A mean and a variance of each number are no map of the encoder's.
        Assert.Throws<UserException>(() => network.CreateEncoder(_digit, 2 * 392));
        Assert.Throws<UserException>(() => network.CreateDecoder(196, _digit));
        message = Assert.Throws<UserException>(
            () => (network with { Encoder = [new CodeLayer()] }).CreateEncoder(_digit, _digit.Size)).Message;
        Assert.StartsWith("--network code: there is no layer before it", message, StringComparison.Ordinal);
        message = Assert.Throws<UserException>(() => NetworkText.Parse("up 8 3*2, code", "--decoder")).Message;
        Assert.StartsWith("--decoder: layer 2 of 2, \"code\": it stands at the end", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hidden_units_take_the_place_of_a_presets_network()
    {
        RunConfiguration preset = new() { Network = "conv 8 3/2", Decoder = "14x14x8, up C 3*2" };
        RunConfiguration dense = Settings.Of(nameof(RunConfiguration.Hidden)).WithText(preset, "30");
        Assert.Equal((null, null), (dense.Network, dense.Decoder));
        RunConfiguration other = Settings.Of(nameof(RunConfiguration.Network)).WithText(preset, "conv 4 3");
        Assert.Equal(("conv 4 3", null), (other.Network, other.Decoder));
    }

    /// <summary>What each layer of the decoder gives.</summary>
    private static string Maps(NetworkSettings network, Shape image)
    {
        var shapes = new List<Shape>();
        int units = network.EndsInCode
            ? network.Encoder.Aggregate(image, (shape, layer) => layer.OutputFor(shape, image, network.Activation)).Size
            : 3;
        Shape shape = network.CodeShape(units, image);
        foreach (NetworkLayer layer in network.DecoderFor(units, image))
            shapes.Add(shape = layer.OutputFor(shape, image, network.Activation));
        return string.Join(' ', shapes);
    }
}
