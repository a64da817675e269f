namespace GpuVae.Kernels;

/// <summary>
/// The operations that training an autoencoder needs, and nothing else. Parameters come in this order: sources,
/// sizes and settings, destinations. Every view belongs to the backend that is called, shapes stand beside each
/// parameter, and B is the number of images in the batch at hand.
/// </summary>
/// <remarks>
/// Operations may run after the call returns, always in the order of the calls; <see cref="Download"/> and
/// <see cref="Synchronize"/> wait for them. The same device, seed and version give the same bits: every
/// reduction has a fixed order. No operation allocates once it has run at its largest shape.
/// </remarks>
public partial interface IBackend : IDisposable
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
    /// Keeps operations that will be asked for again and again. A device may launch them all at once from the second
    /// replay on; others call <paramref name="operations"/> each time.
    /// </summary>
    /// <param name="operations">
    /// Calls operations of this backend, the same ones with the same views each time. What changes between replays has
    /// to lie in views; and no <see cref="Allocate"/>, <see cref="Upload"/>, <see cref="Download"/> or
    /// <see cref="Synchronize"/> may be among the calls.
    /// </param>
    /// <returns>To be disposed before the views' buffers and the backend.</returns>
    IRecording Record(Action operations) => new RepeatedCalls(operations);

    /// <summary>
    /// Takes the batch that the counters point at: x[i, :] = encoding(images[order[first + i], :]) with
    /// first = counters[<see cref="Counter.StepInEpoch"/>] · batchSize.
    /// </summary>
    /// <param name="images">(N, D) pixels 0…255.</param>
    /// <param name="order">(1, N) a permutation of 0…N−1.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="batchSize">Images in a full batch; <paramref name="x"/> may have fewer rows in the last one.</param>
    /// <param name="encoding">How a byte becomes a number.</param>
    /// <param name="noise">Where <see cref="PixelEncoding.Resampled"/> draws from; element i·D + j is pixel j of row i.</param>
    /// <param name="x">(B, D).</param>
    void Gather(
        View<byte> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x);

    /// <summary>The same for images of real numbers: 1 in them is what 255 is in bytes.</summary>
    /// <param name="images">(N, D) numbers; <see cref="PixelEncoding.Scaled"/> copies any, the others mean 0…1.</param>
    /// <param name="order">(1, N) a permutation of 0…N−1.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="batchSize">Images in a full batch; <paramref name="x"/> may have fewer rows in the last one.</param>
    /// <param name="encoding">How a number of the image becomes one of x.</param>
    /// <param name="noise">Where <see cref="PixelEncoding.Resampled"/> draws from; element i·D + j is pixel j of row i.</param>
    /// <param name="x">(B, D).</param>
    void Gather(
        View<float> images, View<int> order, View<int> counters, int batchSize, PixelEncoding encoding, RandomSource noise,
        View<float> x);

    /// <summary>C (M, N) = epilogue(op(A) · op(B)); see <see cref="Orientation"/> and <see cref="Epilogue"/>.</summary>
    /// <param name="orientation">Which operand is read transposed.</param>
    /// <param name="a">(M, K), or (K, M) for <see cref="Orientation.TN"/>.</param>
    /// <param name="b">(K, N), or (N, K) for <see cref="Orientation.NT"/>.</param>
    /// <param name="epilogue">What happens to the sum before it is stored.</param>
    /// <param name="c">(M, N), no part of which may be a source.</param>
    void Multiply(Orientation orientation, View<float> a, View<float> b, in Epilogue epilogue, View<float> c);

    /// <summary>The gradient of a bias: sums[j] = Σᵢ values[i, j].</summary>
    /// <param name="values">(B, N) gradients of a layer's outputs.</param>
    /// <param name="sums">(1, N).</param>
    void SumColumns(View<float> values, View<float> sums);

    /// <summary>
    /// history[step, r] = Σⱼ terms[r, j] with step = counters[<see cref="Counter.StepInEpoch"/>]: keeps the loss of
    /// every step on the device, so that the host asks for many at once.
    /// </summary>
    /// <param name="terms">(R, B), a row for each part of the loss.</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="history">(steps, R).</param>
    void SumTerms(View<float> terms, View<int> counters, View<float> history);

    /// <summary>
    /// One step of Adam (Kingma and Ba 2015, algorithm 1) over n numbers: m ← β₁m + (1 − β₁)g,
    /// v ← β₂v + (1 − β₂)g², θ ← θ − a·m / (c·√v + ε), where row <see cref="Counter.StepInEpoch"/> of the schedule has
    /// a = α/(1 − β₁ᵗ) in <see cref="Schedule.StepSize"/> and c = 1/√(1 − β₂ᵗ) in
    /// <see cref="Schedule.SecondMomentCorrection"/>.
    /// </summary>
    /// <param name="gradient">(1, n).</param>
    /// <param name="schedule">(steps, <see cref="Schedule.Columns"/>).</param>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    /// <param name="settings">β₁, β₂ and ε.</param>
    /// <param name="firstMoment">m (1, n), updated.</param>
    /// <param name="secondMoment">v (1, n), updated.</param>
    /// <param name="parameters">θ (1, n), updated.</param>
    void Adam(
        View<float> gradient, View<float> schedule, View<int> counters, AdamSettings settings,
        View<float> firstMoment, View<float> secondMoment, View<float> parameters);

    /// <summary>Adds 1 to both counters: the step is over.</summary>
    /// <param name="counters">(1, <see cref="Counter.Count"/>).</param>
    void Advance(View<int> counters);
}
