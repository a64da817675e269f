using System.Text.RegularExpressions;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Kernels.Gpu.Gemm;
using Xunit;

namespace GpuVae.Tests;

/// <summary>What is done to the text of a kernel between ILGPU and the driver.</summary>
public sealed partial class PtxBranchesTests
{
    [Fact]
    public void A_branch_loses_its_mark_and_keeps_its_guard_and_target() =>
        Assert.Equal(
            "L_1:\n\t@%p1 bra\tL_2;\n\tbra\tL_1;\nL_2:\n\t@!%p2 bra\tL_1;\n\tbar.sync\t0;\n",
            PtxBranches.WithoutMarks(
                "L_1:\n\t@%p1 bra.uni\tL_2;\n\tbra.uni\tL_1;\nL_2:\n\t@!%p2 bra\tL_1;\n\tbar.sync\t0;\n"));

    /// <summary>Should it fail with a new version of ILGPU, look where that keeps the text.</summary>
    [Fact]
    public void Ilgpu_keeps_the_text_where_it_is_looked_for() => Assert.True(PtxBranches.AreRewritten);

    /// <summary>Should it fail with a new version of ILGPU, nothing has to be rewritten any more.</summary>
    [Fact]
    public void Ways_back_of_loops_are_marked_by_ilgpu_and_nothing_else_of_the_text_changes()
    {
        string text = PtxText.Compile(
            TensorPtxTests.Kernel("small", Orientation.NT, Precision.Bf16, true, typeof(StoreEpilogue)));
        string plain = PtxBranches.WithoutMarks(text);

        Assert.True(CountWaysBack(text, "bra.uni") > 0);
        Assert.DoesNotContain(".uni", plain, StringComparison.Ordinal);
        Assert.Equal(CountWaysBack(text, @"bra(\.uni)?"), CountWaysBack(plain, "bra"));
        Assert.Equal(Branch().Replace(text, "bra"), plain);
    }

    /// <summary>Branches to a label that has come already.</summary>
    private static int CountWaysBack(string text, string opcode) =>
        Regex.Matches(text, $@"\b{opcode}\s+(?<label>\w+);").Count(branch =>
            text.IndexOf($"{branch.Groups["label"].Value}:", StringComparison.Ordinal) is int label and >= 0 && label < branch.Index);

    [GeneratedRegex(@"\bbra\.uni\b")]
    private static partial Regex Branch();
}
