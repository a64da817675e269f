using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests;

/// <summary>
/// Holds the direction of references, by the sources: what a file uses of another namespace it has to name, in a using or
/// before the type, and both count here, in documentation too.
/// </summary>
public sealed partial class ArchitectureTests
{
    private const string Library = "src/GpuVae";

    // Each may refer to those before it, and to nothing behind it.
    private static readonly string[] _order =
    [
        "GpuVae", "GpuVae.Files", "GpuVae.Imaging", "GpuVae.Data", "GpuVae.Models", "GpuVae.Runs", "GpuVae.Distributed", "GpuVae.Evaluation",
        "GpuVae.Compression", "GpuVae.Training", "GpuVae.Detection", "GpuVae.Reports", "GpuVae.Reproductions",
    ];

    // Projects, each with those that it may refer to. Others, such as samples, may refer to any; nothing refers to them.
    private static readonly Dictionary<string, string[]> _projects = new()
    {
        ["GpuVae.Data.Mnist"] = [],
        ["GpuVae.Kernels"] = [],
        ["GpuVae"] = ["GpuVae.Kernels"],
        ["GpuVae.Imaging"] = ["GpuVae"],
        ["GpuVae.Export"] = ["GpuVae", "GpuVae.Kernels"],
        ["GpuVae.AspNetCore"] = ["GpuVae", "GpuVae.Kernels"],
        ["GpuVae.Console"] = ["GpuVae.AspNetCore", "GpuVae", "GpuVae.Export", "GpuVae.Imaging", "GpuVae.Kernels"],
        ["GpuVae.Cases"] = ["GpuVae.Kernels"],
        ["GpuVae.Tests"] = ["GpuVae.Console", "GpuVae.Cases", "GpuVae", "GpuVae.Kernels"],
        ["GpuVae.Export.Tests"] = ["GpuVae.Console", "GpuVae.Export", "GpuVae", "GpuVae.Kernels"],
        ["GpuVae.Browser.Tests"] = ["GpuVae.AspNetCore", "GpuVae.Console", "GpuVae", "GpuVae.Kernels"],
        ["GpuVae.AspNetCore.Tests"] = ["GpuVae.AspNetCore", "GpuVae.Console"],
        ["GpuVae.Bench"] = ["GpuVae", "GpuVae.Cases", "GpuVae.Imaging", "GpuVae.Kernels"],
        ["GpuVae.Bench.TorchSharp"] = ["GpuVae", "GpuVae.Kernels"],
    };

    // What files in a project's folder are to be named: the folder, and where the namespace is another, that.
    private static readonly (string Folder, string Namespace)[] _roots =
    [
        ("kernels", "GpuVae.Kernels"), (Library, "GpuVae"), ("src/GpuVae.AspNetCore", "GpuVae.AspNetCore"),
        ("src/GpuVae.Console", "GpuVae.CommandLine"), ("src/GpuVae.Export", "GpuVae.Export"), ("src/GpuVae.Imaging", "GpuVae.Imaging"),
        ("tests/GpuVae.AspNetCore.Tests", "GpuVae.AspNetCore.Tests"), ("tests/GpuVae.Browser.Tests", "GpuVae.Browser.Tests"),
        ("tests/GpuVae.Export.Tests", "GpuVae.Export.Tests"),
        ("tests/GpuVae.Tests", "GpuVae.Tests"), ("bench/GpuVae.Bench", "GpuVae.Bench"),
        ("bench/GpuVae.Bench.TorchSharp", "GpuVae.Bench.TorchSharp"),
    ];

    // Named for what they hold where that would hide a namespace that they use.
    private static readonly Dictionary<string, string> _otherNames = new()
    {
        ["GpuVae.Tests.Console"] = "GpuVae.Tests.CommandLine",
    };

    [Fact]
    public void A_namespace_of_the_library_refers_only_to_those_before_it() =>
        RequireNone(Sources(Library).SelectMany(ReferencesBack));

    [Fact]
    public void Every_namespace_of_the_library_has_its_place_in_the_order()
    {
        Assert.Equal(
            _order.Order(StringComparer.Ordinal),
            Sources(Library).Select(source => source.Namespace).Distinct().Order(StringComparer.Ordinal));
        // Nor may the compiler put a type elsewhere.
        Assert.All(
            typeof(Dataset).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith("GpuVae", StringComparison.Ordinal) == true),
            type => Assert.Contains(type.Namespace!, _order));
    }

    [Fact]
    public void A_reference_back_is_found_however_it_is_written()
    {
        string[] faults =
        [
            "using GpuVae.Data;", "using static GpuVae.Runs.RunLock;", "using Set = GpuVae.Data.Dataset;",
            "class A { GpuVae.Training.Trainer? t; }", "class A { Models.Autoencoder? m; }", "/// <see cref=\"Data.Dataset\"/>",
        ];
        Assert.All(faults, fault => Assert.Single(ReferencesBack(new Source("A.cs", "GpuVae.Files", fault))));
        string[] fine =
        [
            "using GpuVae.Files;", "using GpuVae.Kernels;", "class A { string s = \"GpuVae.Training.Trainer\"; }",
            "class A { int[] Data; int n => Data.Length; }", "// as GpuVae.Training.Trainer does",
        ];
        Assert.All(fine, text => Assert.Empty(ReferencesBack(new Source("A.cs", "GpuVae.Imaging", text))));
    }

    [Fact]
    public void A_file_lies_in_the_folder_of_its_namespace()
    {
        var strays =
            from root in _roots
            from source in Sources(root.Folder)
            where source.Namespace.Length > 0 && !IsAtHome(source, root.Folder, root.Namespace)
            select $"{source.Path}: {source.Namespace}";
        RequireNone(strays);
    }

    [Fact]
    public void A_project_refers_only_to_those_below_it()
    {
        string[] files = [.. Directory.EnumerateFiles(Root(), "*.csproj", SearchOption.AllDirectories).Where(IsSource)];
        Assert.True(files.Length >= _projects.Count);
        var upward =
            from file in files
            let project = Path.GetFileNameWithoutExtension(file)
            where _projects.ContainsKey(project)
            from reference in XDocument.Load(file).Descendants("ProjectReference")
            let other = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))
            where !_projects[project].Contains(other)
            select $"{project} refers to {other}";
        RequireNone(upward);
    }

    [Fact]
    public void Only_the_kernels_know_what_runs_them()
    {
        var users = Sources("src").Where(source => IlgpuName().IsMatch(WithoutTexts(source.Text)));
        RequireNone(users.Select(source => source.Path));
    }

    /// <summary>Fails with every fault in full.</summary>
    private static void RequireNone(IEnumerable<string> faults)
    {
        string text = string.Join(Environment.NewLine, faults);
        Assert.True(text.Length == 0, text);
    }

    private static IEnumerable<string> ReferencesBack(Source source)
    {
        int place = Array.IndexOf(_order, source.Namespace);
        string text = WithoutTexts(source.Text);
        var named = Usings().Matches(text).Concat(QualifiedNames().Matches(text).Where(IsType))
            .Select(match => (match.Value, Namespace: $"GpuVae.{match.Groups["namespace"].Value}"));
        return named.Where(name => Array.IndexOf(_order, name.Namespace) > place)
            .Select(name => $"{source.Path}: {source.Namespace} comes before {name.Namespace}: {name.Value}");
    }

    /// <summary>Tells a type behind its namespace from a member behind a property of that name.</summary>
    private static bool IsType(Match match) => typeof(Dataset).Assembly.GetTypes().Any(
        type => type.Namespace == $"GpuVae.{match.Groups["namespace"].Value}"
            && type.Name.Split('`')[0] == match.Groups["type"].Value);

    /// <summary>
    /// Whether the namespace is that of the folder or of a folder around it: a large namespace may have its files sorted
    /// into subfolders, but never into the folder of another one.
    /// </summary>
    private static bool IsAtHome(Source source, string folder, string root)
    {
        string below = Path.GetDirectoryName(Path.GetRelativePath(folder, source.Path))!.Replace(Path.DirectorySeparatorChar, '.');
        string full = below.Length == 0 ? root : $"{root}.{below}";
        foreach ((string name, string other) in _otherNames)
            full = full.StartsWith(name, StringComparison.Ordinal) ? other + full[name.Length..] : full;
        // In the library the folder at the top decides.
        string least = folder == Library ? string.Join('.', full.Split('.').Take(2)) : root;
        return $"{full}.".StartsWith($"{source.Namespace}.", StringComparison.Ordinal)
            && $"{source.Namespace}.".StartsWith($"{least}.", StringComparison.Ordinal);
    }

    private static IEnumerable<Source> Sources(string folder) => Directory
        .EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
        .Where(IsSource)
        .Select(path =>
        {
            string text = File.ReadAllText(path);
            return new Source(Path.GetRelativePath(Root(), path), NamespaceLine().Match(text).Groups["name"].Value, text);
        });

    private static bool IsSource(string path) =>
        !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");

    /// <summary>The text with its comments and strings empty, but for what documentation refers to.</summary>
    private static string WithoutTexts(string text) => TextsAndComments().Replace(
        text, match => match.Value.StartsWith("///", StringComparison.Ordinal)
            ? string.Join(' ', References().Matches(match.Value).Select(reference => reference.Groups["to"].Value))
            : "\"\"");

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));

    [GeneratedRegex(@"^using\s+(?:static\s+)?(?:\w+\s*=\s*)?GpuVae\.(?<namespace>\w+)[\w.]*;", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(@"(?<!^using.*)(?<![\w.])(?:GpuVae\.)?(?<namespace>[A-Z]\w*)\.(?<type>[A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex QualifiedNames();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex("""///.*$|//.*$|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", RegexOptions.Multiline)]
    private static partial Regex TextsAndComments();

    [GeneratedRegex("cref=\"(?<to>[^\"]*)\"")]
    private static partial Regex References();

    [GeneratedRegex(@"(?<!\w)ILGPU\.")]
    private static partial Regex IlgpuName();

    private sealed record Source(string Path, string Namespace, string Text);
}
