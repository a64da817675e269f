using GpuVae.Kernels;
using Xunit;

namespace GpuVae.Tests.Kernels.Cpu;

/// <summary>On the CPU an epilogue has the same bits behind a product and alone on the product's sums.</summary>
public sealed class EpilogueBitsTests
{
    private const int Depth = 40;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(21, 205)]
    [InlineData(64, 16)]
    [InlineData(150, 67)]
    public void An_epilogue_alone_has_the_bits_of_one_behind_a_product(int rows, int columns)
    {
        foreach (IDevice device in ZeroSkippingTests.Widths())
        {
            using (device)
            {
                using var memory = new Memory(device, rows, columns);
                foreach (Activation activation in Activation.All)
                {
                    memory.Compare(Epilogue.BiasActivation(memory.Bias, activation));
                    memory.Compare(Epilogue.Derivative(memory.Auxiliary, activation));
                }
                foreach (Likelihood likelihood in Likelihood.All)
                {
                    memory.Compare(
                        Epilogue.NegativeLogLikelihood(memory.Auxiliary, likelihood, 0.3f, memory.Loss).WithBias(memory.Bias));
                }
            }
        }
    }

    private sealed class Memory : IDisposable
    {
        private readonly IDevice _device;
        private readonly List<DeviceBuffer<float>> _buffers = [];
        private readonly View<float> _a;
        private readonly View<float> _b;
        private readonly View<float> _sums;
        private readonly View<float> _c;

        public Memory(IDevice device, int rows, int columns)
        {
            _device = device;
            _a = Random(rows, Depth, 1);
            _b = Random(columns, Depth, 2);
            Bias = Random(1, columns, 3);
            Auxiliary = Random(rows, columns, 4);
            Loss = Random(1, rows, 5);
            _sums = Random(rows, columns, 6);
            _c = Random(rows, columns, 7);
        }

        public View<float> Bias { get; }

        public View<float> Auxiliary { get; }

        public View<float> Loss { get; }

        public void Compare(Epilogue epilogue)
        {
            _device.Run(new Multiply(Orientation.NT, _a, _b, epilogue, _c));
            (float[] c, float[] loss) = (Read(_c), Read(Loss));
            foreach (bool inPlace in (bool[])[false, true])
            {
                _device.Run(new Multiply(Orientation.NT, _a, _b, Epilogue.Store, _sums));
                _device.Run(new Fill(float.NaN, _c));
                if (epilogue.Kind == EpilogueKind.Likelihood)
                    _device.Run(new Fill(float.NaN, Loss));
                View<float> result = inPlace ? _sums : _c;
                _device.Run(new ApplyEpilogue(_sums, epilogue, result));
                Assert.Equal(c, Read(result));
                Assert.Equal(loss, Read(Loss));
            }
        }

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

        private View<float> Random(int rows, int columns, uint seed)
        {
            DeviceBuffer<float> buffer = _device.Allocate<float>((long)rows * columns);
            _buffers.Add(buffer);
            float[] values = [.. ZeroSkippingTests.Noise(rows, columns, seed).Select(value => value - 0.4f)];
            _device.Upload<float>(values, buffer.AsVector());
            return buffer.AsMatrix(rows, columns);
        }

        private float[] Read(View<float> view)
        {
            var values = new float[view.Length];
            _device.Download<float>(view, values);
            return values;
        }
    }
}
