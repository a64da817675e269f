using ILGPU.Runtime.Cuda;

namespace GpuVae.Kernels.Gpu;

/// <summary>A line between loads from global memory, which are to be under way together, and the stores of what they brought.</summary>
internal static class LoadFence
{
    /// <summary>
    /// For whole warps whose threads are together. ILGPU moves a load down to where its number is used, past stores to shared memory, and
    /// NVIDIA's assembler takes stores up to spare registers: each load then waits for the one before. Neither moves anything past a
    /// barrier of a warp, which is an empty instruction where its threads are together. Elsewhere there is no such line.
    /// </summary>
    public static void Emit()
    {
        if (CudaAsm.IsSupported)
            CudaAsm.Emit("bar.warp.sync 0xffffffff;");
    }
}
