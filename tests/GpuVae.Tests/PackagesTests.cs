using System.Buffers.Binary;
using System.Xml.Linq;
using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests;

/// <summary>What is packed, and that each package says what it is; .ci/packages installs them.</summary>
public sealed class PackagesTests
{
    private static readonly string[] _packages =
        ["GpuVae", "GpuVae.AspNetCore", "GpuVae.Data.Mnist", "GpuVae.Export", "GpuVae.Imaging", "GpuVae.Kernels", "GpuVae.Tool"];

    public static TheoryData<string> Projects => [.. Packed().Select(path => Path.GetRelativePath(Root(), path))];

    [Fact]
    public void A_project_is_a_package_or_says_that_it_is_none() =>
        Assert.Equal(_packages, Packed().Select(Id).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_package_has_a_description_a_page_and_a_row_in_the_readme(string project)
    {
        string path = Path.Combine(Root(), project);
        Assert.True(Value(path, "Description")?.Length > 30, $"{project}: no description");
        string page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, "PACKAGE.md"));
        Assert.StartsWith("# ", page, StringComparison.Ordinal);
        Assert.Contains($"| `{Id(path)}` | ", File.ReadAllText(Path.Combine(Root(), "README.md")), StringComparison.Ordinal);
        // Of its own only where something in it has another licence, too.
        Assert.StartsWith("MIT", Value(path, "PackageLicenseExpression") ?? "MIT", StringComparison.Ordinal);
    }

    [Fact]
    public void Every_package_has_licence_page_and_icon()
    {
        string common = Path.Combine(Root(), "Directory.Build.props");
        Assert.Equal("MIT", Value(common, "PackageLicenseExpression"));
        Assert.Equal("README.md", Value(common, "PackageReadmeFile"));
        Assert.Equal("icon.png", Value(common, "PackageIcon"));
        Assert.Equal("snupkg", Value(common, "SymbolPackageFormat"));
        string[] files =
        [
            .. XDocument.Load(common).Descendants("None").Select(item => Path.GetFileName(item.Attribute("Include")!.Value.Split(')')[^1])),
        ];
        Assert.Equal(["PACKAGE.md", "icon.png", "LICENSE"], files);

        byte[] icon = File.ReadAllBytes(Path.Combine(Root(), "src", "icon.png"));
        Assert.Equal("PNG"u8, icon.AsSpan(1, 3));
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)));
        Assert.Equal(128, BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20)));
    }

    [Fact]
    public void A_program_without_the_files_of_mnist_is_told_which_package_has_them()
    {
        Assert.True(Directory.Exists(Datasets.MnistFolder(AppContext.BaseDirectory)));
        string nowhere = Path.Combine(AppContext.BaseDirectory, "nowhere");
        string message = Assert.Throws<DataException>(() => Datasets.MnistFolder(nowhere)).Message;
        Assert.Equal(
            $"mnist: {Path.Combine(nowhere, "mnist")} is not there; the package GpuVae.Data.Mnist lays it beside a program that refers to it",
            message);
    }

    private static IEnumerable<string> Packed() =>
        ((string[])["bench", "kernels", "src", "tests"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.csproj", SearchOption.AllDirectories))
            .Where(path => Value(path, "IsPackable") != "false");

    private static string Id(string project) => Value(project, "PackageId") ?? Path.GetFileNameWithoutExtension(project);

    private static string? Value(string project, string property) =>
        XDocument.Load(project).Descendants(property).SingleOrDefault()?.Value;

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "GpuVae.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
