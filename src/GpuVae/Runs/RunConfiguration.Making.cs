using System.Reflection;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Runs;

/// <content>What the settings make: the parts of a model and of its training, and a configuration that fits the data.</content>
public sealed partial record RunConfiguration
{
    /// <summary>The version of GpuVae that runs.</summary>
    public static string Version { get; } =
        typeof(RunConfiguration).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <summary>What the encoder is to see.</summary>
    internal CorruptionChoice CorruptionChoice =>
        Making.Of("--corruption", Corruption, () => Registry.Corruptions.Find(Corruption));

    /// <summary>What a step needs to know of this.</summary>
    internal TrainerSettings TrainerSettings => new(Batch, LearningRate, Seed)
    {
        Adam = new AdamSettings((float)AdamBeta1, (float)AdamBeta2, (float)AdamEpsilon),
        Schedule = Making.Of("--schedule", Schedule, () => Registry.LearningRateSchedules.Find(Schedule)(this)),
        WeightDecay = WeightDecay,
        ClipNorm = ClipNorm,
        Encoding = Registry.Encodings.Find(Binarize),
        Augmentation = Augmentation,
        StepsPerLaunch = StepsPerLaunch ?? 0,
    };

    /// <summary>What is done to training examples at random; the default is nothing.</summary>
    internal Augmentation Augmentation => Augment is null ? default : AugmentationText.Parse(Augment);

    /// <summary>What stands between the numbers of a file and those that the model takes.</summary>
    public Pipeline CreatePipeline() => new()
    {
        Scaling = new Scaling(Scale, ScaleOffsets, ScaleFactors),
        ColumnNames = ColumnNames,
        DecimalMark = DecimalMark?[0],
        Missing = Registry.MissingCells.Find(Missing),
        FillValues = FillValues,
        MasksMissing = MaskMissing,
        Categories = Categories,
        MaskedColumns = MaskedColumns,
    };

    private static IReadOnlyList<string> DatasetNames => Datasets.Names;

    private static IReadOnlyList<string> NetworkWords =>
        [.. Registry.NetworkLayers.Select(word => $"{word.Value.Usage} = {word.Summary}"), "HxWxC = a map of that size"];

    private static IReadOnlyList<string> AugmentationWords => AugmentationText.Words;

    private static IReadOnlyList<string> FormatSummaries => DataFormats.Summaries;

    /// <summary>The defaults with a preset's choices filled in.</summary>
    /// <exception cref="UserException">There is no such preset.</exception>
    public static RunConfiguration FromPreset(string name) =>
        Making.Of("--preset", name, () => Registry.Presets.Find(name)(new RunConfiguration())) with { Preset = name };

    /// <summary>
    /// What <see cref="WriteJson"/> wrote. A property that is not there has its default, as in the file of an older
    /// version; one that is unknown, there twice or of the wrong kind is refused.
    /// </summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="UserException">It is not such JSON, or <see cref="Validate"/> refuses what it says.</exception>
    public static RunConfiguration ReadJson(ReadOnlySpan<byte> json, string source) =>
        RunConfigurationJson.Read(json, source);

    /// <summary>Writes everything, the version and the effective β as one JSON object with snake_case names.</summary>
    public void WriteJson(Utf8JsonWriter json) => RunConfigurationJson.Write(json, this);

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="UserException">One line that names the option and what it may be.</exception>
    public void Validate() => Settings.Validate(this);

    /// <summary>What <see cref="Datasets.Open(DataSettings, IProgress{DownloadProgress}?)"/> needs to know of this.</summary>
    public DataSettings ToDataSettings() => new()
    {
        Data = Data,
        LabelColumn = LabelColumn,
        ImageSize = ImageSize is null ? null : GpuVae.Data.ImageSize.Parse(ImageSize),
        Coloured = Registry.Colors.Find(Color) == 3,
        Header = Registry.Headers.Find(Header),
        Drop = Drop,
        Columns = Columns,
        Categorical = Categorical,
        Array = Array,
        Background = Background,
        SkipDamaged = SkipDamaged,
        Cache = Cache,
        DataMemory = DataMemory is null ? null : ByteSize.Parse("--data-memory", DataMemory),
        TrainLabels = TrainLabels,
        Limit = Limit,
        Pipeline = CreatePipeline(),
        HoldOut = HoldOut,
        TrainsOnAll = TrainOnAll,
        Seed = Seed,
    };

    /// <summary>
    /// The configuration for data that was read by it: with what the pipeline found, and with the likelihood that fits the
    /// numbers where nobody has chosen one.
    /// </summary>
    /// <param name="data">The data.</param>
    /// <param name="choosesLikelihood">Whether the likelihood has been chosen, by its option or by a preset.</param>
    /// <exception cref="UserException">
    /// The likelihood gives the numbers no probability, or the examples cannot be augmented or corrupted as this says.
    /// </exception>
    public RunConfiguration For(Dataset data, bool choosesLikelihood)
    {
        ArgumentNullException.ThrowIfNull(data);
        var values = ValueCheck.Of(data.Train);
        RunConfiguration fitted = this with
        {
            Likelihood = choosesLikelihood ? Likelihood : values.Likelihood,
            ScaleOffsets = [.. data.Pipeline.Scaling.Offsets],
            ScaleFactors = [.. data.Pipeline.Scaling.Factors],
            ColumnNames = [.. data.Pipeline.ColumnNames],
            DecimalMark = data.Pipeline.DecimalMark?.ToString(),
            FillValues = [.. data.Pipeline.FillValues],
            Categories = [.. data.Pipeline.Categories],
            MaskedColumns = [.. data.Pipeline.MaskedColumns],
            DataMemory = data.Train.Stream is { } stream ? ByteSize.Text(stream.Memory) : DataMemory,
        };
        fitted.RequireFit(Data, values);
        // A test part on another scale would have a loss without bound.
        fitted.RequireFit($"{Data}: test part", ValueCheck.Of(data.Test));
        if (Ssim > 0)
            SimilarityTerm.RequirePicture(data.Train.Shape);
        RequirePlaces(data.Train);
        if (CorruptionChoice.NeedsUnitRange && (values.Least < 0 || values.Most > 1))
        {
            throw new UserException(FormattableString.Invariant(
                $"{Data}: --corruption {Corruption} stays within 0 … 1, and these numbers go from {values.Least:G4} to ")
                + FormattableString.Invariant($"{values.Most:G4}; bring them there with --scale min-max, or take --corruption ")
                + (CorruptionChoice.NeedsPlaces ? "cut-paste" : "additive"));
        }
        if (Augment is not null)
            AugmentationText.Require(Augment, Data, data.Train, isShaped: ImageSize is not null);
        return fitted;
    }

    /// <summary>Refuses defects in the rows of a table: numbers beside each other have nothing to do with each other there.</summary>
    private void RequirePlaces(ImageSet examples)
    {
        bool isTable = examples.Height == 1 && (examples.Groups.Count > 0 || (examples.ColumnNames is not null && ImageSize is null));
        if (CorruptionChoice.NeedsPlaces && isTable)
        {
            throw new UserException(
                $"{Data}: --corruption {Corruption} puts a defect into a picture, and each column of a table means something of its own; "
                + "take --corruption masking"
                + (examples.Groups.Count > 0 ? "" : $", or say with --image-size 1x{examples.Width} that a row is a series"));
        }
    }

    /// <summary>Whether the likelihood is a probability of bytes: see <see cref="ILikelihood.IsOfBytes"/>.</summary>
    public bool IsOfBytes() => CreateNumbersLikelihood().IsOfBytes;

    /// <summary>Refuses examples that the likelihood gives no probability.</summary>
    /// <param name="source">The data, for the message.</param>
    /// <param name="values">A look at them.</param>
    /// <exception cref="UserException">They are no bytes, or outside 0 … 1, and the likelihood is for such.</exception>
    public void RequireFit(string source, ValueCheck values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (IsOfBytes())
            values.RequireBytes(source, Likelihood);
        values.RequireRange(source, Likelihood, Binarize);
        // The constants of SSIM are made for these.
        if (Ssim > 0 && (values.Least < 0 || values.Most > 1))
        {
            throw new UserException(FormattableString.Invariant(
                $"{source}: --ssim compares pictures of numbers within 0 … 1, and these go from {values.Least:G4} to {values.Most:G4}; ")
                + "bring them there with --scale min-max, or leave --ssim out");
        }
    }

    /// <summary>
    /// The configuration with as many epochs as make <see cref="EnoughSteps"/> steps, measured ten times: ten epochs of a table of
    /// some hundred rows are a few dozen steps, which leave a model about as it was drawn.
    /// </summary>
    /// <param name="examples">Training examples.</param>
    /// <returns>The same where the epochs are enough.</returns>
    public RunConfiguration WithEnoughSteps(int examples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(examples);
        int steps = (int)(((long)examples + Batch - 1) / Batch);
        int epochs = (EnoughSteps + steps - 1) / steps;
        return epochs <= Epochs ? this : this with { Epochs = epochs, EvaluateEvery = Math.Max(EvaluateEvery, epochs / 10) };
    }

    /// <summary>What is minimised.</summary>
    /// <param name="stepsPerEpoch">For a β that rises over epochs; without it β has risen.</param>
    public IObjective CreateObjective(int stepsPerEpoch = 0) =>
        Making.Of("--objective", Objective, () => Registry.Objectives.Find(Objective)(new ObjectiveSettings(
            Beta, Samples, FreeBits, (long)Math.Ceiling(WarmUp * stepsPerEpoch), Registry.Divergences.Find(Divergence))));

    /// <summary>What the encoder's outputs mean.</summary>
    public ICode CreateCode() =>
        Making.Of("--code", Code, () => Registry.Codes.Find(Code)(new CodeSettings(Latent, CodeNoise)));

    /// <summary>What the decoder's outputs mean.</summary>
    /// <param name="dimensions">D, how many there are.</param>
    internal ILikelihood CreateLikelihood(int dimensions)
    {
        ILikelihood numbers = CreateNumbersLikelihood();
        int[] groups = new OneHot(CreatePipeline()).Groups;
        if (groups.Length == 0)
            return numbers;
        int columns = CreatePipeline().TableColumns(dimensions);
        if (columns < Categories.Length || Categories.Any(category => category.Column >= columns)
            || MaskedColumns.Any(column => column >= columns))
        {
            throw new UserException($"categories, masked_columns: these are more columns than an example of {dimensions} numbers has");
        }
        return new MixedLikelihood(numbers, dimensions - groups.Sum(), groups);
    }

    /// <summary>What the decoder's outputs mean for numbers that are no category.</summary>
    internal ILikelihood CreateNumbersLikelihood() => Making.Of(
        "--likelihood", Likelihood,
        () => Registry.Likelihoods.Find(Likelihood).Create(new ScaleSettings(Sigma, SigmaIsLearned)));

    /// <summary>The layers of encoder and decoder.</summary>
    public NetworkSettings CreateNetwork()
    {
        ILayer Following() => Making.Of("--activation", Activation, Registry.Layers.Find(Activation));
        NetworkSettings network = Network is null
            ? NetworkSettings.Dense(Hidden, Following)
            : new NetworkSettings(NetworkText.Parse(Network), Following);
        return network with
        {
            Decoder = Decoder is null ? null : NetworkText.Parse(Decoder, "--decoder"),
            ParametersPerNumber = CreateNumbersLikelihood().ParametersPerNumber,
        };
    }

    /// <summary>What each layer gives and costs, from an image to its code and back.</summary>
    /// <param name="image">An image.</param>
    /// <exception cref="UserException">A layer cannot take what the one before it gives, or the model is too large to be counted.</exception>
    public IReadOnlyList<PlannedLayer> PlanLayers(Shape image)
    {
        ICode code = CreateCode();
        return Blaming(() => CreateNetwork().Plan(code.HeadWidth, code.Units, image));
    }

    /// <summary>What is trained, in one line: the sizes or words of the layers, the activation, the code and the likelihood.</summary>
    /// <param name="image">An image.</param>
    public string DescribeModel(Shape image)
    {
        IEnumerable<int> widths = [image.Size, .. Hidden, Latent, .. Hidden.Reverse(), CreateNetwork().Outputs(image).Size];
        string network = Network is null && Decoder is null
            ? string.Join('-', widths)
            : $"{image}: {Network ?? string.Join(", ", Hidden.Select(width => $"dense {width}"))} | {Latent} | {Decoder ?? "mirrored"},";
        return $"{network} {Activation}, {Code} code, {Likelihood} likelihood";
    }

    /// <summary>Makes layers; where they are too large, the option that says what they are is to blame.</summary>
    internal T Blaming<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ModelTooLargeException exception) when (Network is not null)
        {
            throw exception.Blaming("--network");
        }
    }

    /// <summary>The largest batch that a trained model is measured and used in, so that its figures do not depend on who asks.</summary>
    /// <remarks>
    /// Convolutions keep some hundred thousand numbers of an image, so that batches larger than those of training may not fit.
    /// </remarks>
    internal int EvaluationBatch => Network is null ? LargestEvaluationBatch : Math.Min(Batch, LargestEvaluationBatch);

    /// <summary>What the encoder sees of images.</summary>
    internal ICorruption CreateCorruption() =>
        Making.Of("--corruption", Corruption, () => CorruptionChoice.Create(Noise));

    /// <summary>Whether the run is measured after an epoch, from 1.</summary>
    internal bool Measures(int epoch) => epoch == Epochs || MeasuresRegularly(epoch);

    /// <summary>Whether it would be even if that were not the last.</summary>
    internal bool MeasuresRegularly(int epoch) => epoch % EvaluateEvery == 0;

    private static void CheckImageSize(string text) => GpuVae.Data.ImageSize.Parse(text);

    private static void CheckDataMemory(string text) => ByteSize.Parse("--data-memory", text);

    private static void CheckBackground(string text) => Imaging.PictureBackground.Parse(text);

    private static void CheckDecimalMark(string text)
    {
        if (text is not ("." or ","))
            throw new UserException($"decimal_mark {QuotedText.Excerpt(text)}: a point or a comma stands before decimals");
    }

    private static void CheckAugment(string text) => AugmentationText.Parse(text);

    private static void CheckNetwork(string text) => NetworkText.Parse(text);

    private static void CheckDecoder(string text) => NetworkText.Parse(text, "--decoder");

    private static void CheckInterval(string text) => CheckpointInterval.Parse(text);
}
