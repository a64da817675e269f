using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>
/// A layer that can give once more what it gave in the last forward pass, at the cost of a pass over memory, so that its output need
/// not be kept for the way back.
/// </summary>
internal interface IRepeatableLayer : ILayer
{
    /// <summary>Gives the bits of the last <see cref="ILayer.Forward"/>, and changes nothing that lasts.</summary>
    /// <param name="input">x (B, in) of that pass.</param>
    /// <param name="epilogue">The epilogue of that pass.</param>
    /// <param name="output">y (B, out).</param>
    void Repeat(View<float> input, in Epilogue epilogue, View<float> output);
}
