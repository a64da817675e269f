using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary><see cref="CorruptPatch"/>, number by number: each draws the rectangle of its picture anew.</summary>
internal static class CorruptPatchKernel
{
    public static readonly LazyKernel<CorruptPatchLauncher> Kernel = new(Corrupt);

    /// <summary>Loops over the elements of x̃.</summary>
    public static void Corrupt(
        int length, int firstPicture, int height, int width, int channels, int mostRows, int mostColumns, int isNoise,
        RandomSource noise, ArrayView<float> clean, ArrayView<int> counters, ArrayView<float> corrupted)
    {
        uint step = (uint)counters[Counter.GlobalStep];
        int stride = Grid.DimX * Group.DimX;
        for (int element = (Grid.IdxX * Group.DimX) + Group.IdxX; element < length; element += stride)
        {
            int pixel = element / channels, row = pixel / width;
            int picture = row / height, y = row - (picture * height), x = pixel - (row * width);
            var patch = Patch.Draw(noise, step, firstPicture + picture, height, width, mostRows, mostColumns);
            int down = y - patch.Top, right = x - patch.Left;
            float value = clean[element];
            if (down >= 0 && down < patch.Rows && right >= 0 && right < patch.Columns)
            {
                if (isNoise != 0)
                {
                    value = Philox.Uniform(Philox.Word(Philox.Block(noise, step, (uint)element / 4), element % 4));
                }
                else
                {
                    int from = (((picture * height) + patch.FromTop + down) * width) + patch.FromLeft + right;
                    value = clean[(from * channels) + (element - (pixel * channels))];
                }
            }
            corrupted[element] = value;
        }
    }

    internal static void Run(GpuDevice device, in CorruptPatch operation)
    {
        ArrayView<float> corrupted = device.AsArray(operation.Corrupted);
        int length = corrupted.IntLength;
        if (length == 0)
            return;
        Kernel.On(device)(
            device.LaunchStream(), device.Configs.Elements(length), length, operation.FirstPicture, operation.Image.Height,
            operation.Image.Width, operation.Image.Channels, operation.MostRows, operation.MostColumns, operation.Kind == PatchKind.Noise ? 1 : 0,
            operation.Noise, device.AsArray(operation.Clean), device.AsArray(operation.Counters), corrupted);
    }
}

/// <summary>Launches <see cref="CorruptPatchKernel"/>.</summary>
internal delegate void CorruptPatchLauncher(
    AcceleratorStream stream, KernelConfig config, int length, int firstPicture, int height, int width, int channels, int mostRows,
    int mostColumns, int isNoise, RandomSource noise, ArrayView<float> clean, ArrayView<int> counters, ArrayView<float> corrupted);
