using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Kernels.Cpu;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Compression;

/// <summary>
/// What restores examples from quantised codes: a trained decoder in canonical arithmetic. Any number of threads may use it at once.
/// </summary>
/// <param name="Configuration">What was trained.</param>
/// <param name="Image">An example.</param>
/// <param name="Decoder">From a code to what <paramref name="Reconstruction"/> reads.</param>
/// <param name="Steps">How codes are quantised; null as long as that is not known.</param>
/// <param name="Kind"><see cref="PixelKind.Mean"/> or <see cref="PixelKind.Table"/>.</param>
/// <param name="LogScale">The logarithm of the likelihood's scale.</param>
/// <param name="Reconstruction">From outputs to symbols.</param>
/// <param name="ExampleBytes">Bytes of an example's symbols.</param>
internal sealed record LossyModel(
    RunConfiguration Configuration, Shape Image, CanonicalNetwork Decoder, CodeSteps? Steps, PixelKind Kind,
    float LogScale, IReconstruction Reconstruction, int ExampleBytes)
{
    /// <summary>Builds the decoder that a configuration describes.</summary>
    /// <param name="configuration">What was trained.</param>
    /// <param name="image">An example.</param>
    /// <param name="tensors">Its weights, as files have them.</param>
    /// <param name="steps">How codes are quantised; null where that is not known yet.</param>
    /// <param name="table">The columns of a table; null for images.</param>
    /// <exception cref="UserException">It is no such model, or its layers have no canonical form.</exception>
    public static LossyModel Of(
        RunConfiguration configuration, Shape image, IReadOnlyList<NamedTensor> tensors, CodeSteps? steps = null,
        TableLayout? table = null)
    {
        (Autoencoder Model, CpuDevice Device) loaded = CanonicalModel.Load(configuration, image, tensors);
        using CpuDevice device = loaded.Device;
        using Autoencoder model = loaded.Model;
        if (steps is not null && steps.Width != model.Units)
            throw new UserException($"its codes have {steps.Width} units, and its model {model.Units}");
        float logScale = CanonicalModel.LogScaleOf(model.Likelihood, device);
        IReconstruction reconstruction = table is null
            ? new MeanPixels(model.Likelihood, image.Channels)
            : CanonicalModel.TableOf(configuration, model.Likelihood, table, logScale);
        return new LossyModel(
            configuration, image, CanonicalNetwork.Of(model.Decoder, device, "decoder"), steps,
            table is null ? PixelKind.Mean : PixelKind.Table, logScale, reconstruction,
            table is null ? image.Size : checked(table.Variables * sizeof(int)));
    }
}
