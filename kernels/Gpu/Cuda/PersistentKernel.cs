using System.Globalization;
using System.Text;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// One kernel that does what launches did, one phase after the other and again and again, without leaving the GPU: all its blocks are there
/// at once, and wait for each other between phases.
/// </summary>
/// <remarks>
/// The barrier of the grid is a number in memory that all add to: the blocks together 2³¹, so that its highest bit changes when the last one
/// has come, whatever it was before. The addition releases what a block has stored and the load acquires what others have (PTX ISA 8.5,
/// section 8), in one thread of each, which the block's own barriers join to the rest.
/// </remarks>
internal sealed class PersistentKernel
{
    /// <summary>The name of the kernel.</summary>
    public const string Name = "Persistent";

    /// <summary>The name of the parameter that holds the arguments of all phases.</summary>
    public const string Arguments = "arguments";

    /// <summary>
    /// Blocks for a multiprocessor: so many have threads enough for the training step, and a barrier waits for no more. Not measured.
    /// </summary>
    public const int BlocksPerMultiprocessor = 2;

    // Bytes of parameters (PTX ISA 8.5, section 5.4.4): the second from version 8.1 of it on.
    private const int ParameterLimit = 4096, LaterParameterLimit = 32764;

    /// <summary>Writes the text.</summary>
    /// <exception cref="NotSupportedException">A launch can be no phase, or they are too many.</exception>
    public PersistentKernel(IReadOnlyList<KeptLaunch> launches)
    {
        if (launches.Count == 0)
            throw new NotSupportedException("nothing is launched");
        PersistentPhase[] phases = [.. launches.Select(launch => new PersistentPhase(launch))];
        Phases = phases.Length;
        Threads = phases.Max(phase => phase.TeamThreads);
        MostBlocks = phases.Max(phase => KernelConfigs.DivideUp(phase.Groups, phase.Teams(Threads)));
        var body = new StringBuilder();
        List<byte> arguments = [];
        for (int i = 0; i < phases.Length; i++)
        {
            body.Append(phases[i].Write(i, Threads, arguments.Count)).Append(Barrier(i));
            arguments.AddRange(phases[i].Arguments);
            while (arguments.Count % 16 != 0)
                arguments.Add(0);
        }
        // Behind two more, of 16 bytes together.
        if (arguments.Count + 16 > (phases[0].Version >= new Version(8, 1) ? LaterParameterLimit : ParameterLimit))
            throw new NotSupportedException($"{arguments.Count} bytes of arguments are more than a kernel can have");
        ArgumentBytes = [.. arguments];
        int shared = Math.Max(phases.Max(phase => phase.Teams(Threads) * phase.SharedBytes), 16);
        Ptx = string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {{phases[0].Header.Trim()}}
            .visible .entry {{Name}}(
            .param .b32 steps,
            .param .b64 counter,
            .param .align 16 .b8 {{Arguments}}[{{arguments.Count}}]
            )
            .maxntid {{Threads}}, 1, 1
            .minnctapersm {{BlocksPerMultiprocessor}}
            {
            .shared .align 16 .b8 shared_memory[{{shared}}];
            .reg .pred waits;
            .reg .b32 thread, block, blocks, left, own, arrived, current;
            .reg .b64 shared_start, grid_counter;
            mov.u32 thread, %tid.x;
            mov.u32 block, %ctaid.x;
            mov.u32 blocks, %nctaid.x;
            mov.u64 shared_start, shared_memory;
            ld.param.u32 left, [steps];
            ld.param.u64 grid_counter, [counter];
            cvta.to.global.u64 grid_counter, grid_counter;
            mov.u32 own, 1;
            setp.ne.u32 waits, block, 0;
            @waits bra STEP;
            sub.u32 own, 2147483649, blocks;
            STEP:
            setp.eq.u32 waits, left, 0;
            @waits bra DONE;
            sub.u32 left, left, 1;
            {{body}}
            bra STEP;
            DONE:
            ret;
            }

            """);
    }

    /// <summary>The module.</summary>
    public string Ptx { get; }

    /// <summary>What was launched before.</summary>
    public int Phases { get; }

    /// <summary>Threads of a block.</summary>
    public int Threads { get; }

    /// <summary>Blocks that have something to do in some phase.</summary>
    public int MostBlocks { get; }

    /// <summary>The arguments of all phases.</summary>
    public IReadOnlyList<byte> ArgumentBytes { get; }

    private static string Barrier(int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        bar.sync 0;
        setp.ne.u32 waits, thread, 0;
        @waits bra JOINED_{number};
        atom.add.acq_rel.gpu.global.u32 arrived, [grid_counter], own;
        WAIT_{number}:
        ld.acquire.gpu.global.u32 current, [grid_counter];
        xor.b32 current, current, arrived;
        setp.ge.s32 waits, current, 0;
        @waits bra WAIT_{number};
        JOINED_{number}:
        bar.sync 0;

        """);
}
