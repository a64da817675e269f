using System.Reflection;
using ILGPU.Backends.OpenCL;

namespace GpuVae.Kernels.Ilgpu;

/// <summary>
/// ILGPU 1.5.3 writes <c>work_group_barrier(CLK_GLOBAL_MEM_FENCE)</c> for every barrier of a group. The specification
/// (OpenCL C 3.0, section 6.15.8) has such a barrier order global memory only, so a driver that takes it at its word may
/// let a thread read shared memory before its neighbour's store is there. Our kernels wait for nothing else.
/// </summary>
internal static class OpenClBarriers
{
    /// <summary>What every barrier must name.</summary>
    public const string Fences = "CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE";

    /// <summary>
    /// Has ILGPU write both fences from here on. There is no setting for it: the text stands in a table of the
    /// generator's instructions, whose first element is the fence of barriers.
    /// </summary>
    /// <exception cref="DeviceException">This version of ILGPU has no such table.</exception>
    public static void OrderSharedMemory()
    {
        Type? instructions = typeof(CLBackend).Assembly.GetType("ILGPU.Backends.OpenCL.CLInstructions");
        FieldInfo? table = instructions?.GetField("MemoryFenceFlags", BindingFlags.Static | BindingFlags.NonPublic);
        if (table?.GetValue(null) is not string[] { Length: 2 } fences)
            throw new DeviceException("this version of ILGPU writes OpenCL barriers in another way; use --device cpu");
        fences[0] = Fences;
    }
}
