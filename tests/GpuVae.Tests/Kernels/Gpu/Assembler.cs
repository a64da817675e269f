using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using GpuVae.Kernels.Gpu.Cuda;
using GpuVae.Tests.Support;
using Xunit;

namespace GpuVae.Tests;

/// <summary>NVIDIA's assembler and disassembler, where they are on the PATH: <c>ptxas</c> and <c>nvdisasm</c> of the CUDA toolkit.</summary>
internal static partial class Assembler
{
    /// <summary>What GPUs the kernels are assembled for: the first with their instructions, and Hopper.</summary>
    public static readonly string[] Architectures = ["sm_80", "sm_90"];

    /// <summary>Whether there is one.</summary>
    public static bool IsThere => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "ptxas")) && File.Exists(Path.Combine(folder, "nvdisasm")));

    /// <summary>A kernel as a GPU of an architecture gets it; skips the test, with the reason, where there is no assembler.</summary>
    /// <param name="ptx">Its text as ILGPU writes it; the marks that the product takes away are taken away here too.</param>
    /// <param name="architecture">One of <see cref="Architectures"/>.</param>
    public static AssembledKernel Assemble(string ptx, string architecture)
    {
        using var folder = new TemporaryFolder();
        string text = folder.File("kernel.ptx"), binary = folder.File("kernel.cubin");
        // Nothing in it is newer than what CUDA 11.8 reads.
        File.WriteAllText(text, Version().Replace(PtxBranches.WithoutMarks(ptx), ".version 7.8"));
        string said = Run("ptxas", ["-v", $"-arch={architecture}", "-o", binary, text]);
        return new AssembledKernel(
            Number(Stack().Match(said)), Number(Spills().Match(said)), Number(Registers().Match(said)), Number(Shared().Match(said)),
            Run("nvdisasm", ["-c", binary]));
    }

    private static int Number(Match match) =>
        match.Success ? match.Groups["number"].Captures.Sum(capture => int.Parse(capture.Value, CultureInfo.InvariantCulture)) : 0;

    private static string Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program}, of NVIDIA's CUDA toolkit, is not on the PATH");
        }
        using (process)
        {
            Task<string> error = process!.StandardError.ReadToEndAsync();
            string said = process.StandardOutput.ReadToEnd() + error.Result;
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
            return said;
        }
    }

    [GeneratedRegex(@"\.version \d+\.\d+")]
    private static partial Regex Version();

    [GeneratedRegex(@"(?<number>\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(?<number>\d+) bytes spill stores, (?<number>\d+) bytes spill loads")]
    private static partial Regex Spills();

    [GeneratedRegex(@"Used (?<number>\d+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex(@"(?<number>\d+) bytes smem")]
    private static partial Regex Shared();
}

/// <summary>What the assembler made of a kernel.</summary>
/// <param name="StackBytes">Of a thread, in memory.</param>
/// <param name="SpilledBytes">Of a thread, to memory and back for want of registers.</param>
/// <param name="Registers">Of a thread.</param>
/// <param name="SharedBytes">Of a group.</param>
/// <param name="Text">The instructions.</param>
internal sealed partial record AssembledKernel(int StackBytes, int SpilledBytes, int Registers, int SharedBytes, string Text)
{
    /// <summary>Of the instructions, 16 each.</summary>
    public int CodeBytes => 16 * Text.Split('\n').Count(line => Instruction().IsMatch(line));

    /// <summary>Loops that no other loop is in: the instructions of each, in their order.</summary>
    public IReadOnlyList<string[]> InnerLoops()
    {
        var labels = new Dictionary<string, int>();
        List<string> instructions = [];
        List<(int First, int Last)> loops = [];
        foreach (string line in Text.Split('\n'))
        {
            if (Label().Match(line) is { Success: true } label)
                labels[label.Groups["name"].Value] = instructions.Count;
            if (Instruction().Match(line) is not { Success: true } instruction)
                continue;
            instructions.Add(instruction.Groups["text"].Value);
            if (Branch().Match(instructions[^1]) is { Success: true } branch
                && labels.TryGetValue(branch.Groups["name"].Value, out int target) && target < instructions.Count - 1)
            {
                loops.Add((target, instructions.Count - 1));
            }
        }
        return
        [
            .. loops.Where(loop => !loops.Any(other => other != loop && other.First >= loop.First && other.Last <= loop.Last))
                .Select(loop => instructions[loop.First..(loop.Last + 1)].ToArray()),
        ];
    }

    /// <summary>How many of some instructions have this name, without what follows its point.</summary>
    public static int Count(IEnumerable<string> instructions, string name) =>
        instructions.Count(instruction => Regex.IsMatch(instruction, $@"^(@!?U?P\d\s+)?{name}\b"));

    /// <summary>How often a thread stands still for loads from global memory: runs of them between stores to shared memory.</summary>
    public static int Waits(IEnumerable<string> instructions)
    {
        string[] loadsAndStores = [.. instructions.Where(instruction => Count([instruction], "(LDG|STS)") > 0)];
        return loadsAndStores.Where((instruction, i) =>
            Count([instruction], "LDG") > 0 && (i == 0 || Count([loadsAndStores[i - 1]], "STS") > 0)).Count();
    }

    /// <summary>Whether there is a division of integers, of which the approximate reciprocal is a part.</summary>
    public static bool Divides(IEnumerable<string> instructions) =>
        instructions.Any(instruction => Regex.IsMatch(instruction, @"\bI2F(\.\w+)*\.RP\b"));

    [GeneratedRegex(@"^\s*(?<name>\.L_\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\s+/\*[0-9a-f]{4,}\*/\s+(?<text>[^;]*?)\s*;")]
    private static partial Regex Instruction();

    [GeneratedRegex(@"\bBRA\b.*\((?<name>\.L_\w+)\)")]
    private static partial Regex Branch();
}
