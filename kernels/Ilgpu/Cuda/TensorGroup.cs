namespace GpuVae.Kernels.Ilgpu.Cuda;

/// <summary>The group of a tensor-core product.</summary>
internal static class TensorGroup
{
    /// <summary>NVIDIA's number.</summary>
    public const int LanesInWarp = 32;

    /// <summary>Four warps, two by two.</summary>
    public const int Threads = 4 * LanesInWarp;

    /// <summary>Slices of both operands in shared memory: one is multiplied, two are on their way.</summary>
    public const int Stages = 3;
}
