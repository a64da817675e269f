using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace GpuVae.Tests.CommandLine;

/// <summary>The block of JSON in the page of a report.</summary>
internal static class PageData
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The page.</param>
    public static JsonElement Read(string path) => Parse(File.ReadAllText(path));

    /// <summary>Finds it in the text of a page.</summary>
    public static JsonElement Parse(string page)
    {
        Match block = Regex.Match(page, "<script type=\"application/json\" id=\"data\">(.*?)</script>", RegexOptions.Singleline);
        Assert.True(block.Success);
        using var document = JsonDocument.Parse(block.Groups[1].Value);
        return document.RootElement.Clone();
    }
}
