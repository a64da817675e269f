using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GpuVae.Tests.Support.Cuda;

/// <summary>
/// Writes a kernel's PTX, as ILGPU has it, as C that runs one thread until it must wait: at a barrier, or at a product of its warp. What
/// it does not know it refuses. The text begins with module.h.
/// </summary>
internal sealed partial class PtxToC
{
    private static readonly Dictionary<string, string> _special = new()
    {
        ["%tid.x"] = "T->tx",
        ["%tid.y"] = "T->ty",
        ["%tid.z"] = "T->tz",
        ["%ntid.x"] = "B->bx",
        ["%ntid.y"] = "B->by",
        ["%ntid.z"] = "B->bz",
        ["%ctaid.x"] = "B->cx",
        ["%ctaid.y"] = "B->cy",
        ["%ctaid.z"] = "B->cz",
        ["%nctaid.x"] = "B->gx",
        ["%nctaid.y"] = "B->gy",
        ["%nctaid.z"] = "B->gz",
        ["%laneid"] = "(T->id & 31)",
    };

    private readonly Dictionary<string, int> _registers = []; // their bits; 1 for predicates
    private readonly Dictionary<string, int> _parameters = []; // where they begin
    private readonly Dictionary<string, int> _shared = [];
    private readonly Dictionary<string, string[]> _branchTargets = []; // by the label of their list
    private readonly HashSet<string> _local = [];
    private int _sharedSize;
    private int _places;   // where a thread may wait

    /// <summary>The text of a module.</summary>
    /// <param name="ptx">With one kernel.</param>
    /// <exception cref="NotSupportedException">There is an instruction that is not known.</exception>
    public static string Translate(string ptx) => new PtxToC().Write(ptx);

    private string Write(string ptx)
    {
        Match kernel = Kernel().Match(Comment().Replace(ptx, ""));
        if (!kernel.Success)
            throw new NotSupportedException("there is no kernel in the text");
        DeclareParameters(kernel.Groups["parameters"].Value);
        // Registers, shared memory and targets of branches may stand behind what uses them.
        List<string> statements = NameScopes(Declare(kernel.Groups["body"].Value));
        FindLocal(statements);
        var body = new StringBuilder();
        foreach (string statement in statements)
            body.Append(statement[^1] == ':' ? $"{statement};" : Instruction(statement)).Append('\n');

        var text = new StringBuilder("#include \"module.h\"\n");
        text.Append("typedef struct {\nHEAD\n");
        DeclareRegisters(text, isLocal: false);
        text.Append("} Thread;\n");
        text.Append("static int step(Head *head, const Block *B) {\nThread *T = (Thread *)head;\n");
        DeclareRegisters(text, isLocal: true);
        text.Append("switch (T->place) {\ncase 0:;\n").Append(body);
        text.Append("}\nT->place = -1;\nreturn HAS_RETURNED;\n}\n");
        text.Append(CultureInfo.InvariantCulture, $"const Kernel kernel = {{ sizeof(Thread), {_sharedSize}, step }};\n");
        return text.ToString();
    }

    /// <summary>
    /// Finds the registers that a thread has no more when it waits or comes to a label: variables of C, which its compiler keeps in
    /// registers, where others must be in memory.
    /// </summary>
    private void FindLocal(List<string> statements)
    {
        var found = new Dictionary<string, int>(); // the stretch of text that has all of a register so far, or −1
        int stretch = 0;
        foreach (string statement in statements)
        {
            bool divides = statement[^1] == ':' || Waiting().IsMatch(statement);
            if (divides)
                stretch++;
            foreach (Match name in Word().Matches(statement))
            {
                string register = name.Value;
                if (!_registers.ContainsKey(register))
                    continue;
                if (!found.TryGetValue(register, out int first))
                    found[register] = !divides && IsSet(statement, register) ? stretch : -1;
                else if (first != stretch || divides)
                    found[register] = -1;
            }
            if (divides)
                stretch++;
        }
        _local.UnionWith(found.Where(pair => pair.Value >= 0).Select(pair => pair.Key));
    }

    /// <summary>Whether an instruction gives a register a value whatever it had.</summary>
    private static bool IsSet(string statement, string register)
    {
        int space = statement.IndexOfAny([' ', '\t']);
        if (space < 0 || statement[0] == '@' || statement.StartsWith("st.", StringComparison.Ordinal))
            return false;
        string[] operands = Operands(statement[space..]);
        return Word().Matches(operands[0]).Any(word => word.Value == register) && operands[0][0] != '['
            && !operands[1..].Any(operand => Word().Matches(operand).Any(word => word.Value == register));
    }

    private void DeclareParameters(string list)
    {
        int offset = 0;
        foreach (Match parameter in Parameter().Matches(list))
        {
            int size = Number(parameter.Groups["count"].Success ? parameter.Groups["count"].Value : parameter.Groups["bits"].Value);
            if (!parameter.Groups["count"].Success)
                size /= 8;
            int alignment = parameter.Groups["alignment"].Success ? Number(parameter.Groups["alignment"].Value) : size;
            offset = (offset + alignment - 1) / alignment * alignment;
            _parameters.Add(parameter.Groups["name"].Value, offset);
            offset += size;
        }
    }

    /// <summary>The instructions and the labels, which end with a colon, in their order.</summary>
    private List<string> Declare(string body)
    {
        var statements = new List<string>();
        var open = new Stack<int>([0]);
        foreach (string piece in body.Split(';', '\n'))
        {
            string statement = piece.Trim();
            while (Label().Match(statement) is { Success: true } label)
            {
                statements.Add($"{label.Groups["name"].Value}:");
                statement = statement[label.Length..].Trim();
            }
            if (statement is "{" or "}")
            {
                if (statement == "{")
                {
                    open.Push(_declared.Count);
                    _declared.Add([]);
                }
                else
                {
                    open.Pop();
                }
                statements.Add(statement);
            }
            else if (statement.StartsWith(".branchtargets", StringComparison.Ordinal))
            {
                _branchTargets[statements[^1][..^1]] = Operands(statement[".branchtargets".Length..]);
                statements.RemoveAt(statements.Count - 1);
            }
            else if (Register().Match(statement) is { Success: true } register)
            {
                int bits = register.Groups["type"].Value == "pred" ? 1 : Number(register.Groups["type"].Value[1..]);
                foreach (string name in Operands(register.Groups["names"].Value))
                {
                    if (!register.Groups["count"].Success)
                        Add(name);
                }
                for (int i = 0; register.Groups["count"].Success && i < Number(register.Groups["count"].Value); i++)
                    Add(register.Groups["names"].Value + Text(i));

                void Add(string name)
                {
                    _declared[open.Peek()][name] = bits;
                    if (open.Count == 1)
                        _registers[name] = bits;
                }
            }
            else if (Shared().Match(statement) is { Success: true } shared)
            {
                int alignment = Number(shared.Groups["alignment"].Value);
                _sharedSize = (_sharedSize + alignment - 1) / alignment * alignment;
                _shared.Add(shared.Groups["name"].Value, _sharedSize);
                _sharedSize += Number(shared.Groups["count"].Value);
            }
            else if (statement.Length > 0)
            {
                statements.Add(statement);
            }
        }
        return statements;
    }

    /// <summary>The operands of an instruction: commas in brackets part none.</summary>
    private static string[] Operands(string text)
    {
        var operands = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] is '{' or '[' or '(' ? 1 : text[i] is '}' or ']' or ')' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                operands.Add(text[start..i].Trim());
                start = i + 1;
            }
        }
        if (text[start..].Trim() is { Length: > 0 } last)
            operands.Add(last);
        return [.. operands];
    }

    /// <summary>A register's name in C.</summary>
    private static string Name(string register) => NoLetter().Replace(register, "_");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\.entry\s+(?<name>\w+)\s*\((?<parameters>.*?)\)\s*(\.\w+[^{]*)?\{(?<body>.*)\}", RegexOptions.Singleline)]
    private static partial Regex Kernel();

    [GeneratedRegex(@"\.param\s+(\.align\s+(?<alignment>\d+)\s+)?\.[bfsu](?<bits>\d+)\s+(?<name>\w+)(\[(?<count>\d+)\])?")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^(?<name>\w+)\s*:")]
    private static partial Regex Label();

    [GeneratedRegex(@"^\.reg\s+\.(?<type>\w+)\s+(?<names>%?\w+(\s*,\s*%?\w+)*)(<(?<count>\d+)>)?")]
    private static partial Regex Register();

    [GeneratedRegex(@"^\.shared\s+\.align\s+(?<alignment>\d+)\s+\.b8\s+(?<name>\w+)\[(?<count>\d+)\]")]
    private static partial Regex Shared();

    [GeneratedRegex(@"^(@\S+\s+)?(bar|barrier|mma|ld\.acquire)\.")]
    private static partial Regex Waiting();

    [GeneratedRegex(@"%?\w+")]
    private static partial Regex Word();

    [GeneratedRegex("[^A-Za-z0-9_]")]
    private static partial Regex NoLetter();
}
