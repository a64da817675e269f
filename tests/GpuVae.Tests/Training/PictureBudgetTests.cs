using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class PictureBudgetTests
{
    [Theory]
    [InlineData(0.1, 30, 4, 26)] // 0.5 s each: four within two seconds, and no other in an epoch's 0.1 s
    [InlineData(double.PositiveInfinity, 30, 30, 0)]
    [InlineData(0, 30, 1, 0)] // the last alone, and nobody is told of the others
    public void Pictures_of_short_epochs_are_left_out_but_for_the_last(double share, int epochs, int drawn, int leftOut)
    {
        (int count, PictureBudget budget) = Run(share, epochs, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.5));
        // The last is drawn whatever was spent.
        Assert.Equal((share == 0.1 ? drawn + 1 : drawn, share == 0.1 ? leftOut - 1 : leftOut), (count, budget.LeftOut));
    }

    [Fact]
    public void Pictures_take_a_tenth_of_a_long_run()
    {
        (int count, PictureBudget budget) = Run(0.1, 1000, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.5));
        Assert.InRange(count, 380, 460); // 0.5 n = 0.1 (2000 + 0.5 n)
        Assert.Equal(1000, count + budget.LeftOut);
    }

    private static (int Drawn, PictureBudget Budget) Run(double share, int epochs, TimeSpan epoch, TimeSpan pictures)
    {
        var budget = new PictureBudget(share);
        (int drawn, TimeSpan elapsed) = (0, TimeSpan.Zero);
        for (int i = 1; i <= epochs; i++)
        {
            elapsed += epoch;
            if (!budget.Allows(elapsed, isLast: i == epochs))
                continue;
            budget.Spend(pictures);
            elapsed += pictures;
            drawn++;
        }
        return (drawn, budget);
    }
}
