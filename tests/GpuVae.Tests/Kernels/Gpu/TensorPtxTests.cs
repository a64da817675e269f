using System.Reflection;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu.Convolution;
using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Kernels.Gpu.Gemm;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests;

/// <summary>The text of the tensor-core kernels, and what NVIDIA's assembler says of it where there is one.</summary>
public sealed class TensorPtxTests
{
    public static TheoryData<string, Orientation, Precision> Variants => new(
        from tile in (string[])["large", "small"]
        from orientation in Enum.GetValues<Orientation>()
        from precision in Enum.GetValues<Precision>()
        select (tile, orientation, precision));

    public static TheoryData<string, Type> Epilogues => new(
        from tile in (string[])["large", "small"]
        from epilogue in (Type[])
        [
            typeof(ActivationEpilogue<ReluFunction, ColumnBias>), typeof(ActivationEpilogue<TanhFunction, ColumnBias>),
            typeof(ActivationEpilogue<SigmoidFunction, ColumnBias>), typeof(DerivativeEpilogue<ReluFunction>),
            typeof(LikelihoodEpilogue<BernoulliFunction, ColumnBias>),
            typeof(LikelihoodEpilogue<GaussianFunction, ColumnBias>),
        ]
        select (tile, epilogue));

    public static TheoryData<string, Type, bool> Convolutions => new(
        from tile in (string[])["large", "small"]
        from form in (Type[])[typeof(ConvolveForm), typeof(TransposedForm), typeof(WeightGradientForm)]
        from loadsFloat4 in (bool[])[true, false]
        select (tile, form, loadsFloat4));

    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [MemberData(nameof(Variants))]
    public void Kernel_multiplies_on_tensor_cores_copies_ahead_and_keeps_its_sums_in_registers(
        string tile, Orientation orientation, Precision precision)
    {
        LongTests.Require();
        string ptx = PtxText.Compile(
            Kernel(tile, orientation, precision, true, typeof(StoreEpilogue)));

        // Pieces of 16 × 8 in a warp's part of C, and three products of each where float32 is split.
        int products = (tile == "large" ? 32 : 8) * (precision == Precision.Fp32 ? 3 : 1);
        Assert.Equal(products, Count(ptx, precision == Precision.Bf16 ? "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32" : "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"));
        Assert.True(Count(ptx, "cp.async.cg.shared.global") > 0);
        Assert.DoesNotContain("cp.async.ca", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
        // The one allocation of shared memory is its start, which is what aligns it for copies of 16 bytes.
        Assert.Equal(1, Count(ptx, ".shared .align"));
        Assert.Contains("__shared_alloca0[49152]", ptx, StringComparison.Ordinal);
        string pair = orientation == Orientation.TN ? "ld.shared.f32 pair" : "ld.shared.v2.f32";
        Assert.Contains(pair, ptx, StringComparison.Ordinal);
    }

    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [MemberData(nameof(Epilogues))]
    public void Epilogue_compiles_without_unresolved_functions(string tile, Type epilogue)
    {
        LongTests.Require();
        string ptx = PtxText.Compile(
            Kernel(tile, Orientation.NT, Precision.Tf32, true, epilogue));
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("tanh.approx", ptx, StringComparison.Ordinal);
    }

    /// <summary>Windows are read where they lie: copies ahead, and zeros beyond the map without a branch around a copy.</summary>
    [Theory]
    [Trait(LongTests.Trait, LongTests.AtLength)]
    [MemberData(nameof(Convolutions))]
    public void Convolution_copies_windows_ahead_and_keeps_its_sums_in_registers(string tile, Type form, bool loadsFloat4)
    {
        LongTests.Require();
        string ptx = PtxText.Compile(Convolution(tile, form, loadsFloat4));

        Assert.Equal(tile == "large" ? 32 : 8, Count(ptx, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"));
        Assert.True(Count(ptx, loadsFloat4 ? "cp.async.cg.shared.global" : "cp.async.ca.shared.global") > 0);
        Assert.DoesNotContain(loadsFloat4 ? "cp.async.ca" : "cp.async.cg", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
        Assert.Contains("__shared_alloca0[49152]", ptx, StringComparison.Ordinal);
        // A group divides to find its place and its phase; where a number lies is found by multiplying.
        string loop = ptx[ptx.IndexOf("cp.async", StringComparison.Ordinal)..];
        Assert.DoesNotContain("div.", loop, StringComparison.Ordinal);
        Assert.DoesNotContain("rem.", loop, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("large")]
    [InlineData("small")]
    public void Assembler_takes_the_kernels_and_spills_nothing(string tile)
    {
        foreach (Orientation orientation in Enum.GetValues<Orientation>())
        {
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                AssertAssembles(tile, orientation, precision, true);
                AssertAssembles(tile, orientation, precision, false);
            }
        }
        foreach (Type form in (Type[])[typeof(ConvolveForm), typeof(TransposedForm), typeof(WeightGradientForm)])
        {
            AssertAssembles(Convolution(tile, form, true));
            AssertAssembles(Convolution(tile, form, false));
        }
    }

    // The longest epilogue.
    private static void AssertAssembles(string tile, Orientation orientation, Precision precision, bool loadsFloat4) => AssertAssembles(
        Kernel(tile, orientation, precision, loadsFloat4, typeof(LikelihoodEpilogue<BernoulliFunction, ColumnBias>)));

    private static void AssertAssembles(MethodInfo method)
    {
        string ptx = PtxText.Compile(method);
        foreach (string architecture in Assembler.Architectures)
        {
            AssembledKernel kernel = Assembler.Assemble(ptx, architecture);
            Assert.Equal((0, 0), (kernel.StackBytes, kernel.SpilledBytes));
            // Two groups of a multiprocessor's registers, of four warps each; and what a group may have of shared memory.
            Assert.InRange(kernel.Registers, 1, 65536 / TensorGroup.Threads / 2);
            Assert.Equal(49152, kernel.SharedBytes);
            Assert.All(kernel.InnerLoops(), loop => Assert.False(AssembledKernel.Divides(loop), string.Join('\n', loop)));
            // Sixteen parts of sums are on their way at once: of four elements, four each.
            Assert.Contains(kernel.InnerLoops(), loop => AssembledKernel.Count(loop, "LDG") >= 16);
        }
    }

    /// <summary>The kernel for a tile, an orientation, a precision, where float32 is three products, and an epilogue.</summary>
    internal static MethodInfo Kernel(
        string tile, Orientation orientation, Precision precision, bool loadsFloat4, Type epilogue) =>
        typeof(TensorGemmKernel<,,,,,>).MakeGenericType(
            tile == "large" ? typeof(LargeTensorTile) : typeof(SmallTensorTile),
            orientation == Orientation.TN ? typeof(MnMajor) : typeof(KMajor),
            orientation == Orientation.NT ? typeof(KMajor) : typeof(MnMajor),
            precision switch
            {
                Precision.Tf32 => typeof(Tf32Precision),
                Precision.Bf16 => typeof(Bf16Precision),
                _ => typeof(Tf32x3Precision),
            },
            loadsFloat4 ? typeof(Float4Loads) : typeof(ScalarLoads), epilogue).GetMethod("Run")!;

    private static MethodInfo Convolution(string tile, Type form, bool loadsFloat4)
    {
        Type[] layouts = form.GetInterfaces().Single().GetGenericArguments();
        return typeof(TensorConvolutionGemmKernel<,,,,,,>).MakeGenericType(
            tile == "large" ? typeof(LargeTensorTile) : typeof(SmallTensorTile), form, layouts[0], layouts[1],
            typeof(Tf32Precision), loadsFloat4 ? typeof(Float4Loads) : typeof(ScalarLoads),
            form == typeof(WeightGradientForm) ? typeof(StoreEpilogue) : typeof(ActivationEpilogue<ReluFunction, ColumnBias>))
            .GetMethod("Run")!;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
