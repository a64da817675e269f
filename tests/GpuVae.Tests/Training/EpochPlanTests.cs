using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Tests.Support;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class EpochPlanTests
{
    private static readonly ReferenceDevice _device = new();

    [Fact]
    public void Schedule_has_the_bias_corrections_of_Adam()
    {
        var row = new float[Schedule.Columns];
        EpochPlan.FillRow(0, 1e-3, AdamSettings.Default, 0.25, row);
        // 1 − 0.9 = 0.1, and 1 / √(1 − 0.999) = 31.6228.
        Assert.Equal(0.01, row[Schedule.StepSize], 1e-8);
        Assert.Equal(31.6228, row[Schedule.SecondMomentCorrection], 1e-3);
        Assert.Equal(0.25f, row[Schedule.DivergenceWeight]);

        EpochPlan.FillRow(1, 1e-3, AdamSettings.Default, 0, row);
        // 1 − 0.81 = 0.19, and 1 / √(1 − 0.998001) = 22.3663.
        Assert.Equal(1e-3 / 0.19, row[Schedule.StepSize], 1e-8);
        Assert.Equal(22.3663, row[Schedule.SecondMomentCorrection], 1e-3);

        EpochPlan.FillRow(10_000_000, 1e-3, AdamSettings.Default, 0, row);
        Assert.Equal((1e-3f, 1f), (row[Schedule.StepSize], row[Schedule.SecondMomentCorrection]));
    }

    [Fact]
    public void Every_epoch_has_each_image_once_in_an_order_of_its_own()
    {
        using EpochPlan plan = Plan(seed: 1), other = Plan(seed: 2);
        int[] first = Order(plan, 1), second = Order(plan, 2), again = Order(plan, 1);
        Assert.Equal(Enumerable.Range(0, 23), first.Order());
        Assert.Equal(Enumerable.Range(0, 23), second.Order());
        Assert.Equal(first, again);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, Order(other, 1));
    }

    [Fact]
    public void Later_epochs_go_on_counting_steps()
    {
        using EpochPlan plan = Plan(seed: 1);
        Assert.Equal(5, plan.Steps);
        plan.Begin(3);
        Assert.Equal([0, 10], _device.Read(plan.Counters));
        float[] rows = _device.Read(plan.Rows);
        var row = new float[Schedule.Columns];
        EpochPlan.FillRow(14, 1e-3, AdamSettings.Default, 2, row);
        Assert.Equal(row, rows[^Schedule.Columns..]);
        Assert.Equal(2, plan.DivergenceWeight(4));
    }

    [Fact]
    public void A_batch_of_any_size_is_one_step()
    {
        using var plan = new EpochPlan(
            _device, new EvidenceLowerBound(2), new TrainerSettings(int.MaxValue, 1e-3, 1), images: 23);
        Assert.Equal(1, plan.Steps);
    }

    private static EpochPlan Plan(ulong seed) =>
        new(_device, new EvidenceLowerBound(2), new TrainerSettings(5, 1e-3, seed), images: 23);

    private static int[] Order(EpochPlan plan, int epoch)
    {
        plan.Begin(epoch);
        return _device.Read(plan.Order);
    }
}
