using ILGPU;

namespace GpuVae.Kernels.Gpu;

/// <summary>
/// Which of several groups of a launch comes last, so that it can go on with what all of them have left in global memory. Each draws a
/// number; whoever has the highest sets the count back to zero for the next launch. It decides who works, never in which order is summed.
/// </summary>
internal static class GroupTickets
{
    /// <summary>
    /// Called once by every thread of each of the groups: 1 in those of the last, 0 in the others. What the others wrote before is there for them.
    /// </summary>
    /// <param name="tickets">Counts, zero before the launch and after it.</param>
    /// <param name="place">The count of these groups.</param>
    /// <param name="groups">How many they are.</param>
    /// <param name="thread">The number of the thread in its group.</param>
    /// <param name="shared">Shared memory.</param>
    /// <param name="free">The place of a number in it that nobody needs any more.</param>
    public static int CountLast(
        ArrayView<int> tickets, int place, int groups, int thread, ArrayView<float> shared, int free)
    {
        MemoryFence.DeviceLevel();
        Group.Barrier();
        if (thread == 0)
        {
            int before = Atomic.Add(ref tickets[place], 1);
            if (before == groups - 1)
                tickets[place] = 0;
            shared[free] = before;
        }
        Group.Barrier();
        float drawn = shared[free];
        // The others' numbers are not read before the answer, and shared memory is free again.
        MemoryFence.DeviceLevel();
        Group.Barrier();
        return drawn == groups - 1 ? 1 : 0;
    }
}
