using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>Captures the launches on a CUDA stream into a graph.</summary>
/// <param name="accelerator">Owns the stream.</param>
/// <param name="stream">A created stream: the default one cannot be captured.</param>
/// <param name="isGone">True once the accelerator is disposed, and every graph with it.</param>
internal sealed class CudaCapture(Accelerator accelerator, nint stream, Func<bool> isGone) : ICapturingStream
{
    /// <inheritdoc/>
    public void BeginCapture()
    {
        accelerator.Bind();
        CudaGraphDriver.Call(
            "cuStreamBeginCapture", () => CudaGraphDriver.StreamBeginCapture(stream, CaptureMode.ThreadLocal));
    }

    /// <inheritdoc/>
    public ILaunchGraph EndCapture()
    {
        nint graph = 0;
        CudaGraphDriver.Call("cuStreamEndCapture", () => CudaGraphDriver.StreamEndCapture(stream, out graph));
        try
        {
            nint launches = 0;
            CudaGraphDriver.Call("cuGraphGetNodes", () => CudaGraphDriver.GraphGetNodes(graph, 0, ref launches));
            nint executable = 0;
            CudaGraphDriver.Call(
                "cuGraphInstantiateWithFlags",
                () => CudaGraphDriver.GraphInstantiateWithFlags(out executable, graph, flags: 0));
            return new Graph(this, executable, launches);
        }
        finally
        {
            // What is instantiated lives on without it.
            _ = CudaGraphDriver.GraphDestroy(graph);
        }
    }

    /// <inheritdoc/>
    public void AbandonCapture()
    {
        // An error while capturing makes the graph invalid and this call fail: the stream is free again all the same.
        if (CudaGraphDriver.StreamEndCapture(stream, out nint graph) == 0 && graph != 0)
            _ = CudaGraphDriver.GraphDestroy(graph);
    }

    private sealed class Graph(CudaCapture owner, nint executable, long launches) : ILaunchGraph
    {
        private bool _isDisposed;

        public long Launches => launches;

        public void Launch()
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            owner.Launch(executable);
        }

        public void Dispose()
        {
            if (!_isDisposed)
                owner.Destroy(executable);
            _isDisposed = true;
        }
    }

    private void Launch(nint executable)
    {
        accelerator.Bind();
        int result = CudaGraphDriver.GraphLaunch(executable, stream);
        if (result != 0)
            throw CudaGraphDriver.Failure("cuGraphLaunch", result);
    }

    private void Destroy(nint executable)
    {
        if (isGone())
            return;
        accelerator.Bind();
        _ = CudaGraphDriver.GraphExecDestroy(executable);
    }
}
