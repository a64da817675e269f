using System.Globalization;
using System.Text.RegularExpressions;

namespace GpuVae.Tests.Support.Ptx;

internal enum PtxOperandKind
{
    Register,
    Constant,
    Special,
    Memory,
    Vector,
}

/// <param name="Kind">What it is.</param>
/// <param name="Register">Its number; −1 for an address without a register.</param>
/// <param name="Value">A constant's bits, or an address's offset.</param>
/// <param name="Text">A special register's name.</param>
/// <param name="Elements">A vector's registers.</param>
internal sealed record PtxOperand(PtxOperandKind Kind, int Register, ulong Value, string Text, int[] Elements);

/// <param name="Opcode">With all modifiers.</param>
/// <param name="Guard">The predicate's register, or −1.</param>
/// <param name="IsNegated">Runs where the predicate is false.</param>
/// <param name="Operands">As written.</param>
/// <param name="Target">A branch's instruction.</param>
/// <param name="Compute">The value of instructions that only compute one.</param>
internal sealed record PtxInstruction(
    string Opcode, int Guard, bool IsNegated, PtxOperand[] Operands, int Target, PtxFunction? Compute);

/// <summary>A kernel's text in a form that can be run. What it does not know it refuses.</summary>
internal sealed partial class PtxProgram
{
    private readonly Dictionary<string, int> _registers = [];
    private readonly Dictionary<string, ulong> _symbols = [];

    public PtxProgram(string text)
    {
        text = Comment().Replace(text, "");
        int close = text.IndexOf(')', StringComparison.Ordinal);
        int parameterOffset = 0;
        foreach (Match match in Parameter().Matches(text[..close]))
        {
            int size = match.Groups["count"].Success
                ? int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture)
                : int.Parse(match.Groups["bits"].Value, CultureInfo.InvariantCulture) / 8;
            _symbols.Add(match.Groups["name"].Value, (ulong)parameterOffset);
            ParameterOffsets.Add(parameterOffset);
            parameterOffset += (size + 15) / 8 * 8;
        }
        string body = text[(text.IndexOf('{', close) + 1)..text.LastIndexOf('}')];
        var labels = new Dictionary<string, int>();
        List<string> statements = [];
        foreach (string piece in body.Split(';'))
        {
            string statement = piece.Trim();
            while (Label().Match(statement) is { Success: true } label)
            {
                labels.Add(label.Groups["name"].Value, statements.Count);
                statement = statement[label.Length..].Trim();
            }
            if (statement.StartsWith(".shared", StringComparison.Ordinal))
                DeclareShared(statement);
            else if (statement.Length > 0 && !statement.StartsWith(".reg", StringComparison.Ordinal))
                statements.Add(statement);
        }
        Instructions = [.. statements.Select(statement => Parse(statement, labels))];
    }

    public PtxInstruction[] Instructions { get; }

    public List<int> ParameterOffsets { get; } = [];

    public int RegisterCount => _registers.Count;

    public int SharedBytes { get; private set; }

    private void DeclareShared(string statement)
    {
        Match match = Shared().Match(statement);
        int alignment = int.Parse(match.Groups["alignment"].Value, CultureInfo.InvariantCulture);
        SharedBytes = (SharedBytes + alignment - 1) / alignment * alignment;
        _symbols.Add(match.Groups["name"].Value, (ulong)SharedBytes);
        SharedBytes += int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
    }

    private PtxInstruction Parse(string statement, Dictionary<string, int> labels)
    {
        int guard = -1;
        bool isNegated = false;
        if (statement.StartsWith('@'))
        {
            string predicate = statement[1..statement.IndexOfAny([' ', '\t'])];
            isNegated = predicate.StartsWith('!');
            guard = Register(predicate.TrimStart('!'));
            statement = statement[(predicate.Length + 1)..].Trim();
        }
        int end = statement.IndexOfAny([' ', '\t']);
        string opcode = end < 0 ? statement : statement[..end];
        string rest = end < 0 ? "" : statement[end..].Trim();
        if (opcode is "bra" or "bra.uni")
            return new(opcode, guard, isNegated, [], labels[rest], null);
        PtxOperand[] operands = [.. Operand().Matches(rest).Select(match => ParseOperand(match.Value))];
        return new(opcode, guard, isNegated, operands, -1, PtxFunctions.Find(opcode));
    }

    private PtxOperand ParseOperand(string text)
    {
        text = text.Trim();
        if (text.StartsWith('{'))
        {
            int[] elements = [.. text[1..^1].Split(',').Select(element => Register(element.Trim()))];
            return new(PtxOperandKind.Vector, -1, 0, "", elements);
        }
        if (text.StartsWith('['))
        {
            string[] parts = text[1..^1].Split('+');
            ulong offset = parts.Length > 1 ? ulong.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
            string start = parts[0].Trim();
            return _symbols.TryGetValue(start, out ulong symbol)
                ? new(PtxOperandKind.Memory, -1, symbol + offset, "", [])
                : new(PtxOperandKind.Memory, Register(start), offset, "", []);
        }
        if (text.StartsWith("0f", StringComparison.Ordinal))
        {
            ulong bits = ulong.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return new(PtxOperandKind.Constant, -1, bits, "", []);
        }
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return new(PtxOperandKind.Constant, -1, (ulong)number, "", []);
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            ulong bits = ulong.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return new(PtxOperandKind.Constant, -1, bits, "", []);
        }
        if (_symbols.TryGetValue(text, out ulong place))
            return new(PtxOperandKind.Constant, -1, place, "", []);
        return text.Contains('.', StringComparison.Ordinal)
            ? new(PtxOperandKind.Special, -1, 0, text, [])
            : new(PtxOperandKind.Register, Register(text), 0, "", []);
    }

    private int Register(string name)
    {
        if (!_registers.TryGetValue(name, out int number))
        {
            number = _registers.Count;
            _registers.Add(name, number);
        }
        return number;
    }

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\.param (\.align \d+ )?\.[bfsu](?<bits>\d+) (?<name>\w+)(\[(?<count>\d+)\])?")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^(?<name>\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"\.shared \.align (?<alignment>\d+) \.b8 (?<name>\w+)\[(?<count>\d+)\]")]
    private static partial Regex Shared();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|[^,\s]+")]
    private static partial Regex Operand();
}
