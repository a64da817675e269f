namespace GpuVae.Kernels;

/// <summary>
/// A device that runs operations on memory of its own. <see cref="IOperation"/>s are values in <c>kernels/Operations</c>,
/// one file each with its maths; <see cref="Run"/> finds the device's kernel for the operation's type.
/// </summary>
/// <remarks>
/// Operations may run after the call returns, always in the order of the calls; <see cref="Download"/> and
/// <see cref="Synchronize"/> wait for them. The same device, seed and version give the same bits: every
/// reduction has a fixed order. No operation allocates once it has run at its largest shape. One thread at a time may call
/// a device: a second one that calls <see cref="Run"/>, <see cref="Upload"/> or <see cref="Download"/> while another is
/// inside gets an <see cref="InvalidOperationException"/> instead of wrong numbers.
/// </remarks>
public interface IDevice : IDisposable
{
    /// <summary>The name that opens this device again: <c>cpu</c>, <c>cuda:0</c>, …</summary>
    string Name { get; }

    /// <summary>What the device is, for a person: its model, its cores, its vector width.</summary>
    string Description { get; }

    /// <summary>Takes <paramref name="length"/> elements of memory, all zero, aligned to 64 bytes.</summary>
    DeviceBuffer<T> Allocate<T>(long length)
        where T : unmanaged;

    /// <summary>
    /// The elements of an array as device memory, to be read only. A device whose memory is the host's uses the array
    /// where it lies, so it must not change as long as the buffer lives.
    /// </summary>
    DeviceBuffer<T> Import<T>(T[] values)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        DeviceBuffer<T> buffer = Allocate<T>(values.Length);
        Upload<T>(values, buffer.AsVector());
        return buffer;
    }

    /// <summary>Copies from the host.</summary>
    void Upload<T>(ReadOnlySpan<T> source, View<T> destination)
        where T : unmanaged;

    /// <summary>Waits for the operations before it, then copies to the host.</summary>
    void Download<T>(View<T> source, Span<T> destination)
        where T : unmanaged;

    /// <summary>Waits until every operation so far has ended.</summary>
    void Synchronize();

    /// <summary>
    /// Checks the operation's shapes and runs the device's kernel for it, or what it <see cref="IOperation.Expand"/>s into.
    /// </summary>
    /// <exception cref="ArgumentException">Operands do not fit together, or belong to another device.</exception>
    /// <exception cref="DeviceException">The device has no kernel for it, and it is not made of other operations.</exception>
    void Run<TOperation>(in TOperation operation)
        where TOperation : struct, IOperation;

    /// <summary>
    /// Keeps operations that will be asked for again and again. A device may launch them all at once from the second
    /// replay on; others call <paramref name="operations"/> each time.
    /// </summary>
    /// <param name="operations">
    /// Runs operations of this device, the same ones with the same views each time. What changes between replays has
    /// to lie in views; and no <see cref="Allocate"/>, <see cref="Upload"/>, <see cref="Download"/> or
    /// <see cref="Synchronize"/> may be among the calls.
    /// </param>
    /// <returns>To be disposed before the views' buffers and the device.</returns>
    IRecording Record(Action operations) => new RepeatedCalls(operations);

    /// <summary>
    /// The same for replays of many at once, <see cref="IRecording.Replay(int)"/>, which a device that can does in one launch of a
    /// persistent kernel, with the same arithmetic.
    /// </summary>
    /// <param name="operations">As for <see cref="Record"/>.</param>
    /// <returns>To be disposed before the views' buffers and the device.</returns>
    IRecording RecordPersistent(Action operations) => Record(operations);
}
