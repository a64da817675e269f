using GpuVae.Kernels;

namespace GpuVae.Models;

/// <summary>What follows layers that do not end in a product, or whose operations leave it to a pass of its own.</summary>
public static class LayerEpilogue
{
    /// <summary>Does in place what should follow numbers that are stored already.</summary>
    /// <param name="device">Where they are.</param>
    /// <param name="epilogue">What follows.</param>
    /// <param name="values">(B, N).</param>
    public static void ApplyEpilogue(this IDevice device, in Epilogue epilogue, View<float> values)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (epilogue.Kind != EpilogueKind.Store)
            device.Run(new ApplyEpilogue(values, epilogue, values));
    }

    /// <summary>
    /// What an operation on maps does with its numbers before it stores them: all but a likelihood, whose loss is of all pixels
    /// of an image together.
    /// </summary>
    internal static Epilogue Fused(in Epilogue epilogue) => epilogue.Kind == EpilogueKind.Likelihood ? Epilogue.Store : epilogue;

    /// <summary>Does in place what <see cref="Fused"/> leaves out.</summary>
    internal static void ApplyUnfused(this IDevice device, in Epilogue epilogue, View<float> values)
    {
        if (epilogue.Kind == EpilogueKind.Likelihood)
            device.ApplyEpilogue(epilogue, values);
    }
}
