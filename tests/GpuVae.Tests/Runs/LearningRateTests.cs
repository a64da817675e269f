using GpuVae.Cases.Reference;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;
using GpuVae.Training;
using Xunit;

namespace GpuVae.Tests.Runs;

public sealed class LearningRateTests
{
    private static readonly RateStep[] _steps = [new(2, 0.5), new(5, 0.25)];

    [Fact]
    public void Stepped_rate_changes_at_the_start_of_its_epochs()
    {
        var schedule = new SteppedRate(1, _steps);
        Assert.Equal([1, 0.5, 0.5, 0.5, 0.25, 0.25], Enumerable.Range(1, 6).Select(epoch => schedule.RateAt(epoch, 0.9)));
    }

    [Fact]
    public void Cosine_rate_begins_at_the_first_rate_ends_at_the_last_and_is_half_way_in_the_middle()
    {
        var schedule = new CosineRate(1, 0.2, epochs: 4);
        Assert.Equal(1, schedule.RateAt(1, 0), 12);
        Assert.Equal(0.6, schedule.RateAt(3, 0), 12);
        Assert.Equal(0.2 + (0.4 * (1 + Math.Cos(Math.PI * 0.625))), schedule.RateAt(3, 0.5), 12);
        Assert.Equal(0.2, schedule.RateAt(4, 1), 12);
    }

    [Fact]
    public void Rate_of_every_step_is_in_the_rows_of_its_epoch()
    {
        var device = new ReferenceDevice();
        var settings = new TrainerSettings(5, 1, 1) { Schedule = new CosineRate(1, 0, epochs: 2) };
        using var plan = new EpochPlan(device, new Reconstruction(), settings, images: 10);
        plan.Begin(2);
        double[] rows = ReferenceDevice.Read(plan.Rows);
        for (int step = 0; step < 2; step++)
        {
            double rate = 0.5 * (1 + Math.Cos(Math.PI * ((0.5 * step) + 1) / 2));
            double stepSize = rate / (1 - Math.Pow(0.9f, 3 + step));
            Assert.Equal(stepSize, rows[(step * Schedule.Columns) + Schedule.StepSize], 1e-6);
        }
    }

    [Fact]
    public void Names_of_the_command_line_make_the_schedules()
    {
        RunConfiguration configuration = new()
        {
            LearningRate = 1,
            RateSteps = _steps,
            FinalLearningRate = 0.5,
            Epochs = 2,
        };
        double RateAt(string name) => Registry.LearningRateSchedules.Find(name)(configuration).RateAt(2, 0);
        Assert.Equal((1, 0.5, 0.75), (RateAt("constant"), RateAt("steps"), Math.Round(RateAt("cosine"), 12)));
    }
}
