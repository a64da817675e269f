using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using GpuVae.Tests.Support;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// What the text of kernels must have, or must not: a driver refuses some of it, the rest is slow or inexact.
/// </summary>
/// <param name="Kernels">A pattern that finds the kernels by name.</param>
/// <param name="Text">A pattern in their PTX.</param>
/// <param name="IsThere">True where the text must be there, false where it must not.</param>
/// <param name="Reason">Why.</param>
internal sealed record PtxRule(string Kernels, string Text, bool IsThere, string Reason)
{
    /// <summary>A row for each thing to look for.</summary>
    public static IReadOnlyList<PtxRule> All { get; } =
    [
        new("", @"\.extern \.func", false, "a function that no library has"),
        new("", @"\.f64", false, "double precision, which most GPUs run at 1/64 of the speed"),
        new("", @"\b(atom|red)\.", false, "atomics, whose order differs from run to run"),
        new("", @"tanh\.approx", false, "a hyperbolic tangent that is good to 2⁻¹¹ only"),
        new("", @"\b(ld|st)\.(v[24]\.)?[bfsu]\d", false, "access that does not know which memory it is to"),
        new("^Product", @"\.local", false, "sums or operands that are not in registers"),
        new("^Product", @"\.shared \.align", true, "slices of the operands in shared memory"),
        new("^Product", @"\b(fma\.rn|mul|mad)\S*f32", true, "products of float32"),
        new("^Product.*<LargeTile", @"\.shared .*\[8320\]", true, "two slices of 16 · 65 numbers"),
        new("^Product.*<SmallTile", @"\.shared .*\[8448\]", true, "two slices of 32 · 33 numbers"),
    ];
}

/// <summary>Every kernel compiled for CUDA, which needs no GPU.</summary>
public sealed class PtxTexts
{
    private readonly ConcurrentDictionary<string, string> _texts = new();

    /// <summary>Compiles on all cores: a context serves one thread, and one that has failed is not used again.</summary>
    public PtxTexts()
    {
        var contexts = new ConcurrentBag<Context>();
        Parallel.ForEach(LaunchedKernels.Find(), kernel =>
        {
            if (!contexts.TryTake(out Context? context))
            {
                context = Context.Create(builder =>
                    builder.Optimize(OptimizationLevel.O2).Inlining(InliningMode.Aggressive).EnableAlgorithms());
            }
            try
            {
                _texts[LaunchedKernels.Name(kernel)] = Compile(context, kernel);
                contexts.Add(context);
            }
            catch (Exception exception)
            {
                context.Dispose();
                _texts[LaunchedKernels.Name(kernel)] = $"{exception.GetType()}: {exception.Message}";
            }
        });
        foreach (Context context in contexts)
            context.Dispose();
    }

    /// <summary>The text of a kernel, or why there is none.</summary>
    public string this[string name] => _texts[name];

    private static string Compile(Context context, MethodInfo kernel)
    {
        using var backend = new PTXBackend(
            context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80,
            CudaInstructionSet.ISA_80, null);
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
        return ((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly;
    }
}

/// <summary>Every kernel that can be launched is compiled to PTX for sm_80, and the text is held against the rules.</summary>
public sealed class IlgpuPtxTests(PtxTexts texts) : IClassFixture<PtxTexts>
{
    public static TheoryData<string> Kernels => [.. LaunchedKernels.Find().Select(LaunchedKernels.Name).Order()];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_compiles_to_ptx_that_keeps_the_rules(string kernel)
    {
        string text = texts[kernel];
        Assert.Contains(".target sm_80", text, StringComparison.Ordinal);
        Assert.All(
            PtxRule.All.Where(rule => Regex.IsMatch(kernel, rule.Kernels)),
            rule => Assert.True(
                Regex.IsMatch(text, rule.Text) == rule.IsThere,
                $"{(rule.IsThere ? "missing" : "found")}: {rule.Text} ({rule.Reason})"));
    }

    [Fact]
    public void Every_rule_is_about_some_kernel() =>
        Assert.All(PtxRule.All, rule => Assert.Contains(
            LaunchedKernels.Find(), kernel => Regex.IsMatch(LaunchedKernels.Name(kernel), rule.Kernels)));
}
