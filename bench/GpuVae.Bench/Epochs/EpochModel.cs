using GpuVae.Bench.Workers;

namespace GpuVae.Bench.Epochs;

/// <summary>A model as the tables name it: widths, as <see cref="ModelShape"/> reads them, or a published one's name.</summary>
internal abstract record EpochModel
{
    /// <summary>Additions and multiplications of the step's products and convolutions for one image, those with padding left out.</summary>
    public abstract double FlopsPerImage { get; }

    /// <summary>Images of an epoch, where nobody says how many.</summary>
    public abstract int DefaultImages { get; }

    /// <summary>Settings that train this model.</summary>
    public abstract EpochSettings ToSettings(int batch, int images);

    /// <summary>Reads the name.</summary>
    /// <exception cref="UserException">It is no such name.</exception>
    public static EpochModel Parse(string text) => ConvolutionalModel.Find(text) is { } model
        ? new ConvolutionalEpochModel(model)
        : ModelShape.Parse(text);
}

/// <summary>A published convolutional model.</summary>
/// <param name="Model">What it is.</param>
internal sealed record ConvolutionalEpochModel(ConvolutionalModel Model) : EpochModel
{
    /// <inheritdoc/>
    public override int DefaultImages => Model.DefaultImages;

    /// <summary>Counted in a step that computes nothing.</summary>
    public override double FlopsPerImage
    {
        get
        {
            WorkCounter? counter = null;
            // One thread, as there is nothing to do for more.
            EpochSettings settings = ToSettings(ConvolutionalModel.Batch, ConvolutionalModel.Batch) with { Threads = 1 };
            using var runner = new GpuVaeRunner(settings, device => counter = new WorkCounter(device));
            runner.RunEpoch();
            return counter!.Flops / settings.Images;
        }
    }

    /// <inheritdoc/>
    public override EpochSettings ToSettings(int batch, int images) => new()
    {
        Network = Model.Name,
        Batch = batch,
        Images = images,
    };

    /// <inheritdoc/>
    public override string ToString() => Model.Name;
}
