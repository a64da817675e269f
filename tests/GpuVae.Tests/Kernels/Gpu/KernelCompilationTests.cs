using System.Reflection;
using System.Text.RegularExpressions;
using GpuVae.Tests.Support;
using ILGPU;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// What it costs ILGPU to compile a kernel for CUDA, which whoever starts a program waits for: counted in the nodes of its
/// intermediate representation that it makes on the way, not in seconds, which depend on the machine and on what else runs there.
/// </summary>
/// <remarks>
/// Seconds follow the nodes, about one of a processor for 70,000 in a process that has just begun; the length of the text does not.
/// Records of sixteen numbers that pass through many functions took ten times the nodes that a text of three times the length takes
/// without them. Each kernel has a context of its own here, as what kernels share is made once in each. Two compilations differ by some
/// dozens of nodes.
/// </remarks>
[Collection(nameof(KernelCompilationTests))]
[CollectionDefinition(nameof(KernelCompilationTests), DisableParallelization = true)]
[Trait(LongTests.Trait, LongTests.AtLength)]
public sealed class KernelCompilationTests(ITestOutputHelper output)
{
    // The most are 129,000, in the same kernel each time; it was 605,000 where the end of a product was unrolled sixteen times.
    private const long MostNodes = 160_000;

    // Those that differ in the epilogue alone, in how they round or in the width of loads, differ little: of these the largest.
    private const string Compiled = "^(?!.*(HostTile|ScalarLoads|Bf16|Tf32x3|ActivationEpilogue))"
        + "(?!.*(Derivative|Likelihood)Epilogue<(?!Gelu|Bernoulli))(?!.*StoreEpilogue(?<!WeightGradientForm.*))";

    /// <summary>A row for each kernel; one row stands for them where they are not asked for.</summary>
    public static TheoryData<string> Names => LongTests.AreAskedFor ? [.. Kernels.Keys.Order()] : ["all of them"];

    private static IReadOnlyDictionary<string, MethodInfo> Kernels => field ??= LaunchedKernels.Find()
        .Select(kernel => (Name: LaunchedKernels.Name(kernel), Kernel: kernel))
        .Where(kernel => Regex.IsMatch(kernel.Name, Compiled)).ToDictionary(kernel => kernel.Name, kernel => kernel.Kernel);

    [Theory]
    [MemberData(nameof(Names))]
    public void Kernel_is_compiled_over_few_nodes(string kernel)
    {
        LongTests.Require();
        long before = Nodes();
        PtxText.Compile(Kernels[kernel]);
        long nodes = Nodes() - before;
        output.WriteLine($"{nodes} nodes");
        Assert.InRange(nodes, 1, MostNodes);
    }

    /// <summary>How many the process has made: each takes the next number.</summary>
    private static long Nodes() => (long)typeof(Context).Assembly.GetType("ILGPU.InstanceId", throwOnError: true)!
        .GetField("instanceIdCounter", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
}
