using System.Text;

namespace GpuVae.Tests.Support.Cuda;

/// <content>Braces, in which registers are declared that others outside may share their names with.</content>
internal sealed partial class PtxToC
{
    private readonly List<Dictionary<string, int>> _declared = [[]]; // bits of registers by their scope, in the order of opening braces
    private readonly List<List<string>> _scopes = []; // names: those of the kernel, and those of each scope that no other is around

    private void DeclareRegisters(StringBuilder text, bool isLocal)
    {
        DeclareRegisters(text, isLocal, scope: 0);
        // Scopes that follow one another share their place.
        if (!isLocal && _scopes.Count > 1)
            text.Append("union {\n");
        for (int scope = 1; scope < _scopes.Count; scope++)
        {
            text.Append(isLocal ? "" : "struct {\n");
            DeclareRegisters(text, isLocal, scope);
            text.Append(isLocal ? "" : "};\n");
        }
        if (!isLocal && _scopes.Count > 1)
            text.Append("};\n");
    }

    private void DeclareRegisters(StringBuilder text, bool isLocal, int scope)
    {
        foreach (string register in _scopes[scope])
        {
            int bits = _registers[register];
            if (_local.Contains(register) == isLocal)
                text.Append(bits == 1 ? "uint8_t " : $"r{Text(bits)} ").Append(Name(register)).Append(";\n");
        }
    }

    /// <summary>
    /// Takes the braces of scopes away, and gives a register of a scope a name of its own, which ends with the number of that scope.
    /// </summary>
    private List<string> NameScopes(List<string> statements)
    {
        if (!statements.Contains("{"))
        {
            _scopes.Add([.. _registers.Keys]);
            return statements;
        }
        _scopes.Add([]);
        var named = new List<string>();
        int count = 0, outer = 0;
        var open = new Stack<Dictionary<string, string>>();
        open.Push(NewScope(outer));
        foreach (string statement in statements)
        {
            if (statement == "{")
            {
                if (open.Count == 1)
                {
                    outer = _scopes.Count;
                    _scopes.Add([]);
                }
                open.Push(NewScope(outer));
            }
            else if (statement == "}")
            {
                open.Pop();
            }
            else
            {
                named.Add(Word().Replace(statement, word =>
                    open.Select(scope => scope.GetValueOrDefault(word.Value)).FirstOrDefault(name => name is not null) ?? word.Value));
            }
        }
        return named;

        Dictionary<string, string> NewScope(int outer)
        {
            int number = count++;
            var names = new Dictionary<string, string>();
            foreach ((string register, int bits) in _declared[number])
            {
                string name = number == 0 ? register : $"{register}_s{Text(number)}";
                names.Add(register, name);
                _registers[name] = bits;
                _scopes[outer].Add(name);
            }
            return names;
        }
    }
}
