using System.Text.RegularExpressions;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// Every kernel compiled for CUDA, which needs no GPU. Those for groups of one thread never run there; those for tensor
/// cores, hundreds of them, have tests of their own.
/// </summary>
public sealed class PtxTexts : KernelTexts
{
    private const string Launched = "^(?!Tensor|.*HostTile)";

    public PtxTexts()
        : base(Launched, static (context, kernel) => PtxText.Compile(context, kernel))
    {
    }

    /// <summary>For <c>[MemberData]</c>: a row for each kernel.</summary>
    public static TheoryData<string> Names => NamesOf(Launched);
}

/// <summary>Every kernel that can be launched, compiled to PTX for sm_80 and held against the rules.</summary>
[Trait(LongTests.Trait, LongTests.AtLength)]
public sealed class PtxTextTests(PtxTexts texts) : IClassFixture<PtxTexts>
{
    private static readonly TextRule[] _rules =
    [
        new("", @"\.target sm_80\b", true, "the architecture whose tensor cores are meant"),
        new("", @"\.extern \.func", false, "a function that no library has"),
        new("", @"\.f64", false, "double precision, which most GPUs run at 1/64 of the speed"),
        new("", @"\b(atom|red)\.(?!add\.global\.u32)", false, "atomics of other than counts: their order differs from run to run"),
        new("", @"tanh\.approx", false, "a hyperbolic tangent that is good to 2⁻¹¹ only"),
        new("", @"\b(ld|st)\.(v[24]\.)?[bfsu]\d", false, "access that does not know which memory it is to"),
        new("GemmKernel", @"\.local", false, "sums or operands that are not in registers"),
        new("GemmKernel", @"\b(fma\.rn|mul|mad)\S*f32", true, "products of float32"),
        new("GemmKernel", @"\.shared \.align", true, "slices of the operands in shared memory"),
        // The only allocation of shared memory is its start, which is what aligns reads of four from it.
        new("GemmKernel", AtLeast(2, @"\.shared \.align"), false, "a second thing in shared memory"),
        new("^(Convolution)?GemmKernel<LargeTile", @"\.shared .*\[8320\]", true, "two slices of 16 · 65 numbers"),
        new("^(Convolution)?GemmKernel<SmallTile", @"\.shared .*\[8448\]", true, "two slices of 32 · 33 numbers"),
        new("^WideGemmKernel", @"\.shared .*\[16896\]", true, "two slices of 16 · 132 numbers"),
        new("^WideGemmKernel", AtLeast(4, @"ld\.shared\.v4\.f32"), true, "reads of four from each slice, twice"),
        // Tickets and losses are read one by one.
        new("^WideGemmKernel", AtLeast(4, @"ld\.shared\.f32"), false, "reads of one from the slices"),
        new("^(?!Async).*GemmKernel<.*Float4Loads", AtLeast(2, @"ld\.global\.v4\.f32"), true, "four numbers at once, twice"),
        // Parts of sums are read one by one, where the inner dimension is split; with copies ahead those of four elements, and of a row.
        new("^(?!Async).*GemmKernel<.*Float4Loads.*Store", AtLeast(3, @"ld\.global\.f32"), false, "numbers one by one"),
        new("^AsyncGemmKernel<.*Store", AtLeast(4, @"ld\.global\.f32"), true, "parts of four sums"),
        new("^AsyncGemmKernel<.*Store", AtLeast(6, @"ld\.global\.f32"), false, "more ends of a product than one, of four elements"),
        new("^Async", @"cp\.async\.wait_group 0", true, "slices that are copied ahead"),
        new("^Async", AtLeast(8, @"ld\.shared\.v4\.f32"), true, "reads of four from each slice, four times"),
        new("^Async.*Float4Loads", @"cp\.async\.ca", false, "copies of one number"),
        new("^Async.*ScalarLoads", @"cp\.async\.cg", false, "copies of four numbers, from any place"),
        new("GemmKernel<.*ScalarLoads", @"ld\.global\.v4", false, "four numbers at once, from any place"),
    ];

    [Theory]
    [MemberData(nameof(PtxTexts.Names), MemberType = typeof(PtxTexts))]
    public void Kernel_compiles_to_ptx_that_keeps_the_rules(string kernel) => texts.Check(kernel, _rules);

    [Theory]
    [MemberData(nameof(PtxTexts.Names), MemberType = typeof(PtxTexts))]
    public void Kernel_is_assembled_without_spills_and_a_product_into_loops_that_are_unrolled(string kernel)
    {
        string ptx = texts.Of(kernel);
        foreach (string architecture in Assembler.Architectures)
        {
            AssembledKernel assembled = Assembler.Assemble(ptx, architecture);
            Assert.Equal((0, 0), (assembled.StackBytes, assembled.SpilledBytes));
            Assert.InRange(assembled.SharedBytes, 0, 49152);
            // As many as a multiprocessor has for two groups of 256 threads.
            Assert.InRange(assembled.Registers, 1, 128);
            if (!Regex.IsMatch(kernel, "^(Wide|Convolution|Async)?GemmKernel<|^(Async)?LinearGradientKernel<"))
                continue;
            foreach (string[] loop in assembled.InnerLoops())
            {
                string text = $"{architecture}:\n{string.Join('\n', loop)}";
                Assert.False(AssembledKernel.Divides(loop), $"integers are divided in a loop for {text}");
                int loads = AssembledKernel.Count(loop, "LDG"), products = AssembledKernel.Count(loop, "FFMA");
                if (AssembledKernel.Count(loop, "STS") > 0)
                    Assert.True(loads is 0 or >= 4 && AssembledKernel.Waits(loop) <= loads / 4, $"a load waits for the one before for {text}");
                if (AssembledKernel.Count(loop, "LDS") > 0)
                    Assert.True(products is 0 or >= 64, $"steps of the inner dimension are not unrolled for {text}");
            }
        }
    }

    [Fact]
    public void Every_rule_is_about_some_kernel() => texts.CheckThatEachFindsKernels(_rules);

    private static string AtLeast(int times, string text) => $"(?s)({text}.*?){{{times}}}";
}
