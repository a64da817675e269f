using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>The second choice in numbers: a dense encoder, and a decoder with the same layers in reverse.</summary>
/// <param name="Hidden">Widths of the encoder's hidden layers.</param>
/// <param name="Activation">f after each of them.</param>
public sealed record NetworkSettings(IReadOnlyList<int> Hidden, Activation Activation);
