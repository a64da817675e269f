using GpuVae.Kernels;

namespace GpuVae.Models;

/// <content>
/// Memory of the stages. What each gives is kept for the way back, but for norms on devices whose memory is the host's: what they
/// give is made once more. A gradient takes the place of what it is the gradient of, where no layer needs that any more.
/// </content>
public sealed partial class Sequential
{
    // The first two places have gradients.
    private const int GradientPlaces = 2;
    private const int RepeatedPlace = GradientPlaces;

    private void TakeMemory(LayerBuilder builder)
    {
        SharedMemory shared = builder.Shared ?? new SharedMemory();
        // On a GPU a pass over memory is dear beside the products, and memory is not.
        bool repeats = builder.Device.Name is not ("cuda" or "opencl");
        for (int i = 0; i < _stages.Length; i++)
        {
            Stage stage = _stages[i];
            Stage? above = i + 1 < _stages.Length ? _stages[i + 1] : null;
            if (above is not null || stage.Activation is not null)
            {
                // To make it once more takes what the layer saw.
                stage.IsRepeated = repeats && above is not null && stage.Layer is IRepeatableLayer
                    && !(i > 0 && _stages[i - 1].IsRepeated);
                stage.IsOverwritten = above is not null && WritesOverInput(above.Layer) && !NeedsOutput(stage.Layer);
                if (stage.IsRepeated)
                    shared.Ask(RepeatedPlace, builder.Rows, stage.Shape.Size, view => stage.Output = view);
                else
                    stage.Output = builder.Allocate(builder.Rows, stage.Shape.Size);
                // A gradient is read by the layer below alone, so that two of them are there at a time.
                if (!stage.IsOverwritten)
                    shared.Ask(i % GradientPlaces, builder.Rows, stage.Shape.Size, view => stage.Gradient = view);
            }
            if (stage.Activation is { DerivativeNeedsInput: true })
                stage.Sums = builder.Allocate(builder.Rows, stage.Shape.Size);
        }
        if (builder.Shared is null)
            shared.Allocate(builder);
    }

    /// <summary>What a stage gave in the last pass, once more.</summary>
    private void Repeat(Stage stage, View<float> input, View<float> output)
    {
        var layer = (IRepeatableLayer)stage.Layer;
        if (stage.Activation is not { } activation)
            layer.Repeat(input, Epilogue.Store, output);
        else if (!activation.DerivativeNeedsInput)
            layer.Repeat(input, Epilogue.Activate(activation), output);
        else
            _device!.Run(new ApplyEpilogue(stage.Sums.RowRange(0, input.Rows), Epilogue.Activate(activation), output));
    }

    /// <summary>Whether the gradient of what a layer sees may be stored over it.</summary>
    private static bool WritesOverInput(ILayer layer) =>
        layer is Convolution or TransposedConvolution or BatchNorm or GroupNorm;

    /// <summary>Whether a layer may need what it gave on its way back.</summary>
    private static bool NeedsOutput(ILayer layer) =>
        layer is not (Convolution or TransposedConvolution or Linear or BatchNorm or GroupNorm or Upsample);
}
