using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Simd;

/// <summary>Which steps of k the micro-kernel takes.</summary>
internal unsafe interface ISteps
{
    /// <summary>Whether the panel is read where V lies and packed on the way.</summary>
    static virtual bool Packs => false;

    /// <summary>From step number <paramref name="i"/> of those taken to the next, in k.</summary>
    static abstract nint Gap(int* gaps, int i);
}

/// <summary>Every k.</summary>
internal readonly unsafe struct AllSteps : ISteps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Gap(int* gaps, int i) => 1;
}

/// <summary>Every k, of a panel that is not packed yet.</summary>
internal readonly unsafe struct PackingSteps : ISteps
{
    public static bool Packs => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Gap(int* gaps, int i) => 1;
}

/// <summary>The k of a list, given by their differences.</summary>
internal readonly unsafe struct ListedSteps : ISteps
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Gap(int* gaps, int i) => gaps[i];
}
