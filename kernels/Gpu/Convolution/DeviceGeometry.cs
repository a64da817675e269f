namespace GpuVae.Kernels.Gpu.Convolution;

/// <summary>A <see cref="ConvolutionGeometry"/> as kernels take it.</summary>
internal readonly struct DeviceGeometry(ConvolutionGeometry geometry)
{
    public readonly int Height = geometry.Large.Height;
    public readonly int Width = geometry.Large.Width;
    public readonly int Channels = geometry.Large.Channels;
    public readonly int SmallHeight = geometry.Small.Height;
    public readonly int SmallWidth = geometry.Small.Width;
    public readonly int SmallChannels = geometry.Small.Channels;
    public readonly int Kernel = geometry.Kernel;
    public readonly int Stride = geometry.Stride;
    public readonly int Top = geometry.Top;
    public readonly int Left = geometry.Left;
}
