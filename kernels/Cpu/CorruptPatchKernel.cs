namespace GpuVae.Kernels.Cpu;

/// <summary><see cref="CorruptPatch"/>. An item is a picture, of which a rectangle is written over.</summary>
internal unsafe struct CorruptPatchKernel
{
    public float* Clean;
    public float* Corrupted;
    public Shape Image;
    public int MostRows;
    public int MostColumns;
    public bool IsNoise;
    public RandomSource Noise;
    public int FirstPicture;
    public uint Step;

    public static void Run<S, V>(CpuDevice<S, V> device, in CorruptPatch operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new CorruptPatchKernel
        {
            Clean = operation.Clean.Pointer(),
            Corrupted = operation.Corrupted.Pointer(),
            Image = operation.Image,
            MostRows = operation.MostRows,
            MostColumns = operation.MostColumns,
            IsNoise = operation.Kind == PatchKind.Noise,
            Noise = operation.Noise,
            FirstPicture = operation.FirstPicture,
            Step = (uint)operation.Counters.Pointer()[Counter.GlobalStep],
        };
        device.Pool.Run(&Pictures, &kernel, operation.Clean.Rows);
    }

    private static void Pictures(void* context, int first, int count, int worker)
    {
        ref readonly CorruptPatchKernel kernel = ref *(CorruptPatchKernel*)context;
        (int height, int width, int channels) = (kernel.Image.Height, kernel.Image.Width, kernel.Image.Channels);
        int size = kernel.Image.Size;
        for (int picture = first; picture < first + count; picture++)
        {
            long begin = (long)picture * size;
            var clean = new ReadOnlySpan<float>(kernel.Clean + begin, size);
            var corrupted = new Span<float>(kernel.Corrupted + begin, size);
            clean.CopyTo(corrupted);
            var patch = Patch.Draw(
                kernel.Noise, kernel.Step, kernel.FirstPicture + picture, height, width, kernel.MostRows, kernel.MostColumns);
            for (int row = 0; row < patch.Rows; row++)
            {
                int start = (((patch.Top + row) * width) + patch.Left) * channels;
                Span<float> line = corrupted.Slice(start, patch.Columns * channels);
                if (kernel.IsNoise)
                    Fill(kernel.Noise, kernel.Step, begin + start, line);
                else
                    clean.Slice((((patch.FromTop + row) * width) + patch.FromLeft) * channels, line.Length).CopyTo(line);
            }
        }
    }

    private static void Fill(RandomSource noise, uint step, long element, Span<float> line)
    {
        for (int i = 0; i < line.Length; i++, element++)
        {
            PhiloxWords words = Philox.Block(noise, step, (uint)(element / 4));
            line[i] = Philox.Uniform(Philox.Word(words, (int)(element % 4)));
        }
    }
}
