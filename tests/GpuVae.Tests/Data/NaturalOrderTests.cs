using GpuVae.Data;
using Xunit;

namespace GpuVae.Tests.Data;

public sealed class NaturalOrderTests
{
    [Theory]
    [InlineData("1,2,10")]
    [InlineData("a2,a10,a010b,b1")]
    [InlineData("img9.png,img10.png,img10a.png")]
    [InlineData("99999999999999999999,100000000000000000000")]
    [InlineData("x,x1,y")]
    [InlineData("007,07,7")]
    public void Digits_count_as_numbers(string names)
    {
        string[] ordered = names.Split(',');
        Assert.Equal(ordered, ordered.Reverse().Order(NaturalOrder.Instance));
        Assert.Equal(ordered, ordered.Order(NaturalOrder.Instance));
    }

    [Fact]
    public void Nothing_comes_first_and_a_name_is_its_own_equal()
    {
        Assert.True(NaturalOrder.Instance.Compare(null, "") < 0);
        Assert.True(NaturalOrder.Instance.Compare("", "a") < 0);
        Assert.Equal(0, NaturalOrder.Instance.Compare("a1b02", "a1b02"));
    }
}
