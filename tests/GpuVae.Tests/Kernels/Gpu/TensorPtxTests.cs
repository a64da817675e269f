using System.ComponentModel;
using System.Diagnostics;
using GpuVae.Kernels;
using GpuVae.Kernels.Gpu.Gemm;
using GpuVae.Tests.Support.Ptx;
using ILGPU.Runtime.Cuda;
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

    [Theory]
    [MemberData(nameof(Variants))]
    public void Kernel_multiplies_on_tensor_cores_copies_ahead_and_keeps_its_sums_in_registers(
        string tile, Orientation orientation, Precision precision)
    {
        string ptx = PtxText.Compile(
            TensorProductTests.Kernel(tile, orientation, precision, true, typeof(StoreEpilogue)));

        // Pieces of 16 × 8 in a warp's part of C, and three products of each where float32 is split.
        int products = (tile == "large" ? 32 : 8) * (precision == Precision.Fp32 ? 3 : 1);
        Assert.Equal(products, Count(ptx, precision == Precision.Bf16 ? PtxTensor.Bf16 : PtxTensor.Tf32));
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
    [MemberData(nameof(Epilogues))]
    public void Epilogue_compiles_without_unresolved_functions(string tile, Type epilogue)
    {
        string ptx = PtxText.Compile(
            TensorProductTests.Kernel(tile, Orientation.NT, Precision.Tf32, true, epilogue));
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".extern", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("tanh.approx", ptx, StringComparison.Ordinal);
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
    }

    private static void AssertAssembles(string tile, Orientation orientation, Precision precision, bool loadsFloat4)
    {
        // The longest epilogue, and the text that assemblers from CUDA 11.8 on can read.
        string ptx = PtxText.Compile(
            TensorProductTests.Kernel(
                tile, orientation, precision, loadsFloat4, typeof(LikelihoodEpilogue<BernoulliFunction, ColumnBias>)),
            CudaInstructionSet.ISA_78);
        foreach (string architecture in (string[])["sm_80", "sm_90"])
        {
            Assert.Contains(
                "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads", Assemble(ptx, architecture),
                StringComparison.Ordinal);
        }
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    /// <summary>What <c>ptxas</c> says; skips where it is not installed.</summary>
    private static string Assemble(string ptx, string architecture)
    {
        var start = new ProcessStartInfo("ptxas", ["-v", $"-arch={architecture}", "-o", "/dev/null", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        Process assembler;
        try
        {
            assembler = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("ptxas, NVIDIA's assembler, is not on PATH");
            throw;
        }
        using (assembler)
        {
            assembler.StandardInput.Write(ptx);
            assembler.StandardInput.Close();
            string said = assembler.StandardError.ReadToEnd();
            assembler.WaitForExit();
            Assert.True(assembler.ExitCode == 0, said);
            return said;
        }
    }
}
