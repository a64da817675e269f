using System.Reflection;
using GpuVae.Kernels;
using GpuVae.Kernels.Ilgpu;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace GpuVae.Tests;

/// <summary>Every kernel is compiled for CUDA, which needs no GPU; what only a driver would refuse is looked for.</summary>
public sealed class IlgpuPtxTests
{
    private static readonly Type[] Activations =
        [typeof(IdentityFunction), typeof(ReluFunction), typeof(TanhFunction), typeof(SigmoidFunction)];

    public static TheoryData<string> Kernels => [.. All().Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_compiles_to_ptx_without_unresolved_functions(string name)
    {
        string ptx = Compile(All().Single(kernel => kernel.Name == name).Method);

        Assert.DoesNotContain(".extern .func", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("atom.", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("tanh.approx", ptx, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(LargeTile), 16 * (65 + 65) * 4)]
    [InlineData(typeof(SmallTile), 32 * (33 + 33) * 4)]
    public void Product_keeps_its_sums_in_registers_and_its_slices_in_shared_memory(Type tile, int sharedBytes)
    {
        string ptx = Compile(Product(tile, typeof(DepthContiguous), typeof(DepthContiguous), typeof(StoreEpilogue)).Method);

        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        Assert.Contains($"[{sharedBytes}]", ptx, StringComparison.Ordinal);
    }

    private static string Compile(MethodInfo kernel)
    {
        using Context context = Context.Create(builder =>
            builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive).EnableAlgorithms());
        using var backend = new PTXBackend(
            context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80, CudaInstructionSet.ISA_80, null);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default))
            .PTXAssembly;
    }

    private static IEnumerable<(string Name, MethodInfo Method)> All()
    {
        yield return Of(typeof(SumKernels), nameof(SumKernels.Rows));
        yield return Of(typeof(SumKernels), nameof(SumKernels.Columns));
        yield return Of(typeof(SumKernels), nameof(SumKernels.Terms));
        yield return Of(typeof(SamplingKernels), nameof(SamplingKernels.Sample));
        yield return Of(typeof(SamplingKernels), nameof(SamplingKernels.Gradient));
        yield return Of(typeof(AdamKernels), nameof(AdamKernels.Update));
        yield return Of(typeof(AdamKernels), nameof(AdamKernels.Advance));
        foreach (Type encoder in (Type[])[typeof(ScaledEncoder), typeof(ThresholdEncoder), typeof(ResampledEncoder)])
            yield return Of(typeof(GatherKernel<>).MakeGenericType(encoder), "Run");

        Type depth = typeof(DepthContiguous), extent = typeof(ExtentContiguous);
        foreach (Type activation in Activations)
        {
            yield return Product(typeof(LargeTile), depth, depth, typeof(BiasActivationEpilogue<>).MakeGenericType(activation));
            yield return Product(typeof(LargeTile), depth, extent, typeof(DerivativeEpilogue<>).MakeGenericType(activation));
        }
        yield return Product(typeof(LargeTile), depth, depth, typeof(LikelihoodEpilogue<BernoulliFunction>));
        yield return Product(typeof(SmallTile), depth, depth, typeof(LikelihoodEpilogue<GaussianFunction>));
        yield return Product(typeof(LargeTile), extent, extent, typeof(StoreEpilogue));
        yield return Product(typeof(SmallTile), depth, extent, typeof(StoreEpilogue));
    }

    private static (string Name, MethodInfo Method) Product(Type tile, Type left, Type right, Type epilogue) =>
        Of(typeof(ProductKernel<,,,>).MakeGenericType(tile, left, right, epilogue), "Run");

    private static (string Name, MethodInfo Method) Of(Type type, string method) =>
        (string.Join(' ', type.GenericTypeArguments.Select(Describe).Prepend(type.Name).Append(method)), type.GetMethod(method)!);

    private static string Describe(Type type) =>
        type.IsGenericType ? $"{type.Name}<{type.GenericTypeArguments[0].Name}>" : type.Name;
}
