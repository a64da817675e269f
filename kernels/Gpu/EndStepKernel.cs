using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// <see cref="EndStep"/>: the first groups sum a term of the loss each, the others update parameters, and the last to be done of all
/// counts the step, which all have read by then.
/// </summary>
internal static class EndStepKernel
{
    // As many as a multiprocessor of 2,048 threads can hold: each group draws a ticket from one place.
    private const int GroupsPerMultiprocessor = 8;

    private static readonly LazyKernel<Launcher> _kernel = new(End);

    private delegate void Launcher(
        AcceleratorStream stream, KernelConfig config, int terms, int columns, int length, AdamSettings settings,
        ArrayView<float> losses, ArrayView<float> gradient, ArrayView<float> schedule, ArrayView<int> counters,
        ArrayView<float> history, ArrayView<float> firstMoment, ArrayView<float> secondMoment,
        ArrayView<float> parameters, ArrayView<int> tickets);

    /// <summary>A group for each term, and more that loop over the n parameters.</summary>
    public static void End(
        int terms, int columns, int length, AdamSettings settings, ArrayView<float> losses, ArrayView<float> gradient,
        ArrayView<float> schedule, ArrayView<int> counters, ArrayView<float> history, ArrayView<float> firstMoment,
        ArrayView<float> secondMoment, ArrayView<float> parameters, ArrayView<int> tickets)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(1);
        if (Grid.IdxX < terms)
        {
            SumTermsKernel.SumRow(terms, columns, losses, counters, history);
            GroupBranch.End();
        }
        else
        {
            AdamKernel.UpdateEach(
                ((Grid.IdxX - terms) * Group.DimX) + Group.IdxX, (Grid.DimX - terms) * Group.DimX, length, settings,
                gradient, schedule, counters, firstMoment, secondMoment, parameters);
        }
        if (GroupTickets.CountLast(tickets, 0, Grid.DimX, Group.IdxX, shared, 0) == 1 && Group.IdxX == 0)
            AdvanceKernel.Count(counters);
    }

    internal static void Run(GpuDevice device, in EndStep operation)
    {
        Adam update = operation.Update;
        int length = device.AsArray(update.Parameters).IntLength, terms = operation.Loss.Terms.Rows;
        KernelConfig elements = device.Configs.Elements(Math.Max(length, 1));
        int groups = Math.Min(elements.GridDim.X, GroupsPerMultiprocessor * device.Configs.Multiprocessors);
        _kernel.On(device)(
            device.LaunchStream(), new KernelConfig(terms + groups, elements.GroupDim.X), terms,
            operation.Loss.Terms.Columns, length, update.Settings, device.AsArray(operation.Loss.Terms),
            device.AsArray(update.Gradient), device.AsArray(update.Schedule), device.AsArray(update.Counters),
            device.AsArray(operation.Loss.History), device.AsArray(update.FirstMoment),
            device.AsArray(update.SecondMoment), device.AsArray(update.Parameters), device.Tickets.Take(1));
    }
}
