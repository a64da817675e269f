using ILGPU;

namespace GpuVae.Kernels.Gpu;

/// <summary>A branch that a group takes as a whole, and on whose way its threads wait for each other.</summary>
internal static class GroupBranch
{
    /// <summary>
    /// The last that every thread does in such a branch. Where threads part ways behind its last barrier, OpenCL on CPUs (PoCL up to 7.1)
    /// sends all of them where the first one goes: it has a copy of what follows the branch for each way out of it, and asks one thread
    /// which. With a barrier at the end there is one way.
    /// </summary>
    public static void End() => Group.Barrier();
}
