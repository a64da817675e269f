using System.Runtime.CompilerServices;

namespace GpuVae.Kernels.Cpu;

/// <summary>
/// <see cref="LogisticMixture"/> and <see cref="LogisticMixtureMean"/>. An item is a row. The parameters of a block of numbers are
/// brought into rows of their own, evaluated a vector at a time, and brought back; blocks are added in double precision and in order.
/// </summary>
internal unsafe struct LogisticMixtureKernel
{
    // Numbers of a block.
    private const int Block = 64;

    private const int MostRows = 3 * LogisticMixture.MostComponents;

    // Adding 1.5 · 2²³ to a small number leaves its nearest integer in the low bits of the sum.
    private const float RoundingShift = 12582912f;

    // Below, 1 − e⁻ˣ is made by its series, which loses no digits.
    private const float Narrow = 0.25f;

    public float* Target;
    public float* Outputs;
    public float* Loss;
    public float* Means;
    public int Columns;
    public int Components;
    public int Channels;
    public float GradientScale;

    public static void Run<S, V>(CpuDevice<S, V> device, in LogisticMixture operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new LogisticMixtureKernel
        {
            Target = operation.Target.Pointer(),
            Outputs = operation.Outputs.Pointer(),
            Loss = operation.Loss.Pointer(),
            Columns = operation.Target.Columns,
            Components = operation.Components,
            Channels = operation.Channels,
            GradientScale = operation.GradientScale,
        };
        device.Pool.Run(&Rows<S, V>, &kernel, operation.Target.Rows);
    }

    public static void Run<S, V>(CpuDevice<S, V> device, in LogisticMixtureMean operation)
        where S : ISimd<V>
        where V : unmanaged
    {
        var kernel = new LogisticMixtureKernel
        {
            Outputs = operation.Outputs.Pointer(),
            Means = operation.Means.Pointer(),
            Columns = operation.Means.Columns,
            Components = operation.Components,
            Channels = operation.Channels,
        };
        device.Pool.Run(&MeanRows<S, V>, &kernel, operation.Means.Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly LogisticMixtureKernel kernel = ref *(LogisticMixtureKernel*)context;
        float* target = stackalloc float[Block], parameters = stackalloc float[MostRows * Block];
        float* joints = stackalloc float[LogisticMixture.MostComponents * Block];
        new Span<float>(target, Block).Clear();
        new Span<float>(parameters, MostRows * Block).Clear();
        for (int row = first; row < first + count; row++)
        {
            float* x = kernel.Target + ((long)row * kernel.Columns), outputs = kernel.Outputs + (3L * kernel.Components * row * kernel.Columns);
            double loss = 0;
            for (int begin = 0; begin < kernel.Columns; begin += Block)
            {
                int length = Math.Min(Block, kernel.Columns - begin);
                new Span<float>(x + begin, length).CopyTo(new Span<float>(target, Block));
                kernel.Move(outputs, begin, length, parameters, isBack: false);
                V losses = S.Zero;
                for (int i = 0; i < length; i += S.Lanes)
                {
                    V part = kernel.Evaluate<S, V>(S.Load(target + i), parameters + i, joints);
                    losses = S.Add(losses, length - i < S.Lanes ? S.Select(S.FirstLanes(length - i), part, S.Zero) : part);
                }
                loss += S.Sum(losses);
                kernel.Move(outputs, begin, length, parameters, isBack: true);
            }
            kernel.Loss[row] = (float)loss;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MeanRows<S, V>(void* context, int first, int count, int worker)
        where S : ISimd<V>
        where V : unmanaged
    {
        ref readonly LogisticMixtureKernel kernel = ref *(LogisticMixtureKernel*)context;
        float* parameters = stackalloc float[MostRows * Block];
        new Span<float>(parameters, MostRows * Block).Clear();
        for (int row = first; row < first + count; row++)
        {
            float* outputs = kernel.Outputs + (3L * kernel.Components * row * kernel.Columns);
            for (int begin = 0; begin < kernel.Columns; begin += Block)
            {
                int length = Math.Min(Block, kernel.Columns - begin);
                kernel.Move(outputs, begin, length, parameters, isBack: false);
                for (int i = 0; i < length; i += S.Lanes)
                    VectorStore.Store<S, V>(kernel.Mean<S, V>(parameters + i), length - i, kernel.Means + ((long)row * kernel.Columns) + begin + i);
            }
        }
    }

    /// <summary>Brings the parameters of numbers from <paramref name="begin"/> on into rows of their own, a row for each parameter, or back.</summary>
    private readonly void Move(float* outputs, int begin, int length, float* parameters, bool isBack)
    {
        int rows = 3 * Components, channel = begin % Channels;
        float* pixel = outputs + ((long)rows * (begin - channel));
        for (int i = 0; i < length; i++)
        {
            for (int row = 0; row < rows; row++)
            {
                float* there = pixel + (row * Channels) + channel, here = parameters + (row * Block) + i;
                if (isBack)
                    *there = *here;
                else
                    *here = *there;
            }
            if (++channel == Channels)
            {
                channel = 0;
                pixel += rows * Channels;
            }
        }
    }

    /// <summary>−log P of each lane; its parameters become scale · their gradients.</summary>
    /// <param name="target">x.</param>
    /// <param name="parameters">m, ℓ and λ of the components, <see cref="Block"/> apart.</param>
    /// <param name="joints">Memory for a number of each component.</param>
    private readonly V Evaluate<S, V>(V target, float* parameters, float* joints)
        where S : ISimd<V>
        where V : unmanaged
    {
        V shift = S.Broadcast(RoundingShift), k = S.Subtract(S.MultiplyAdd(target, S.Broadcast(255f), shift), shift);
        float* means = parameters, logits = parameters + (Components * Block), scales = logits + (Components * Block);
        V mostLogit = S.Load(logits), most = S.Zero;
        for (int j = 1; j < Components; j++)
            mostLogit = S.Max(mostLogit, S.Load(logits + (j * Block)));
        for (int j = 0; j < Components; j++)
        {
            V mean = S.Add(S.Load(means + (j * Block)), S.Broadcast(LogisticMixture.StartOf(j, Components)));
            V loss = Component<S, V>(k, mean, S.Load(scales + (j * Block)), out V byMean, out V byScale);
            V joint = S.Subtract(S.Load(logits + (j * Block)), loss);
            S.Store(joint, joints + (j * Block));
            S.Store(byMean, means + (j * Block));
            S.Store(byScale, scales + (j * Block));
            most = j == 0 ? joint : S.Max(most, joint);
        }
        V weights = S.Zero, sum = S.Zero;
        for (int j = 0; j < Components; j++)
        {
            V weight = VectorMath.ExpBelow88<S, V>(S.Subtract(S.Load(logits + (j * Block)), mostLogit));
            V part = VectorMath.ExpBelow88<S, V>(S.Subtract(S.Load(joints + (j * Block)), most));
            S.Store(weight, logits + (j * Block));
            S.Store(part, joints + (j * Block));
            weights = S.Add(weights, weight);
            sum = S.Add(sum, part);
        }
        V perWeight = S.Reciprocal(weights), perSum = S.Reciprocal(sum), scale = S.Broadcast(GradientScale);
        for (int j = 0; j < Components; j++)
        {
            V responsibility = S.Multiply(S.Load(joints + (j * Block)), perSum), scaled = S.Multiply(scale, responsibility);
            V byLogit = S.Subtract(S.Multiply(S.Load(logits + (j * Block)), perWeight), responsibility);
            S.Store(S.Multiply(scaled, S.Load(means + (j * Block))), means + (j * Block));
            S.Store(S.Multiply(scale, byLogit), logits + (j * Block));
            S.Store(S.Multiply(scaled, S.Load(scales + (j * Block))), scales + (j * Block));
        }
        return S.Add(S.Subtract(mostLogit, most), VectorMath.Log<S, V>(S.Multiply(weights, perSum)));
    }

    private readonly V Mean<S, V>(float* parameters)
        where S : ISimd<V>
        where V : unmanaged
    {
        float* logits = parameters + (Components * Block);
        V most = S.Load(logits), weights = S.Zero, sum = S.Zero, one = S.Broadcast(1f);
        for (int j = 1; j < Components; j++)
            most = S.Max(most, S.Load(logits + (j * Block)));
        for (int j = 0; j < Components; j++)
        {
            V weight = VectorMath.ExpBelow88<S, V>(S.Subtract(S.Load(logits + (j * Block)), most));
            V mean = S.Add(S.Load(parameters + (j * Block)), S.Broadcast(LogisticMixture.StartOf(j, Components)));
            sum = S.MultiplyAdd(weight, S.Max(S.Zero, S.Min(one, mean)), sum);
            weights = S.Add(weights, weight);
        }
        return S.Multiply(sum, S.Reciprocal(weights));
    }

    /// <summary>
    /// −log of a component's probability of the byte k, and its slopes by m and λ (<see cref="DiscretizedLogisticKernel"/>, with a scale of
    /// its own for each lane).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Component<S, V>(V k, V mean, V output, out V byMean, out V byScale)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f), zero = S.Zero, logScale = S.Add(output, S.Broadcast(LogisticMixture.StartLogScale));
        V least = S.Broadcast(LogisticMixture.LeastLogScale), most = S.Broadcast(LogisticMixture.MostLogScale);
        V inverse = VectorMath.ExpBelow88<S, V>(S.Negate(S.Max(least, S.Min(most, logScale))));
        V width = S.Multiply(inverse, S.Broadcast(1f / 255f)), half = S.Multiply(width, S.Broadcast(0.5f));
        V decay = VectorMath.ExpBelow88<S, V>(S.Negate(width)), mass = OneMinusExp<S, V>(width, decay);
        V isFirst = S.GreaterThan(S.Broadcast(0.5f), k), isLast = S.GreaterThan(k, S.Broadcast(254.5f));

        // k − 255 μ as (k − 256 μ) + μ, of which only the last is rounded where the two are close.
        V difference = S.Add(S.MultiplyAdd(mean, S.Broadcast(-256f), k), mean);
        V a = S.MultiplyAdd(difference, width, half), b = S.MultiplyAdd(difference, width, S.Negate(half));
        V e = VectorMath.ExpBelow88<S, V>(S.NegativeAbs(a)), sumAbove = S.Add(one, e);
        V above = S.Select(isLast, zero, S.Multiply(S.Select(S.GreaterThan(a, zero), e, one), S.Reciprocal(sumAbove)));
        V f = VectorMath.ExpBelow88<S, V>(S.NegativeAbs(b)), sumBelow = S.Add(one, f);
        V below = S.Select(isFirst, zero, S.Multiply(S.Select(S.GreaterThan(zero, b), f, one), S.Reciprocal(sumBelow)));

        // Of an end only one of the two terms is there, and no mass.
        V factors = S.Multiply(S.Select(isLast, one, sumAbove), S.Select(isFirst, one, sumBelow));
        V perMass = S.Select(isFirst, one, S.Select(isLast, one, S.Reciprocal(mass)));
        V loss = S.Add(S.Select(isLast, zero, S.Max(zero, S.Negate(a))), S.Select(isFirst, zero, S.Max(zero, b)));
        loss = S.Add(loss, VectorMath.Log<S, V>(S.Multiply(factors, perMass)));

        byMean = S.Multiply(inverse, S.Subtract(above, below));
        V ofWidth = S.Select(isFirst, zero, S.Select(isLast, zero, S.Multiply(S.Multiply(width, decay), perMass)));
        V slope = S.MultiplyAdd(a, above, S.MultiplyAdd(S.Negate(b), below, ofWidth));
        slope = S.Select(S.GreaterThan(logScale, most), S.Max(zero, slope), slope);
        byScale = S.Select(S.GreaterThan(least, logScale), S.Min(zero, slope), slope);
        return loss;
    }

    /// <summary>1 − e⁻ˣ for x ≥ 0, given e⁻ˣ: its series where x is small and the difference would lose digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V OneMinusExp<S, V>(V x, V decay)
        where S : ISimd<V>
        where V : unmanaged
    {
        V one = S.Broadcast(1f), series = S.MultiplyAdd(x, S.Broadcast(-1f / 6f), one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(-1f / 5f)), series, one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(-1f / 4f)), series, one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(-1f / 3f)), series, one);
        series = S.MultiplyAdd(S.Multiply(x, S.Broadcast(-0.5f)), series, one);
        return S.Select(S.GreaterThan(S.Broadcast(Narrow), x), S.Multiply(x, series), S.Subtract(one, decay));
    }
}
