namespace GpuVae.Kernels.Cpu.Gemm;

/// <summary>Chooses what items of an operation run, by the type of the epilogue that they do.</summary>
internal unsafe interface ITileEpilogueSelector
{
    /// <summary>The loop over items that is compiled for <typeparamref name="TEpilogue"/>, as <see cref="CpuThreadPool.Run"/> takes it.</summary>
    static abstract delegate*<void*, int, int, int, void> For<TEpilogue>()
        where TEpilogue : struct, ITileEpilogue;
}

/// <summary>From an <see cref="Epilogue"/> to the type that does it here.</summary>
/// <param name="hasBias">Whether the type reads a bias.</param>
internal readonly unsafe struct TileEpilogueTypes<TSelector>(bool hasBias) : IEpilogueVisitor<nint>
    where TSelector : struct, ITileEpilogueSelector
{
    /// <summary>What items run for an epilogue.</summary>
    /// <param name="epilogue">The epilogue.</param>
    /// <param name="hasBias">Whether there is a bias, if of zeros.</param>
    public static delegate*<void*, int, int, int, void> Find(in Epilogue epilogue, bool hasBias = false) =>
        (delegate*<void*, int, int, int, void>)epilogue.Accept<TileEpilogueTypes<TSelector>, nint>(new(hasBias));

    public nint Store() => Body<StoreEpilogue>();

    public nint Activation<TFunction>()
        where TFunction : struct, IVectorActivation =>
        hasBias ? Body<ActivationEpilogue<TFunction>>() : Body<WithoutBias<ActivationEpilogue<TFunction>>>();

    public nint Derivative<TFunction>()
        where TFunction : struct, IVectorActivation => Body<DerivativeEpilogue<TFunction>>();

    public nint Likelihood<TFunction>()
        where TFunction : struct, IVectorLikelihood =>
        hasBias ? Body<LikelihoodEpilogue<TFunction>>() : Body<WithoutBias<LikelihoodEpilogue<TFunction>>>();

    private static nint Body<TEpilogue>()
        where TEpilogue : struct, ITileEpilogue => (nint)TSelector.For<TEpilogue>();
}
