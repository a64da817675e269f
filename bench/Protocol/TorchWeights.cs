namespace GpuVae.Bench.Workers;

/// <summary>What a worker with TorchSharp writes of a model for <c>weights</c>.</summary>
public static class TorchWeights
{
    /// <summary>The worker's verb, followed by the model's name and a folder that is there.</summary>
    public const string Verb = "weights";

    /// <summary>The file of the <c>state_dict</c>, under the names that the model has in its Python program.</summary>
    public const string StateFile = "state.safetensors";

    /// <summary>The file of examples with what the model makes of them.</summary>
    public const string ExamplesFile = "examples.safetensors";

    /// <summary>Images, (B, C, H, W).</summary>
    public const string Images = "images";

    /// <summary>What the encoder gives of them, (B, head width).</summary>
    public const string Heads = "heads";

    /// <summary>Codes, (B, k).</summary>
    public const string Codes = "codes";

    /// <summary>What the decoder gives of them, (B, C, H, W), before what a likelihood does with it.</summary>
    public const string Outputs = "outputs";
}
