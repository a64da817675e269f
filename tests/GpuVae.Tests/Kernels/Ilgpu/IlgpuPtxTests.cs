using System.Reflection;
using GpuVae.Kernels;
using GpuVae.Kernels.Ilgpu;
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
        string ptx = PtxText.Compile(All().Single(kernel => kernel.Name == name).Method);

        Assert.DoesNotContain(".extern .func", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("atom.", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("tanh.approx", ptx, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(LargeTile), typeof(DepthContiguous), 16 * (65 + 65) * 4)]
    [InlineData(typeof(LargeTile), typeof(ExtentContiguous), 16 * (65 + 65) * 4)]
    [InlineData(typeof(WideTile), typeof(DepthContiguous), 16 * (132 + 132) * 4)]
    [InlineData(typeof(WideTile), typeof(ExtentContiguous), 16 * (132 + 132) * 4)]
    [InlineData(typeof(SmallTile), typeof(DepthContiguous), 32 * (33 + 33) * 4)]
    [InlineData(typeof(SmallTile), typeof(ExtentContiguous), 32 * (33 + 33) * 4)]
    public void Product_sums_in_registers_shares_slices_and_loads_four_at_once(Type tile, Type layout, int sharedBytes)
    {
        string ptx = PtxText.Compile(Product(tile, layout, layout, typeof(FourNumbers), typeof(StoreEpilogue)).Method);

        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        Assert.Equal(2, ptx.Split("ld.global.v4.f32").Length - 1);
        Assert.DoesNotContain("ld.global.f32", ptx, StringComparison.Ordinal);
        if (tile == typeof(WideTile))
            Assert.Equal(4, ptx.Split("ld.shared.v4.f32").Length - 1);
        // The only allocation of shared memory is its start, which is what aligns reads of four from it.
        Assert.Equal(1, ptx.Split(".shared .align").Length - 1);
        Assert.Contains($"[{sharedBytes}]", ptx, StringComparison.Ordinal);
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
        Type one = typeof(OneNumber), four = typeof(FourNumbers);
        foreach (Type activation in Activations)
        {
            Type bias = typeof(BiasActivationEpilogue<>).MakeGenericType(activation);
            yield return Product(typeof(LargeTile), depth, depth, four, bias);
            yield return Product(
                typeof(LargeTile), depth, extent, one, typeof(DerivativeEpilogue<>).MakeGenericType(activation));
            yield return Of(typeof(ProductParts<>).MakeGenericType(bias), "Run");
        }
        yield return Product(typeof(LargeTile), depth, depth, four, typeof(LikelihoodEpilogue<BernoulliFunction>));
        yield return Product(typeof(SmallTile), depth, depth, one, typeof(LikelihoodEpilogue<GaussianFunction>));
        yield return Product(typeof(LargeTile), extent, extent, one, typeof(StoreEpilogue));
        yield return Product(typeof(WideTile), extent, extent, four, typeof(StoreEpilogue));
        yield return Product(typeof(WideTile), depth, depth, one, typeof(LikelihoodEpilogue<BernoulliFunction>));
        yield return Product(typeof(SmallTile), depth, extent, four, typeof(StoreEpilogue));
        yield return Of(typeof(ProductParts<>).MakeGenericType(typeof(LikelihoodEpilogue<BernoulliFunction>)), "Run");
    }

    private static (string Name, MethodInfo Method) Product(
        Type tile, Type left, Type right, Type copy, Type epilogue) =>
        tile == typeof(WideTile)
            ? Of(typeof(WideProductKernel<,,,>).MakeGenericType(left, right, copy, epilogue), "Run")
            : Of(typeof(ProductKernel<,,,,>).MakeGenericType(tile, left, right, copy, epilogue), "Run");

    private static (string Name, MethodInfo Method) Of(Type type, string method) =>
        (string.Join(' ', type.GenericTypeArguments.Select(Describe).Prepend(type.Name).Append(method)),
            type.GetMethod(method)!);

    private static string Describe(Type type) =>
        type.IsGenericType ? $"{type.Name}<{type.GenericTypeArguments[0].Name}>" : type.Name;
}
