using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Which steps of k the micro-kernel takes.</summary>
internal unsafe interface ISteps
{
    /// <summary>From step number <paramref name="i"/> of those taken to the next, in k.</summary>
    static abstract nint Gap(int* gaps, int i);
}

/// <summary>Every k.</summary>
internal readonly unsafe struct AllSteps : ISteps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Gap(int* gaps, int i) => 1;
}

/// <summary>The k of a list, given by their differences.</summary>
internal readonly unsafe struct ListedSteps : ISteps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Gap(int* gaps, int i) => gaps[i];
}
