namespace GpuVae.Training;

/// <summary>Adam's α as training goes on. A pure function, so that a resumed run needs nothing of it but the step.</summary>
public interface ILearningRateSchedule
{
    /// <summary>α at a step.</summary>
    /// <param name="epoch">The epoch that the step is in, from 1.</param>
    /// <param name="fraction">How much of this epoch is done before the step, from 0 to below 1.</param>
    double RateAt(int epoch, double fraction);
}
