using System.Text.RegularExpressions;

namespace GpuVae.Tests.Support;

/// <summary>
/// The ways through a kernel of OpenCL C as ILGPU writes it: blocks that begin with a label and end with <c>goto</c>, <c>switch</c> or <c>return</c>.
/// </summary>
internal sealed partial class OpenClFlow
{
    private readonly Dictionary<string, string[]> _next = [];
    private readonly Dictionary<string, List<string>> _previous = [];
    private readonly Dictionary<string, HashSet<string>> _reachedWithout = [];
    private readonly HashSet<string> _barriers = [];
    private readonly string _entry;

    /// <summary>Reads the text of one kernel.</summary>
    /// <exception cref="FormatException">A block ends without saying where to go.</exception>
    public OpenClFlow(string kernel)
    {
        MatchCollection labels = Label().Matches(kernel);
        _entry = labels[0].Groups["name"].Value;
        for (int i = 0; i < labels.Count; i++)
        {
            string name = labels[i].Groups["name"].Value;
            string body = kernel[labels[i].Index..(i + 1 < labels.Count ? labels[i + 1].Index : kernel.Length)];
            if (!End().IsMatch(body))
                throw new FormatException($"{name} ends without a goto or a return:\n{body}");
            _next[name] = [.. Goto().Matches(body).Select(match => match.Groups["name"].Value).Distinct()];
            _previous.TryAdd(name, []);
            foreach (string next in _next[name])
                (_previous.TryGetValue(next, out List<string>? previous) ? previous : _previous[next] = []).Add(name);
            if (Barrier().IsMatch(body))
                _barriers.Add(name);
        }
        // Work items meet at the head of a loop that has a barrier, too.
        string[] heads = [.. _next.SelectMany(block => block.Value.Where(next => IsLoop(block.Key, next)))];
        _barriers.UnionWith(heads);

        bool IsLoop(string from, string head) => Dominates(head, from) && Loop(from, head).Overlaps(_barriers);
    }

    /// <summary>
    /// The blocks with a barrier that not every work item comes to, where work items part ways behind the barrier and go on, without
    /// another one, to what follows for those that did not come, too.
    /// </summary>
    public IEnumerable<string> OpenBranches() => _barriers.Where(IsOpen);

    private bool IsOpen(string barrier)
    {
        HashSet<string> seen = [barrier];
        var open = new Queue<string>(seen);
        bool parts = false, leaves = false;
        while (open.TryDequeue(out string? block))
        {
            parts |= _next[block].Length > 1;
            foreach (string next in _next[block].Where(next => !Dominates(next, block)))
            {
                if (!Dominates(barrier, next))
                    leaves = true;
                else if (!_barriers.Contains(next) && seen.Add(next))
                    open.Enqueue(next);
            }
        }
        return parts && leaves;
    }

    /// <summary>Whether every way to a block goes through another one.</summary>
    private bool Dominates(string first, string block)
    {
        if (!_reachedWithout.TryGetValue(first, out HashSet<string>? reached))
            _reachedWithout[first] = reached = Reach(_entry, first, block => _next[block]);
        return first == block || !reached.Contains(block);
    }

    /// <summary>The blocks of a loop, from the end of a way back to its head.</summary>
    private HashSet<string> Loop(string last, string head) => [head, .. Reach(last, head, block => _previous[block])];

    private static HashSet<string> Reach(string from, string without, Func<string, IEnumerable<string>> step)
    {
        HashSet<string> reached = from == without ? [] : [from];
        var open = new Queue<string>(reached);
        while (open.TryDequeue(out string? block))
        {
            foreach (string next in step(block).Where(next => next != without && reached.Add(next)))
                open.Enqueue(next);
        }
        return reached;
    }

    [GeneratedRegex(@"^\s*(?<name>L_\w+): ;", RegexOptions.Multiline)]
    private static partial Regex Label();

    [GeneratedRegex(@"\bgoto (?<name>L_\w+);")]
    private static partial Regex Goto();

    [GeneratedRegex(@"\b(goto L_\w+|return ?);[\s};]*$")]
    private static partial Regex End();

    [GeneratedRegex(@"\bbarrier \(|\bwork_group_barrier \(")]
    private static partial Regex Barrier();
}
