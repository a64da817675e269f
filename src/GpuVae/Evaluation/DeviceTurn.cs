using System.Runtime.CompilerServices;
using GpuVae.Kernels;

namespace GpuVae.Evaluation;

/// <summary>
/// Whose turn it is on a device. A device serves one caller at a time, and a model keeps what it computes until its next
/// pass; so whoever uses a model takes the turn, from its first operation until the results are on the host, and the
/// threads that share a device, a model or a scorer wait for each other.
/// </summary>
internal static class DeviceTurn
{
    private static readonly ConditionalWeakTable<IDevice, Lock> _turns = [];

    /// <summary>The lock of a device; the thread that holds it may take it again.</summary>
    public static Lock Of(IDevice device) => _turns.GetValue(device, _ => new Lock());
}
