using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Data.Streaming;

/// <summary>Compares sets by what a model sees and a person is told of them, wherever they are.</summary>
internal static class SameImages
{
    public static void Require(ImageSet expected, ImageSet actual)
    {
        Assert.Equal((expected.Count, expected.Shape), (actual.Count, actual.Shape));
        Assert.Equal(expected.Labels, actual.Labels);
        Assert.Equal(expected.LabelNames, actual.LabelNames);
        Assert.Equal(expected.ExampleNames, actual.ExampleNames);
        float[] one = new float[expected.Count * expected.Dimensions], other = new float[one.Length];
        expected.CopyTo(0, one);
        actual.CopyTo(0, other);
        Assert.Equal(one, other);
    }
}
