using GpuVae.Kernels.Gpu;
using Xunit;

namespace GpuVae.Tests;

/// <summary>Division by multiplication.</summary>
public sealed class DivisorTests
{
    [Fact]
    public void Quotients_are_those_of_division()
    {
        int[] divisors = [.. Enumerable.Range(1, 300), 783, 784, 785, 1023, 1024, 1025, 65_535, 65_537, (1 << 30) - 1, 1 << 30, (1 << 30) + 1, int.MaxValue];
        foreach (int divisor in divisors)
        {
            var known = Divisor.Of(divisor);
            // Next to multiples, where a quotient changes, up to the largest number.
            long last = int.MaxValue / divisor;
            foreach (long quotient in (long[])[0, 1, 2, 3, 7, 100, last / 3, last / 2, last - 1, last])
            {
                foreach (long value in (long[])[(quotient * divisor) - 1, quotient * divisor, (quotient * divisor) + 1, int.MaxValue])
                {
                    if (value is >= 0 and <= int.MaxValue)
                        Assert.Equal((int)value / divisor, known.Divide((int)value));
                }
            }
        }
    }
}
