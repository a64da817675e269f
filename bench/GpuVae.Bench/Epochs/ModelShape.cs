using System.Globalization;
using GpuVae.Bench.Workers;

namespace GpuVae.Bench.Epochs;

/// <summary>
/// A model as the tables name it: <c>784-500-500-50</c>, with <c>:tanh</c> where that follows its hidden layers.
/// </summary>
internal sealed record ModelShape(IReadOnlyList<int> Hidden, int Latent, string Activation) : EpochModel
{
    /// <summary>Pixels of an image of MNIST.</summary>
    public const int Dimensions = 784;

    /// <summary>Reads the name.</summary>
    /// <exception cref="UserException">It is no such name.</exception>
    public static new ModelShape Parse(string text)
    {
        string[] parts = text.Split(':');
        int[] widths = Array.ConvertAll(
            parts[0].Split('-'),
            width => int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0);
        if (parts.Length > 2 || widths.Length < 3 || widths[0] != Dimensions || widths.Contains(0))
        {
            throw new UserException(
                $"--models {text}: not a model; give pixels, hidden widths and units, as 784-400-20 or 784-200-200-50:tanh, "
                + $"or one of {string.Join(", ", ConvolutionalModel.All.Select(model => model.Name))}");
        }
        return new ModelShape(widths[1..^1], widths[^1], parts.Length == 2 ? parts[1] : "relu");
    }

    /// <summary>
    /// Additions and multiplications of the step's products for one image. A layer has one product forward, one for its
    /// weights' gradient and, unless it is the first, one for its input's.
    /// </summary>
    public override double FlopsPerImage
    {
        get
        {
            int[] encoder = [Dimensions, .. Hidden, 2 * Latent];
            int[] decoder = [Latent, .. Hidden.Reverse(), Dimensions];
            double weights = Weights(encoder) + Weights(decoder);
            return 2 * ((3 * weights) - ((double)encoder[0] * encoder[1]));
        }
    }

    /// <summary>All of MNIST's.</summary>
    public override int DefaultImages => 60_000;

    /// <inheritdoc/>
    public override EpochSettings ToSettings(int batch, int images) => new()
    {
        Hidden = Hidden,
        Latent = Latent,
        Activation = Activation,
        Batch = batch,
        Images = images,
    };

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join('-', (IEnumerable<int>)[Dimensions, .. Hidden, Latent]) + (Activation == "relu" ? "" : ":" + Activation);

    private static double Weights(int[] widths) =>
        widths.Zip(widths.Skip(1), (input, output) => (double)input * output).Sum();
}
