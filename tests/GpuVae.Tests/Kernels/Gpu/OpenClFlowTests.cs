using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests;

/// <summary>Where branches have barriers: what <see cref="OpenClFlow"/> finds in texts that a person can follow.</summary>
public sealed class OpenClFlowTests
{
    private const string Meet = "work_group_barrier ( CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE );";

    // A group takes the way over L_1 or goes straight to L_5; L_2 and L_3 are a loop of as many rounds as a work item has.
    [Theory]
    [InlineData("if (every) goto L_1; goto L_5;", Meet, "", "L_1")]
    [InlineData("if (every) goto L_1; goto L_5;", Meet, Meet, "")]
    [InlineData("if (every) goto L_1; goto L_5;", "", "", "")]
    [InlineData("goto L_1;", Meet, "", "")]
    public void A_branch_that_begins_with_a_barrier_is_open_where_it_does_not_end_with_one(
        string begin, string atFirst, string atLast, string open)
    {
        string text = Kernel(
            $"L_0: ; {begin}", $"L_1: ; {atFirst} goto L_2;", "L_2: ; if (more) goto L_3; goto L_4;", "L_3: ; goto L_2;",
            $"L_4: ; {atLast} goto L_5;", "L_5: ; return ;");

        Assert.Equal(open, string.Join(' ', new OpenClFlow(text).OpenBranches()));
    }

    /// <summary>No round of it need be, so that its barrier is behind no block that follows.</summary>
    [Theory]
    [InlineData("goto L_5;", "L_2")]
    [InlineData(Meet + " goto L_5;", "")]
    public void A_loop_with_a_barrier_in_a_branch_is_open_behind_its_head(string atLast, string open)
    {
        string text = Kernel(
            "L_0: ; if (every) goto L_1; goto L_5;", "L_1: ; goto L_2;", "L_2: ; if (more) goto L_3; goto L_4;",
            $"L_3: ; {Meet} goto L_2;", $"L_4: ; {atLast}", "L_5: ; return ;");

        Assert.Equal(open, string.Join(' ', new OpenClFlow(text).OpenBranches()));
    }

    [Fact]
    public void A_switch_is_as_many_ways()
    {
        string text = Kernel(
            "L_0: ; if (every) goto L_1; goto L_4;", $"L_1: ; {Meet} switch (mine) {{ case 0: goto L_2; default: goto L_3; }};",
            "L_2: ; goto L_3;", "L_3: ; goto L_4;", "L_4: ; return ;");

        Assert.Equal("L_1", Assert.Single(new OpenClFlow(text).OpenBranches()));
    }

    [Fact]
    public void A_block_says_where_to_go() =>
        Assert.Throws<FormatException>(() => new OpenClFlow(Kernel("L_0: ; x = 1;", "L_1: ; return ;")));

    private static string Kernel(params string[] blocks) =>
        $"kernel void Kernel_Run()\n{{\n{string.Join("\n\n", blocks.Select(block => $"\t{block}"))}\n}}\n";
}
