namespace GpuVae.Files;

/// <summary>A tensor of 32-bit floats with its name.</summary>
/// <param name="Name">Its name in the file, in the way of PyTorch: <c>encoder.0.weight</c>.</param>
/// <param name="Shape">Its sizes, outermost first; empty for a scalar.</param>
/// <param name="Values">Its elements in row-major order, as many as the product of <paramref name="Shape"/>.</param>
public sealed record NamedTensor(string Name, int[] Shape, float[] Values);

/// <summary>What a safetensors file holds.</summary>
/// <param name="Tensors">The tensors in the order of their data.</param>
/// <param name="Metadata">The free text of <c>__metadata__</c>; empty where there is none.</param>
public sealed record SafetensorsFile(IReadOnlyList<NamedTensor> Tensors, IReadOnlyDictionary<string, string> Metadata);
