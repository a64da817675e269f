using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Bench.Convolutions;

/// <summary>A convolution of a network that is measured.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Geometry">The maps that the layer joins.</param>
/// <param name="IsTransposed">Whether the layer goes from the small map to the large one.</param>
/// <param name="IsFirst">Whether nothing before it needs a gradient.</param>
/// <param name="IsLast">Whether its activation is left to a loss.</param>
internal sealed record NetworkLayer(string Network, ConvolutionGeometry Geometry, bool IsTransposed, bool IsFirst, bool IsLast)
{
    /// <summary>Images of a batch.</summary>
    public const int Images = 128;

    /// <summary>
    /// The convolutions of four networks as their sources have them: Keras's example of a VAE, TensorFlow's tutorial of a
    /// denoising autoencoder, PyTorch-VAE's VanillaVAE and pythae's network for MNIST.
    /// </summary>
    public static IReadOnlyList<NetworkLayer> All { get; } =
    [
        .. Layers("keras", null, Down(28, 1, 32), Down(14, 32, 64), Up(14, 64, 64), Up(28, 64, 32), Up(28, 32, 1, stride: 1)),
        .. Layers("tf", null, Down(28, 1, 16), Down(14, 16, 8), Up(14, 8, 8), Up(28, 8, 16), Down(28, 16, 1, stride: 1)),
        .. Layers(
            "vanilla64", 1,
            Down(64, 3, 32), Down(32, 32, 64), Down(16, 64, 128), Down(8, 128, 256), Down(4, 256, 512),
            Up(4, 512, 256), Up(8, 256, 128), Up(16, 128, 64), Up(32, 64, 32), Up(64, 32, 32), Down(64, 32, 3, stride: 1)),
        .. Layers(
            "pythae-mnist", 1,
            Down(28, 1, 128, kernel: 4), Down(14, 128, 256, kernel: 4), Down(7, 256, 512, kernel: 4), Down(3, 512, 1024, kernel: 4),
            Up(7, 1024, 512), Up(14, 512, 256), Up(28, 256, 1)),
    ];

    /// <summary>As a table shows it: channels, window and sides.</summary>
    public string Name
    {
        get
        {
            (Shape large, Shape small) = (Geometry.Large, Geometry.Small);
            (Shape from, Shape to) = IsTransposed ? (small, large) : (large, small);
            string window = $"{Geometry.Kernel}×{Geometry.Kernel}" + (Geometry.Stride == 1 ? "" : $"/{Geometry.Stride}");
            return $"{(IsTransposed ? "up" : "conv")} {from.Channels}→{to.Channels} {window}, {from.Height}→{to.Height}";
        }
    }

    private static IEnumerable<NetworkLayer> Layers(string name, int? padding, params Sides[] layers) =>
        layers.Select((layer, index) => new NetworkLayer(
            name,
            Convolution.GeometryOf(
                new Shape(layer.Large, layer.Large, layer.IsTransposed ? layer.To : layer.From),
                layer.IsTransposed ? layer.From : layer.To, layer.Kernel, layer.Stride, padding),
            layer.IsTransposed, index == 0, index == layers.Length - 1));

    private static Sides Down(int side, int from, int to, int kernel = 3, int stride = 2) => new(side, from, to, kernel, stride, false);

    private static Sides Up(int side, int from, int to, int kernel = 3, int stride = 2) => new(side, from, to, kernel, stride, true);

    /// <summary>A layer of a square map: the large one's side, the channels it comes from and goes to.</summary>
    private sealed record Sides(int Large, int From, int To, int Kernel, int Stride, bool IsTransposed);
}
