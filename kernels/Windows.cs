namespace GpuVae.Kernels;

/// <summary>
/// Which pixels a window has and which windows a pixel is in, along one side of the maps of a <see cref="ConvolutionGeometry"/>
/// whose channels stay apart: integers, so that CPU and GPU say the same.
/// </summary>
internal static class Windows
{
    /// <summary>The first pixel of window i.</summary>
    public static int FirstPixel(int i, int stride, int before) => Math.Max(0, (i * stride) - before);

    /// <summary>The pixel behind the last of window i, which has <paramref name="kernel"/> pixels unless the map ends.</summary>
    public static int EndPixel(int i, int large, int kernel, int stride, int before) =>
        Math.Min(large, (i * stride) - before + kernel);

    /// <summary>The first window that pixel h is in, or one behind <see cref="EndWindow"/> where it is in none.</summary>
    public static int FirstWindow(int h, int kernel, int stride, int before)
    {
        int past = h + before - kernel;
        return past < 0 ? 0 : (past / stride) + 1;
    }

    /// <summary>The window behind the last that pixel h is in.</summary>
    public static int EndWindow(int h, int small, int stride, int before) => Math.Min(small, ((h + before) / stride) + 1);

    /// <summary>Throws where there are windows that see nothing of the large map, or maps of different channels.</summary>
    public static void Check(in ConvolutionGeometry geometry)
    {
        geometry.Check();
        Shapes.Require(geometry.Large.Channels == geometry.Small.Channels);
    }

    /// <summary>Throws where an epilogue is more than a function of each number, or does not fit.</summary>
    public static void CheckEpilogue(in Epilogue epilogue, View<float> result)
    {
        Shapes.Require(epilogue.Kind != EpilogueKind.Likelihood && epilogue.Bias.IsEmpty);
        epilogue.Check(result.Rows, result.Columns);
    }

    /// <summary>Pairs of a window and a number in it, of an image.</summary>
    public static double Terms(in ConvolutionGeometry geometry) => geometry.MultiplyAdds / geometry.Large.Channels;
}
