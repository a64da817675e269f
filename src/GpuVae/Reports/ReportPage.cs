using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using GpuVae.Files;

namespace GpuVae.Reports;

/// <summary>
/// The page around the data: one file, whose template, style and scripts lie in <c>Page/</c>. It forbids itself every connection but to
/// the program that serves it, and every script but its own by that one's digest, so that nothing in the data is executed whatever it holds.
/// </summary>
internal static partial class ReportPage
{
    /// <summary>What a report can be known by, within its first bytes.</summary>
    private const string Mark = "<meta name=\"generator\" content=\"gpuvae report\">";

    private const int LongestHead = 1024;

    /// <summary>Runs that a title names.</summary>
    private const int MostNamed = 3;

    private static readonly string[] _scripts =
    [
        "base.js", "network.js", "served.js", "examples.js", "head.js", "curves.js", "heat.js", "strangest.js", "detector.js", "epochs.js",
        "units.js", "map.js", "decoder.js", "compare.js", "main.js",
    ];

    /// <summary>Writes a page.</summary>
    public static void Write(Stream stream, IReadOnlyList<RunReport> runs, ServedReport served)
    {
        string template = Read("report.html"), style = Read("report.css");
        string script = $"(() => {{\n\"use strict\";\n{string.Join("\n", _scripts.Select(Read))}\n}})();\n";
        string title = runs.Count <= MostNamed ? $"{string.Join(", ", runs.Select(run => run.Name))}: report" : $"{runs.Count} runs: report";
        int end = 0;
        // One pass from front to back: what is put in is not looked at again.
        foreach (Match place in Places().Matches(template))
        {
            Put(stream, template[end..place.Index]);
            end = place.Index + place.Length;
            switch (place.Groups["what"].Value)
            {
                case "mark":
                    Put(stream, Mark);
                    break;
                case "policy":
                    Put(stream, $"default-src 'none'; img-src data:; {(served == ServedReport.None ? "" : "connect-src 'self'; ")}style-src {Digest(style)}; script-src {Digest(script)}");
                    break;
                case "title":
                    Put(stream, WebUtility.HtmlEncode(title));
                    break;
                case "style":
                    Put(stream, style);
                    break;
                case "data":
                    ReportJson.Write(stream, runs, served);
                    break;
                case "script":
                    Put(stream, script);
                    break;
                default:
                    throw new InvalidOperationException($"report.html has no place called {place.Value}.");
            }
        }
        Put(stream, template[end..]);
    }

    /// <summary>Whether a file is such a page.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    public static bool IsReport(string path)
    {
        try
        {
            using FileStream file = InputFile.Open(path);
            var head = new byte[LongestHead];
            int length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(head, 0, length).Contains(Mark, StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path}: cannot be read: {InputFile.Reason(exception)}", exception);
        }
    }

    private static string Digest(string content) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";

    private static void Put(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));

    private static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Report/{name}")
            ?? throw new InvalidOperationException($"The assembly has no {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\{\{(?<what>[a-z]+)\}\}")]
    private static partial Regex Places();
}
