using GpuVae.Kernels.Gpu;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// Every kernel as OpenCL C, which needs neither a device nor a driver; tensor cores and copies ahead are CUDA's alone.
/// </summary>
public sealed class OpenClTexts : KernelTexts
{
    private const string Launched = "^(?!Tensor|Async)";

    public OpenClTexts()
        : base(Launched, static (context, kernel) => OpenClText.Compile(context, kernel))
    {
    }

    /// <summary>For <c>[MemberData]</c>: a row for each kernel.</summary>
    public static TheoryData<string> Names => NamesOf(Launched);
}

/// <summary>Every kernel that can be launched, compiled to OpenCL C and held against the rules.</summary>
[Trait(LongTests.Trait, LongTests.AtLength)]
public sealed class OpenClTextTests(OpenClTexts texts) : IClassFixture<OpenClTexts>
{
    private static readonly TextRule[] _rules =
    [
        new("", @"\bkernel void\b", true, "a kernel"),
        new("", @"\bdouble\b", false, "double precision, which a device need not have"),
        new("", @"\bsub_group_", false, "sub-groups, which a device need not have"),
        new("", @"\batomic_(?!fetch_add\b|int\b)", false, "atomics of other than counts: their order differs from run to run"),
        new("GemmKernel|Sum(Columns|Terms|Squares)Kernel|RowSumKernel", @"\bwork_group_barrier \(", true, "a barrier"),
        new("", @"\* +\(long\)\d{10}\b|\+ +\(int\)\d{10}\b", false, "signed arithmetic of a word that may overflow"),
        // A fence of the device is a barrier of the group too, with a scope behind the fences.
        new("", @"_barrier \( (?!CLK_GLOBAL_MEM_FENCE \| CLK_LOCAL_MEM_FENCE *(, *memory_scope_device *)?\))", false, "a barrier of another kind"),
    ];

    [Theory]
    [MemberData(nameof(OpenClTexts.Names), MemberType = typeof(OpenClTexts))]
    public void Kernel_compiles_to_opencl_that_keeps_the_rules(string kernel) => texts.Check(kernel, _rules);

    /// <summary>Else OpenCL on CPUs goes wrong ways: see <see cref="GroupBranch"/>.</summary>
    [Theory]
    [MemberData(nameof(OpenClTexts.Names), MemberType = typeof(OpenClTexts))]
    public void Branch_of_a_kernel_that_has_barriers_ends_with_one(string kernel) =>
        Assert.Empty(new OpenClFlow(texts.Of(kernel)).OpenBranches());

    [Fact]
    public void Every_rule_is_about_some_kernel() => texts.CheckThatEachFindsKernels(_rules);
}
