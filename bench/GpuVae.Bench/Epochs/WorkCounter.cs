using GpuVae.Cases;
using GpuVae.Kernels;

namespace GpuVae.Bench.Epochs;

/// <summary>A device that counts the arithmetic of products and convolutions and does none.</summary>
/// <param name="inner">Has the memory; it goes with this device.</param>
internal sealed class WorkCounter(IDevice inner) : ForwardingDevice(inner)
{
    /// <summary>Additions and multiplications so far.</summary>
    public double Flops { get; private set; }

    public override void Run<TOperation>(in TOperation operation)
    {
        if (operation is Multiply or Convolve or ConvolveTransposed or ConvolutionWeightGradient)
            Flops += operation.Cost.Flops;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Inner.Dispose();
        base.Dispose(disposing);
    }
}
