using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Ilgpu;

// Repeated operations: a graph on CUDA, repeated calls elsewhere.
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public IRecording Record(Action operations) =>
        stream is CudaStream cuda
            ? new GraphRecording(
                new CudaCapture(accelerator, cuda.StreamPtr, () => isDisposed), operations, () => Launches)
            : new RepeatedCalls(operations);

    /// <summary>A clock on the device, or null where the device has none that is known.</summary>
    internal CudaTimer? CreateTimer() => stream is CudaStream cuda ? new CudaTimer(accelerator, cuda) : null;
}
