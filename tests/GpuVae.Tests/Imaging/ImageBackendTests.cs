using GpuVae.Imaging;
using Xunit;

namespace GpuVae.Tests.Imaging;

/// <summary>How the library finds what draws.</summary>
public sealed class ImageBackendTests
{
    [Fact]
    public void It_is_found_where_the_program_refers_to_it() => Assert.True(ImageBackend.IsAvailable);

    /// <summary>These tests refer to it: taken for missing, it would cost a run its pictures without a word.</summary>
    [Fact]
    public void One_that_is_there_and_cannot_be_opened_is_not_taken_for_missing() =>
        Assert.Throws<FileNotFoundException>(() => ImageBackend.Find(name => throw new FileNotFoundException("no space left", name)));
}
