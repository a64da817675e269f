using System.Buffers.Binary;

namespace GpuVae.Tests.Support.Ptx;

/// <summary>When a copy that was started arrives: as soon as it may, or as late.</summary>
internal enum CopyArrival
{
    AtOnce,
    WhenWaitedFor,
}

/// <summary>
/// Runs a kernel's PTX group by group. A thread runs until it must wait: at a barrier for its group, at a product for
/// its warp. Shared memory starts as what is not a number; every access is checked for its place and alignment.
/// </summary>
/// <param name="program">The kernel.</param>
/// <param name="arrival">When copies arrive; a right kernel does not notice.</param>
/// <param name="lastThreadFirst">The order in which threads run; a right kernel does not notice.</param>
internal sealed class PtxMachine(PtxProgram program, CopyArrival arrival, bool lastThreadFirst)
{
    private const int ParameterSpace = 4096;

    private readonly byte[] _parameters = new byte[ParameterSpace];
    private readonly List<(ulong Start, byte[] Memory)> _buffers = [];
    private byte[] _shared = [];
    private (int X, int Y, int Z) _group, _grid;
    private int _groupThreads;
    private int _nextParameter;

    /// <summary>Global memory; <paramref name="skip"/> floats move it off a boundary of many bytes.</summary>
    public ulong Add(byte[] memory, int skip = 0)
    {
        ulong start = ((ulong)(_buffers.Count + 1) << 32) + (sizeof(float) * (ulong)skip);
        _buffers.Add((start, memory));
        return start;
    }

    /// <summary>The next parameter, as it lies in memory.</summary>
    public void Pass(params ReadOnlySpan<byte> value)
    {
        value.CopyTo(_parameters.AsSpan(program.ParameterOffsets[_nextParameter]));
        _nextParameter++;
    }

    public void Run((int X, int Y, int Z) grid, int groupThreads)
    {
        _grid = grid;
        _groupThreads = groupThreads;
        for (int z = 0; z < grid.Z; z++)
        {
            for (int y = 0; y < grid.Y; y++)
            {
                for (int x = 0; x < grid.X; x++)
                {
                    _group = (x, y, z);
                    RunGroup();
                }
            }
        }
    }

    private void RunGroup()
    {
        _shared = new byte[program.SharedBytes];
        Array.Fill(_shared, (byte)0xFF);
        PtxThread[] threads =
            [.. Enumerable.Range(0, _groupThreads).Select(index => new PtxThread(index, program.RegisterCount))];
        if (lastThreadFirst)
            Array.Reverse(threads);
        while (threads.Any(thread => !thread.IsDone))
        {
            foreach (PtxThread[] warp in threads.Chunk(32))
                RunWarp([.. warp.OrderBy(thread => thread.Index)]);
            int[] places = [.. threads.Select(thread => thread.IsDone ? -1 : thread.Next).Distinct()];
            if (places.Length != 1)
                throw new InvalidOperationException("The threads of a group wait at different barriers.");
            foreach (PtxThread thread in threads)
                thread.Next++;
        }
    }

    /// <summary>Until every lane is at a barrier or done.</summary>
    private void RunWarp(PtxThread[] lanes)
    {
        while (true)
        {
            foreach (PtxThread lane in lastThreadFirst ? Enumerable.Reverse(lanes) : lanes)
                RunThread(lane);
            PtxThread[] waiting =
                [.. lanes.Where(lane => !lane.IsDone && IsProduct(program.Instructions[lane.Next].Opcode))];
            if (waiting.Length == 0)
                return;
            if (waiting.Length != 32 || lanes.Any(lane => lane.Next != lanes[0].Next))
                throw new InvalidOperationException("The lanes of a warp are not at one product.");
            PtxInstruction product = program.Instructions[lanes[0].Next];
            PtxTensor.Multiply(product.Opcode, product.Operands, [.. lanes.Select(lane => lane.Registers)]);
            foreach (PtxThread lane in lanes)
                lane.Next++;
        }
    }

    private static bool IsProduct(string opcode) => opcode is PtxTensor.Tf32 or PtxTensor.Bf16;

    private void RunThread(PtxThread thread)
    {
        while (!thread.IsDone)
        {
            PtxInstruction instruction = program.Instructions[thread.Next];
            bool isOn = instruction.Guard < 0 || (thread.Registers[instruction.Guard] != 0) != instruction.IsNegated;
            if (isOn && (instruction.Opcode == "bar.sync" || IsProduct(instruction.Opcode)))
                return;
            thread.Next++;
            if (isOn)
                Execute(thread, instruction);
        }
    }

    private void Execute(PtxThread thread, PtxInstruction instruction)
    {
        PtxOperand[] operands = instruction.Operands;
        if (instruction.Compute is PtxFunction compute)
        {
            thread.Registers[operands[0].Register] = compute(
                Value(thread, operands[1]),
                operands.Length > 2 ? Value(thread, operands[2]) : 0,
                operands.Length > 3 ? Value(thread, operands[3]) : 0);
            return;
        }
        switch (instruction.Opcode)
        {
            case "bra" or "bra.uni":
                thread.Next = instruction.Target;
                break;
            case "ret":
                thread.IsDone = true;
                break;
            case "cp.async.commit_group":
                thread.Commit();
                break;
            case "cp.async.wait_group":
                thread.Wait((int)operands[0].Value);
                break;
            case string copy when copy.StartsWith("cp.async", StringComparison.Ordinal):
                Copy(thread, operands);
                break;
            case string load when load.StartsWith("ld.", StringComparison.Ordinal):
                Load(thread, load, operands);
                break;
            case string store when store.StartsWith("st.", StringComparison.Ordinal):
                Store(thread, store, operands);
                break;
            default:
                throw new NotSupportedException(instruction.Opcode);
        }
    }

    private void Copy(PtxThread thread, PtxOperand[] operands)
    {
        int size = (int)operands[2].Value;
        int read = (int)(uint)Value(thread, operands[3]);
        byte[] values = new byte[size];
        Span<byte> source = Global(Value(thread, operands[1]), size, read);
        Span<byte> target = Place(_shared, (long)Value(thread, operands[0]), size, size);
        source[..read].CopyTo(values);
        if (arrival == CopyArrival.AtOnce)
        {
            values.CopyTo(target);
            return;
        }
        byte[] shared = _shared;
        int place = (int)Value(thread, operands[0]);
        thread.Start(() => values.CopyTo(shared.AsSpan(place)));
    }

    private void Load(PtxThread thread, string opcode, PtxOperand[] operands)
    {
        int[] targets = operands[0].Kind == PtxOperandKind.Vector ? operands[0].Elements : [operands[0].Register];
        int element = opcode.EndsWith("64", StringComparison.Ordinal) ? 8 : 4;
        int size = element * targets.Length;
        ulong address = Value(thread, operands[1]);
        Span<byte> source = opcode.StartsWith("ld.param", StringComparison.Ordinal)
            ? Place(_parameters, (long)address, size, element)
            : opcode.StartsWith("ld.shared", StringComparison.Ordinal)
                ? Place(_shared, (long)address, size, size)
                : Global(address, size, size);
        for (int i = 0; i < targets.Length; i++)
        {
            Span<byte> bytes = source.Slice(i * element, element);
            thread.Registers[targets[i]] = element == 8
                ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
                : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }
    }

    private void Store(PtxThread thread, string opcode, PtxOperand[] operands)
    {
        int[] sources = operands[1].Kind == PtxOperandKind.Vector ? operands[1].Elements : [operands[1].Register];
        int size = 4 * sources.Length;
        ulong address = Value(thread, operands[0]);
        Span<byte> target = opcode.StartsWith("st.shared", StringComparison.Ordinal)
            ? Place(_shared, (long)address, size, size)
            : Global(address, size, size);
        for (int i = 0; i < sources.Length; i++)
        {
            ulong value = sources[i] < 0 ? operands[1].Value : thread.Registers[sources[i]];
            BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(4 * i, 4), (uint)value);
        }
    }

    private ulong Value(PtxThread thread, PtxOperand operand) => operand.Kind switch
    {
        PtxOperandKind.Register => thread.Registers[operand.Register],
        PtxOperandKind.Constant => operand.Value,
        PtxOperandKind.Memory => (operand.Register < 0 ? 0 : thread.Registers[operand.Register]) + operand.Value,
        PtxOperandKind.Special => (ulong)(operand.Text switch
        {
            "%tid.x" => thread.Index,
            "%tid.y" or "%tid.z" => 0,
            "%ntid.x" => _groupThreads,
            "%ctaid.x" => _group.X,
            "%ctaid.y" => _group.Y,
            "%ctaid.z" => _group.Z,
            "%nctaid.x" => _grid.X,
            "%nctaid.y" => _grid.Y,
            "%nctaid.z" => _grid.Z,
            _ => throw new NotSupportedException(operand.Text),
        }),
        _ => throw new NotSupportedException(operand.Kind.ToString()),
    };

    private Span<byte> Global(ulong address, int alignment, int size)
    {
        foreach ((ulong start, byte[] memory) in _buffers)
        {
            if (address >= start && address < start + (1UL << 31))
            {
                if (address % (ulong)alignment != 0)
                    throw new InvalidOperationException($"Address {address} is not a multiple of {alignment}.");
                return Place(memory, (long)(address - start), size, 1);
            }
        }
        throw new InvalidOperationException($"Address {address} is in no buffer.");
    }

    private static Span<byte> Place(byte[] memory, long offset, int size, int alignment) =>
        offset >= 0 && offset + size <= memory.Length && offset % alignment == 0
            ? memory.AsSpan((int)offset, size)
            : throw new InvalidOperationException($"{size} bytes at {offset} of {memory.Length} are out of place.");
}
