using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ILGPU;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// A kept launch as a phase of a persistent kernel. Its groups are those of the launch, with the same threads and the same numbers, but
/// teams of a block's threads take them one after the other. Of the text, what asks for a group's or a thread's number, for an argument, for
/// shared memory or for a barrier is written anew; the arithmetic and its order are left as they are.
/// </summary>
internal sealed partial class PersistentPhase
{
    private const int Warp = 32;
    private const int MostTeams = 15; // each has a barrier, of 16 that a block has
    private const int SharedLimit = 48 << 10; // without asking the driver for more

    private readonly string _body;
    private readonly Index3D _grid;
    private readonly Index3D _group;
    private readonly Dictionary<string, int> _parameters = []; // where they begin among the phase's arguments
    private readonly Dictionary<string, int> _allocations = []; // where they begin in the team's shared memory
    private readonly List<byte> _arguments = [];

    /// <summary>Takes a launch apart.</summary>
    /// <exception cref="NotSupportedException">There is something in it that no phase can have.</exception>
    public PersistentPhase(KeptLaunch launch)
    {
        Match kernel = Kernel().Match(Comment().Replace(launch.Ptx, ""));
        Require(kernel.Success, "is no single kernel");
        Header = kernel.Groups["header"].Value;
        Version = Version.Parse(kernel.Groups["isa"].Value);
        _body = kernel.Groups["body"].Value;
        (_grid, _group) = (launch.Grid, launch.Group);
        Require(!Unknown().IsMatch(_body), $"has {Unknown().Match(_body).Value}");
        Require(!HasBarrier || _group.Size % Warp == 0, "has barriers in groups that are no whole warps");
        AddArguments(kernel.Groups["parameters"].Value, launch.Arguments);
        foreach (Match allocation in Allocation().Matches(_body))
        {
            _allocations.Add(allocation.Groups["name"].Value, SharedBytes);
            SharedBytes += RoundUp(Number(allocation.Groups["count"]), 16);
        }
        Require(SharedBytes <= SharedLimit, "needs more shared memory than 48 KB");
    }

    /// <summary>What a module's text begins with.</summary>
    public string Header { get; }

    /// <summary>Of PTX.</summary>
    public Version Version { get; }

    /// <summary>Threads of a team: those of a group, in whole warps.</summary>
    public int TeamThreads => RoundUp(_group.Size, Warp);

    /// <summary>Groups.</summary>
    public int Groups => _grid.Size;

    /// <summary>Shared memory of a team.</summary>
    public int SharedBytes { get; }

    /// <summary>The packed arguments of the launch.</summary>
    public IReadOnlyList<byte> Arguments => _arguments;

    // Of a group, or of a warp.
    private bool HasBarrier => _body.Contains("bar.", StringComparison.Ordinal);

    /// <summary>Teams of a block of so many threads.</summary>
    public int Teams(int threads) =>
        Math.Min(Math.Min(threads / TeamThreads, MostTeams), SharedBytes == 0 ? MostTeams : SharedLimit / SharedBytes);

    /// <summary>The text, up to the barrier of the grid; it uses what <see cref="PersistentKernel"/> declares.</summary>
    /// <param name="number">Of the phase.</param>
    /// <param name="threads">Of a block.</param>
    /// <param name="argumentsStart">Where its arguments begin among those of all phases.</param>
    public string Write(int number, int threads, int argumentsStart)
    {
        int teams = Teams(threads);
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"{{");
        Line($".reg .pred skips;");
        Line($".reg .b32 team, member, team_barrier, group, part, thread_x, thread_y, thread_z, group_x, group_y, group_z;");
        Line($".reg .b64 team_shared;");
        Line($"div.u32 team, thread, {TeamThreads};");
        Line($"mul.lo.u32 member, team, {TeamThreads};");
        Line($"sub.u32 member, thread, member;");
        Line($"setp.ge.u32 skips, team, {teams};");
        Line($"@skips bra END_{number};");
        Line($"add.u32 team_barrier, team, 1;");
        if (SharedBytes > 0)
        {
            Line($"mul.wide.u32 team_shared, team, {SharedBytes};");
            Line($"add.u64 team_shared, team_shared, shared_start;");
        }
        WritePlace(text, "thread", "member", _group);
        // The first groups to different blocks, which run on different multiprocessors.
        Line($"mad.lo.u32 group, team, blocks, block;");
        Line($"GROUP_{number}:");
        Line($"setp.ge.u32 skips, group, {Groups};");
        Line($"@skips bra END_{number};");
        WritePlace(text, "group", "group", _grid);
        if (_group.Size < TeamThreads)
        {
            Line($"setp.ge.u32 skips, member, {_group.Size};");
            Line($"@skips bra NEXT_{number};");
        }
        Line($"{{");
        text.Append(Rewrite(number, argumentsStart, BarrierOf(teams, threads))).Append('\n');
        Line($"}}");
        Line($"NEXT_{number}:");
        if (SharedBytes > 0)
            Line($"{BarrierOf(teams, threads)}");
        Line($"mad.lo.u32 group, blocks, {teams}, group;");
        Line($"bra GROUP_{number};");
        Line($"END_{number}:");
        Line($"}}");
        return text.ToString();
    }

    /// <summary>From a number to its place in as many columns, rows and layers, in registers.</summary>
    private static void WritePlace(StringBuilder text, string name, string number, Index3D size) => text.Append(
        CultureInfo.InvariantCulture,
        $"""
        rem.u32 {name}_x, {number}, {size.X};
        div.u32 part, {number}, {size.X};
        rem.u32 {name}_y, part, {size.Y};
        div.u32 {name}_z, part, {size.Y};

        """);

    private string BarrierOf(int teams, int threads) =>
        teams == 1 && TeamThreads == threads ? "bar.sync 0;"
        : string.Create(CultureInfo.InvariantCulture, $"bar.sync {(teams == 1 ? "1" : "team_barrier")}, {TeamThreads};");

    private string Rewrite(int number, int argumentsStart, string barrier)
    {
        string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
        string body = Allocation().Replace(_body, "");
        body = SharedAddress().Replace(body, match =>
            $"{(match.Groups["bits"].Value == "64" ? "add.u64" : "cvt.u32.u64")} {match.Groups["register"].Value}, team_shared"
            + (match.Groups["bits"].Value == "64" ? $", {Text(_allocations[match.Groups["name"].Value])};"
                : $"; add.u32 {match.Groups["register"].Value}, {match.Groups["register"].Value}, {Text(_allocations[match.Groups["name"].Value])};"));
        Require(!body.Contains("__shared", StringComparison.Ordinal), "uses shared memory in a way that is not known");
        body = Argument().Replace(body, match =>
        {
            int offset = match.Groups["offset"].Success ? Number(match.Groups["offset"]) : 0;
            return $"[{PersistentKernel.Arguments}+{Text(argumentsStart + _parameters[match.Groups["name"].Value] + offset)}]";
        });
        body = Special().Replace(body, match =>
        {
            (string kind, string axis) = (match.Groups["kind"].Value, match.Groups["axis"].Value);
            int Of(Index3D size) => axis switch { "x" => size.X, "y" => size.Y, _ => size.Z };
            return kind switch
            {
                "tid" => $"thread_{axis}",
                "ctaid" => $"group_{axis}",
                "ntid" => Text(Of(_group)),
                _ => Text(Of(_grid)),
            };
        });
        body = Barrier().Replace(body, barrier);
        body = Label().Replace(body, match => $"P{Text(number)}_{match.Value}");
        return Return().Replace(body, $"bra NEXT_{Text(number)};");
    }

    private void AddArguments(string parameters, IReadOnlyList<object> arguments)
    {
        MatchCollection declared = Parameter().Matches(parameters);
        Require(declared.Count == arguments.Count, "has other parameters than arguments");
        for (int i = 0; i < declared.Count; i++)
        {
            Match parameter = declared[i];
            int size = parameter.Groups["count"].Success ? Number(parameter.Groups["count"]) : Number(parameter.Groups["bits"]) / 8;
            int alignment = parameter.Groups["alignment"].Success ? Number(parameter.Groups["alignment"]) : size;
            byte[] bytes = ArgumentBytes.Of(arguments[i]);
            Require(bytes.Length == size, $"takes a {arguments[i].GetType().Name} of another size than is known");
            while (_arguments.Count % alignment != 0)
                _arguments.Add(0);
            _parameters.Add(parameter.Groups["name"].Value, _arguments.Count);
            _arguments.AddRange(bytes);
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new NotSupportedException($"a kernel {otherwise}");
    }

    private static int Number(System.Text.RegularExpressions.Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex(
        @"^(?<header>\s*\.version\s+(?<isa>\d+\.\d+)[^\n]*\n(\s*\.(target|address_size)[^\n]*\n)+)\s*\.visible\s+\.entry\s+\w+\s*\((?<parameters>[^()]*)\)\s*\{(?<body>.*)\}\s*$",
        RegexOptions.Singleline)]
    private static partial Regex Kernel();

    // Other functions, memory that outlives a group, and numbers of what a phase has not.
    [GeneratedRegex(@"\.(entry|func|extern|visible|const)\b|\bcall\b|\.(local|global)\s+\.align|\bexit\b|\bbar\.(?!sync\s+0;|warp\.sync\b)\S*|\bbarrier\.\S*|%(?!laneid\b|tid\.|ntid\.|ctaid\.|nctaid\.)[a-z_]{4,}[\w.]*")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"\.param\s+(\.align\s+(?<alignment>\d+)\s+)?\.[bfsu](?<bits>\d+)\s+(?<name>\w+)(\[(?<count>\d+)\])?")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\.shared\s+\.align\s+\d+\s+\.b8\s+(?<name>__shared\w+)\[(?<count>\d+)\];")]
    private static partial Regex Allocation();

    [GeneratedRegex(@"\bmov\.[bu](?<bits>32|64)\s+(?<register>%?\w+),\s*(?<name>__shared\w+)\s*;")]
    private static partial Regex SharedAddress();

    [GeneratedRegex(@"(?<=ld\.param\.\w+\s+[^;\[]*)\[(?<name>\w+)(\+(?<offset>\d+))?\]")]
    private static partial Regex Argument();

    [GeneratedRegex(@"%(?<kind>tid|ntid|ctaid|nctaid)\.(?<axis>[xyz])")]
    private static partial Regex Special();

    [GeneratedRegex(@"\bbar\.sync\s+0;")]
    private static partial Regex Barrier();

    [GeneratedRegex(@"(?<![\w%])L_\w+")]
    private static partial Regex Label();

    [GeneratedRegex(@"\bret;")]
    private static partial Regex Return();
}
