using Xunit;

namespace GpuVae.Browser.Tests;

/// <summary>One browser and one set of runs for all tests, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class Pages : ICollectionFixture<Chromium>, ICollectionFixture<ReportedRuns>
{
    /// <summary>What tests name it by.</summary>
    public const string Name = "pages";
}
