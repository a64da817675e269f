using System.Globalization;
using System.Text;

namespace GpuVae.Tests.Support.Cuda;

/// <content>Instruction by instruction. A type is a letter and its bits as PTX has them: u32, s64, f32; b counts as u.</content>
internal sealed partial class PtxToC
{
    private const int SharedStart = 1024; // as module.h has it

    private static readonly Dictionary<string, string> _cTypes = new()
    {
        ["u8"] = "uint8_t",
        ["s8"] = "int8_t",
        ["u16"] = "uint16_t",
        ["s16"] = "int16_t",
        ["u32"] = "uint32_t",
        ["s32"] = "int32_t",
        ["u64"] = "uint64_t",
        ["s64"] = "int64_t",
        ["f32"] = "float",
        ["f64"] = "double",
    };

    private static readonly Dictionary<string, string> _comparisons = new()
    {
        ["eq"] = "==",
        ["ne"] = "!=",
        ["lt"] = "<",
        ["le"] = "<=",
        ["gt"] = ">",
        ["ge"] = ">=",
        ["lo"] = "<",
        ["ls"] = "<=",
        ["hi"] = ">",
        ["hs"] = ">=",
    };

    // Those that are true of numbers that are none, by what they deny.
    private static readonly Dictionary<string, string> _unordered = new()
    {
        ["neu"] = "==",
        ["ltu"] = ">=",
        ["leu"] = ">",
        ["gtu"] = "<=",
        ["geu"] = "<",
    };

    private static readonly Dictionary<string, string> _functions = new()
    {
        ["sqrt"] = "sqrtf",
        ["ex2"] = "ptx_ex2",
        ["lg2"] = "ptx_lg2",
        ["sin"] = "ptx_sin",
        ["cos"] = "ptx_cos",
        ["rcp"] = "1.0f / ",
        ["rsqrt"] = "ptx_rsqrt",
    };

    private static readonly Dictionary<string, string> _operators = new()
    {
        ["add"] = "+",
        ["sub"] = "-",
        ["mul"] = "*",
        ["and"] = "&",
        ["or"] = "|",
        ["xor"] = "^",
    };

    private string Instruction(string statement)
    {
        string guard = "";
        if (statement[0] == '@')
        {
            int end = statement.IndexOfAny([' ', '\t']);
            guard = $"if ({Value(statement[1..end], "pred")}) ";
            statement = statement[end..].Trim();
        }
        int space = statement.IndexOfAny([' ', '\t', '{']);
        string code = space < 0 ? statement : statement[..space];
        string[] operands = space < 0 ? [] : Operands(statement[space..]);
        string[] parts = code.Split('.');
        string type = Type(parts[^1]);
        return parts[0] switch
        {
            "bra" when parts.Length > 1 => throw new NotSupportedException($"{code}, with which a GPU's assembler unrolls no loop"),
            "bra" => $"{guard}goto {operands[0]};",
            "brx" => Switch(operands),
            "ret" => $"{guard}{{ T->place = -1; return HAS_RETURNED; }}",
            "bar" when code == "bar.sync" && guard.Length == 0 =>
                $"T->barrier = {Value(operands[0], "u32")}; T->barrier_threads = {(operands.Length > 1 ? Value(operands[1], "u32") : "0")}; "
                + $"T->place = {Text(++_places)}; return WAITS_AT_BARRIER; case {Text(_places)}:;",
            "ld" when parts[1] == "param" => guard + Set(operands[0], type, $"*({_cTypes[type]} *)(B->params + {ParameterOf(operands[1])})"),
            "bar" when code == "bar.warp.sync" && guard.Length == 0 && operands[0] == "0xffffffff" =>
                $"T->product_depth = 0; T->place = {Text(++_places)}; return WAITS_FOR_WARP; case {Text(_places)}:;",
            // What others do is waited for here: they get their turns first.
            "ld" when parts[1] == "acquire" && guard.Length == 0 =>
                $"T->place = {Text(++_places)}; return WAITS_FOR_OTHERS; case {Text(_places)}:; " + Load(["ld", parts[3], type], type, operands),
            "ld" => guard + Load(parts, type, operands),
            "st" => guard + Store(parts, type, operands),
            "membar" => ";", // what a thread does is done at once
            "atom" when code is "atom.add.global.u32" or "atom.add.acq_rel.gpu.global.u32" => guard + Add(type, operands),
            "cp" when parts[2] == "commit_group" => $"{guard}ptx_commit_copies();",
            "cp" when parts[2] == "wait_group" => $"{guard}ptx_wait_for_copies({operands[0]});",
            "cp" when parts[2] != "wait_all" => guard + Copy(operands),
            "mma" => Product(code, operands),
            "mov" when type == "pred" => $"{guard}{Place(operands[0])} = {Value(operands[1], type)};",
            "mov" => guard + Set(operands[0], type, Value(operands[1], type)),
            "cvta" => guard + Set(operands[0], "u64", Value(operands[1], "u64")),
            "selp" => guard + Set(
                operands[0], type, $"{Value(operands[3], "pred")} ? {Value(operands[1], type)} : {Value(operands[2], type)}"),
            "testp" when parts[1] == "notanumber" => $"{guard}{Place(operands[0])} = __builtin_isnan({Value(operands[1], type)});",
            "setp" => guard + Compare(parts, type, operands),
            "cvt" => guard + Convert(parts, operands),
            _ => guard + (type == "pred" ? Logic(parts[0], operands) : Arithmetic(parts, type, operands)),
        };
    }

    private string Arithmetic(string[] parts, string type, string[] operands)
    {
        string name = parts[0], target = operands[0];
        bool isReal = type[0] == 'f', isLong = type.EndsWith("64", StringComparison.Ordinal);
        string whole = isLong ? "uint64_t" : "uint32_t"; // whose overflow C defines
        string[] values = [.. operands[1..].Select(operand => Value(operand, type))];
        switch (name)
        {
            case "mul" when parts[1] == "wide":
                string wide = type[0] == 'u' ? "uint64_t" : "int64_t";
                return Set(target, "u64", $"(uint64_t)(({wide}){values[0]} * ({wide}){values[1]})");
            case "add" or "sub" or "mul" when isReal:
                return Set(target, type, $"{values[0]} {_operators[name]} {values[1]}");
            case "mul" when parts[1] == "hi":
                string twice = type[0] == 'u' ? "uint64_t" : "int64_t";
                return Set(target, "u32", $"(uint32_t)((({twice}){values[0]} * ({twice}){values[1]}) >> 32)");
            case "add" or "sub" or "mul" or "and" or "or" or "xor":
                return Set(target, "u", $"({whole}){values[0]} {_operators[name]} ({whole}){values[1]}");
            case "mad" or "fma":
                return isReal
                    ? Set(target, type, $"fmaf({values[0]}, {values[1]}, {values[2]})")
                    : Set(target, "u", $"({whole}){values[0]} * ({whole}){values[1]} + ({whole}){values[2]}");
            case "min" or "max" when isReal:
                return Set(target, type, $"f{name}f({values[0]}, {values[1]})");
            case "min" or "max":
                return Set(target, type, $"{values[0]} {(name == "min" ? "<" : ">")} {values[1]} ? {values[0]} : {values[1]}");
            case "div" when isReal:
                return Set(target, type, $"{values[0]} / {values[1]}");
            case "div" or "rem":
                return Set(target, type, $"({values[1]} ? {values[0]} {(name == "div" ? "/" : "%")} {values[1]} : -1)");
            case "shl" or "shr":
                string shift = Value(operands[2], "u32"), shifted = name == "shl" ? $"u{type[1..]}" : type;
                return Set(target, shifted, $"({shift}) > {(isLong ? 63 : 31)} ? 0 : {Value(operands[1], shifted)} {(name == "shl" ? "<<" : ">>")} ({shift})");
            case "not":
                return Set(target, "u", $"~({whole}){values[0]}");
            case "neg":
                return Set(target, type, $"-{values[0]}");
            case "abs":
                return Set(target, type, $"{(isReal ? "fabsf" : "abs")}({values[0]})");
            case string when _functions.TryGetValue(name, out string? function):
                return Set(target, type, $"{function}({values[0]})");
            default:
                throw new NotSupportedException(string.Join('.', parts));
        }
    }

    private string Logic(string name, string[] operands) => name == "not"
        ? $"{Place(operands[0])} = !{Value(operands[1], "pred")};"
        : $"{Place(operands[0])} = {Value(operands[1], "pred")} {_operators[name]} {Value(operands[2], "pred")};";

    private string Compare(string[] parts, string type, string[] operands)
    {
        string name = parts[1], one = Value(operands[1], type), other = Value(operands[2], type);
        // Of numbers that are none, neither equality nor its opposite holds; C has only the first so.
        string test = name == "equ" || (name == "ne" && type[0] == 'f')
            ? $"({(name == "equ" ? "!" : "")}({one} < {other} || {one} > {other}))"
            : _comparisons.TryGetValue(name, out string? comparison) ? $"({one} {comparison} {other})"
            : $"(!({one} {_unordered[name]} {other}))";
        if (parts.Length == 4)
            test = $"({test} {_operators[parts[2]]} {Value(operands[3], "pred")})";
        return $"{Place(operands[0])} = {test};";
    }

    private string Convert(string[] parts, string[] operands)
    {
        if (parts[^2] == "bf16x2")
            return Set(operands[0], "u32", $"BF16X2({Value(operands[1], "f32")}, {Value(operands[2], "f32")})");
        if (parts.Contains("tf32"))
            return Set(operands[0], "u32", $"TF32({Value(operands[1], "u32")})");
        string source = Type(parts[^1]), target = Type(parts[^2]);
        string value = $"({_cTypes[source]}){Value(operands[1], IsNarrow(source) ? "u32" : source)}";
        if (source[0] == 'f' && parts[1] is "rmi" or "rpi" or "rzi" or "rni" && target[0] == 'f')
            value = (parts[1] switch { "rmi" => "floorf", "rpi" => "ceilf", "rzi" => "truncf", _ => "rintf" }) + $"({value})";
        return Set(operands[0], IsNarrow(target) ? $"{target[0]}32" : target, $"({_cTypes[target]})({value})");
    }

    private string Load(string[] parts, string type, string[] operands)
    {
        string[] targets = operands[0][0] == '{' ? Operands(operands[0][1..^1]) : [operands[0]];
        var text = new StringBuilder($"{{ char *at = {Memory(parts, type, operands[1], targets.Length, isStore: false)}; ");
        for (int i = 0; i < targets.Length; i++)
            text.Append(Set(targets[i], IsNarrow(type) ? "u32" : type, $"(({_cTypes[type]} *)at)[{Text(i)}]")).Append(' ');
        return text.Append('}').ToString();
    }

    private string Store(string[] parts, string type, string[] operands)
    {
        string[] values = operands[1][0] == '{' ? Operands(operands[1][1..^1]) : [operands[1]];
        var text = new StringBuilder($"{{ char *at = {Memory(parts, type, operands[0], values.Length, isStore: true)}; ");
        for (int i = 0; i < values.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"(({_cTypes[type]} *)at)[{i}] = {Value(values[i], IsNarrow(type) ? "u32" : type)}; ");
        return text.Append('}').ToString();
    }

    private string Add(string type, string[] operands) =>
        $"{{ {_cTypes[type]} *at = ({_cTypes[type]} *)ptx_add_global({Address(operands[1])}), before = *at; "
        + $"*at += {Value(operands[2], type)}; {Set(operands[0], type, "before")} }}";

    private string Memory(string[] parts, string type, string operand, int count, bool isStore)
    {
        string access = (parts[1], isStore) switch
        {
            ("global", false) => "ptx_load_global",
            ("global", true) => "ptx_store_global",
            ("shared", false) => "ptx_load_shared",
            ("shared", true) => "ptx_store_shared",
            _ => throw new NotSupportedException(string.Join('.', parts)),
        };
        return $"{access}({Address(operand)}, {Text(Number(type[1..]) / 8 * count)})";
    }

    /// <summary>cp.async: what is not read of the source is 0.</summary>
    private string Copy(string[] operands)
    {
        string size = operands[2], source = Address(operands[1]);
        string read = operands.Length > 3 ? Value(operands[3], "u32") : size;
        return $"ptx_copy({Address(operands[0])}, {source}, {size}, {read});";
    }

    private string Product(string code, string[] operands)
    {
        string[][] registers = [.. operands.Select(operand => Operands(operand[1..^1]))];
        var text = new StringBuilder();
        for (int i = 0; i < registers[1].Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"T->a[{i}] = {Value(registers[1][i], "u32")}; ");
        for (int i = 0; i < registers[2].Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"T->b[{i}] = {Value(registers[2][i], "u32")}; ");
        for (int i = 0; i < registers[3].Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"T->c[{i}] = {Value(registers[3][i], "f32")}; ");
        int depth = code.Contains("bf16", StringComparison.Ordinal) ? 16 : 8;
        text.Append(CultureInfo.InvariantCulture, $"T->product_depth = {depth}; T->place = {++_places}; return WAITS_FOR_WARP; case {_places}:; ");
        for (int i = 0; i < registers[0].Length; i++)
            text.Append(Set(registers[0][i], "f32", $"T->c[{Text(i)}]")).Append(' ');
        return text.ToString();
    }

    private string Switch(string[] operands)
    {
        IEnumerable<string> cases = _branchTargets[operands[1]].Select((label, i) => $"case {Text(i)}: goto {label};");
        return $"switch ({Value(operands[0], "u32")}) {{ {string.Join(' ', cases)} default: ptx_fault(\"a branch without a target\"); }}";
    }

    private string Address(string operand)
    {
        string[] parts = operand[1..^1].Split('+', StringSplitOptions.TrimEntries);
        bool isLong = _shared.ContainsKey(parts[0]) || _registers.GetValueOrDefault(parts[0]) == 64;
        string start = Value(parts[0], isLong ? "u64" : "u32");
        return parts.Length == 1 ? start : $"{start} + {parts[1]}";
    }

    private string ParameterOf(string operand)
    {
        string[] parts = operand[1..^1].Split('+', StringSplitOptions.TrimEntries);
        return Text(_parameters[parts[0]] + (parts.Length > 1 ? Number(parts[1]) : 0));
    }

    private string Value(string operand, string type)
    {
        if (type == "pred")
            return operand[0] == '!' ? $"(!{Place(operand[1..])})" : char.IsAsciiDigit(operand[0]) ? operand : Place(operand);
        if (_special.TryGetValue(operand, out string? special))
            return $"({special})";
        if (_registers.TryGetValue(operand, out int bits))
            return bits == 16 ? $"(({_cTypes[$"{type[0]}32"]}){Place(operand)}.{type[0]})" : $"{Place(operand)}.{type[0]}";
        if (_shared.TryGetValue(operand, out int offset))
            return $"{Text(SharedStart + offset)}ull";
        if (operand.StartsWith("0f", StringComparison.OrdinalIgnoreCase))
            return type == "f32" ? $"F32(0x{operand[2..]}u)" : $"0x{operand[2..]}u";
        if (operand.StartsWith("0d", StringComparison.OrdinalIgnoreCase))
            return $"F64(0x{operand[2..]}ull)";
        if (char.IsAsciiDigit(operand[0]) || operand[0] == '-')
            return type == "f32" ? $"F32({operand})" : $"(({_cTypes[type]}){operand}ll)";
        throw new NotSupportedException($"the operand {operand}");
    }

    private string Set(string register, string type, string value) => $"{Place(register)}.{type[0]} = {value};";

    private string Place(string register) => _local.Contains(register) ? Name(register) : $"T->{Name(register)}";

    private static bool IsNarrow(string type) => type is "u8" or "s8" or "u16" or "s16";

    private static string Type(string type) => type.Length > 1 && type[0] == 'b' && char.IsAsciiDigit(type[1]) ? $"u{type[1..]}" : type;
}
