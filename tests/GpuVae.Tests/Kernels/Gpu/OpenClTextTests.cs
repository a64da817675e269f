using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using GpuVae.Kernels.Gpu;
using GpuVae.Tests.Support;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace GpuVae.Tests;

/// <summary>Every kernel as OpenCL C, which needs neither a device nor a driver; tensor cores are CUDA's alone.</summary>
public sealed class OpenClTexts : KernelTexts
{
    private const string Launched = "^(?!Tensor)";

    static OpenClTexts() => IlgpuContext.FenceSharedMemoryInOpenCl();

    public OpenClTexts()
        : base(Launched, static (context, kernel) =>
        {
            using var backend = new CLBackend(context, Capabilities(), CLDeviceVendor.Other, CLCVersion.CL30);
            return ((CLCompiledKernel)backend.Compile(kernel, default)).Source;
        })
    {
    }

    /// <summary>For <c>[MemberData]</c>: a row for each kernel.</summary>
    public static TheoryData<string> Names => NamesOf(Launched);

    /// <summary>What a plain GPU can do. ILGPU makes this object for devices that it has found, in no other way.</summary>
    private static CLCapabilityContext Capabilities()
    {
        var capabilities = (CLCapabilityContext)RuntimeHelpers.GetUninitializedObject(typeof(CLCapabilityContext));
        FieldInfo FieldOf(string property) => typeof(CLCapabilityContext).GetField(
            $"<{property}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!;
        FieldOf(nameof(CLCapabilityContext.GenericAddressSpace)).SetValue(capabilities, true);
        FieldOf("Extensions").SetValue(capabilities, ImmutableArray<string>.Empty);
        return capabilities;
    }
}

/// <summary>Every kernel that can be launched, compiled to OpenCL C and held against the rules.</summary>
public sealed class OpenClTextTests(OpenClTexts texts) : IClassFixture<OpenClTexts>
{
    private static readonly TextRule[] Rules =
    [
        new("", @"\bkernel void\b", true, "a kernel"),
        new("", @"\bdouble\b", false, "double precision, which a device need not have"),
        new("", @"\bsub_group_", false, "sub-groups, which a device need not have"),
        new("", @"\batomic_", false, "atomics, whose order differs from run to run"),
        new("GemmKernel|SumKernels", @"\bwork_group_barrier \(", true, "a barrier"),
        new("", @"_barrier \( (?!CLK_GLOBAL_MEM_FENCE \| CLK_LOCAL_MEM_FENCE \))", false, "a barrier of another kind"),
    ];

    [Theory]
    [MemberData(nameof(OpenClTexts.Names), MemberType = typeof(OpenClTexts))]
    public void Kernel_compiles_to_opencl_that_keeps_the_rules(string kernel) => texts.Check(kernel, Rules);

    [Fact]
    public void Every_rule_is_about_some_kernel() => texts.CheckThatEachFindsKernels(Rules);
}
