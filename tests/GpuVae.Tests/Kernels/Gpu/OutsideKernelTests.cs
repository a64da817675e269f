using System.Diagnostics;
using System.Reflection;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu;
using GpuVae.Kernels.Gpu.Gemm;
using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// What others add to the GPU: kernels for operations of their own, and functions that our kernels compile.
/// </summary>
public sealed class OutsideKernelTests(SmallGroups groups) : GpuTests(groups.Device), IClassFixture<SmallGroups>
{
    public static TheoryData<Type> Kernels =>
    [
        typeof(GemmKernel<SmallTile, KMajor, KMajor, ScalarLoads,
            ActivationEpilogue<ElementByElement<SoftSignFunction>, ColumnBias>>),
        typeof(WideGemmKernel<KMajor, MnMajor, Float4Loads, DerivativeEpilogue<ElementByElement<SoftSignFunction>>>),
        typeof(GemmKernel<LargeTile, KMajor, KMajor, Float4Loads,
            LikelihoodEpilogue<LikelihoodByElement<CauchyFunction>, ColumnBias>>),
        typeof(ApplyEpilogueKernel<ActivationEpilogue<ElementByElement<SoftSignFunction>, NoBias>>),
        typeof(ApplyEpilogueKernel<LikelihoodEpilogue<LikelihoodByElement<CauchyFunction>, ColumnBias>>),
    ];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Function_from_outside_is_compiled_into_a_kernel_without_a_call(Type kernels)
    {
        foreach (MethodInfo kernel in kernels.GetMethods().Where(method => method.ReturnType == typeof(void)))
        {
            string ptx = PtxText.Compile(kernel), openCl = OpenClText.Compile(kernel);
            Assert.DoesNotMatch(@"\.extern|\.f64|\bcall", ptx);
            Assert.Contains("kernel void", openCl, StringComparison.Ordinal);
            Assert.DoesNotContain("double", openCl, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Kernel_that_is_registered_runs_where_the_library_has_none()
    {
        GpuDevice.Register<Reverse>(ReverseKernel.Run);
        View<float> values = Row([1, 2, 3, 4, 5]), reversed = Row(new float[5]);
        long before = ((GpuDevice)Device).Launches;

        Device.Run(new Reverse(values, reversed));

        Assert.Equal([5, 4, 3, 2, 1], Download(reversed));
        Assert.Equal(before + 1, ((GpuDevice)Device).Launches);
    }

    /// <summary>ILGPU traces what the driver's compiler says, and throws a number.</summary>
    [Fact]
    public void Kernel_that_the_driver_refuses_is_named_with_what_its_compiler_says()
    {
        var refused = new LazyKernel<Action>(_ =>
        {
            Trace.WriteLine("PTX: .visible .entry Run(…)");
            Trace.WriteLine("ptxas application ptx input, line 31; error : Unknown symbol 'r9'");
            throw new NotSupportedException("code 218");
        });

        var error = Assert.Throws<DeviceException>(() => refused.On((GpuDevice)Device));

        Assert.Contains("line 31; error : Unknown symbol 'r9'", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(OutsideKernelTests), error.Message, StringComparison.Ordinal);
        Assert.Contains(".visible .entry Run", error.InnerException!.Message, StringComparison.Ordinal);
        Assert.IsType<NotSupportedException>(error.InnerException.InnerException);
    }

    [Fact]
    public void Operation_without_a_kernel_is_what_it_expands_into()
    {
        View<float> values = Row([1, -2, 3]);

        Device.Run(new Double(values));

        Assert.Equal([2, -4, 6], Download(values));
    }

    [Fact]
    public void Kernel_of_the_library_is_not_replaced()
    {
        GpuDevice.Register<Fill>((GpuDevice _, in Fill _) => Assert.Fail("it was"));
        View<float> values = Row([1, 2]);

        Device.Run(new Fill(7, values));

        Assert.Equal([7, 7], Download(values));
    }

    [Fact]
    public void Memory_of_another_device_is_refused()
    {
        using GpuVae.Kernels.IDevice other = GpuVae.Kernels.Device.Open("ilgpu-cpu");
        using DeviceBuffer<float> foreign = other.Allocate<float>(3);

        Assert.Throws<ArgumentException>(() => ((GpuDevice)Device).AsArray(foreign.AsVector()));
        Assert.Throws<ArgumentException>(() => Device.Run(new Fill(1, foreign.AsVector())));
    }

    [Fact]
    public void Matrix_whose_last_index_would_wrap_in_a_loop_over_the_grid_is_refused()
    {
        using var buffer = new Memoryless(int.MaxValue);
        var device = (GpuDevice)Device;
        int length = device.Configs.LargestLength;
        KernelConfig config = device.Configs.Elements(length);

        Assert.True((long)length + (config.GridDim.X * config.GroupDim.X) <= int.MaxValue);
        Assert.Throws<ArgumentOutOfRangeException>(() => device.AsArray(buffer.AsVector()));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.AsArray(buffer.AsMatrix(1, length + 1)));
        Assert.Throws<ArgumentException>(() => device.AsArray(buffer.AsMatrix(1, length)));
    }

    [Fact]
    public void Memory_that_is_gone_is_refused()
    {
        GpuVae.Kernels.IDevice device = GpuVae.Kernels.Device.Open("ilgpu-cpu");
        using DeviceBuffer<float> buffer = device.Allocate<float>(3), other = device.Allocate<float>(3);
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => device.Run(new Fill(1, buffer.AsVector())));
        Assert.Throws<ObjectDisposedException>(() => device.Download<float>(buffer.AsVector(), new float[3]));

        device.Dispose();
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => device.Download<float>(other.AsVector(), new float[3]));
    }

    /// <summary>Says that it is long.</summary>
    private sealed class Memoryless(long length) : DeviceBuffer<float>(length)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>reversed[i] = values[n − 1 − i].</summary>
    private readonly record struct Reverse(View<float> Values, View<float> Reversed) : IOperation
    {
        public IReadOnlyList<Operand> Operands => new OperandList().Source(Values).Destination(Reversed).ToList();

        public OperationCost Cost => OperandList.Cost(0, Operands);

        public void Check() => ArgumentOutOfRangeException.ThrowIfNotEqual(Values.Length, Reversed.Length);
    }

    /// <summary>Written against what is public.</summary>
    private static class ReverseKernel
    {
        private static readonly LazyKernel<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>>>
            _kernel = new(Reverse);

        public static void Reverse(ArrayView<float> values, ArrayView<float> reversed)
        {
            int i = Grid.GlobalIndex.X;
            if (i < reversed.IntLength)
                reversed[i] = values[values.IntLength - 1 - i];
        }

        public static void Run(GpuDevice device, in Reverse operation)
        {
            ArrayView<float> reversed = device.AsArray(operation.Reversed);
            int group = device.Accelerator.MaxNumThreadsPerGroup;
            var config = new KernelConfig((reversed.IntLength + group - 1) / group, group);
            _kernel.On(device)(device.LaunchStream(), config, device.AsArray(operation.Values), reversed);
        }
    }

    /// <summary>values ← 2 · values, made of another operation.</summary>
    private readonly record struct Double(View<float> Values) : IOperation
    {
        public IReadOnlyList<Operand> Operands => new OperandList().Update(Values).ToList();

        public OperationCost Cost => OperandList.Cost(Values.Length, Operands);

        public void Check()
        {
        }

        public void Expand(GpuVae.Kernels.IDevice device) =>
            device.Run(new Elementwise(ElementwiseFunction.Add, Values, Values, Values));
    }

    /// <summary>y = x/(1 + |x|).</summary>
    private readonly struct SoftSignFunction : IActivationFunction
    {
        public static bool DerivativeNeedsInput => true;

        public static float Apply(float x) => x / (1f + MathF.Abs(x));

        public static float Derivative(float saved)
        {
            float distance = 1f + MathF.Abs(saved);
            return 1f / (distance * distance);
        }
    }

    /// <summary>log(1 + d²).</summary>
    private readonly struct CauchyFunction : ILikelihoodFunction
    {
        public static (float Loss, float Gradient) Evaluate(float output, float target)
        {
            float difference = output - target, square = 1f + (difference * difference);
            return (MathF.Log(square), 2f * difference / square);
        }
    }
}
