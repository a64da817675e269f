namespace GpuVae.Bench.Workers;

/// <summary>A convolutional model that other people published, as both libraries train it.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Encoder">Its layers in words, as GpuVae reads them.</param>
/// <param name="Decoder">The same of the decoder.</param>
/// <param name="Latent">Numbers of a code.</param>
public sealed record ConvolutionalModel(string Name, string Encoder, string Decoder, int Latent)
{
    /// <summary>Images of a step.</summary>
    public const int Batch = 128;

    /// <summary>Whether codes are drawn and have a divergence; else it is a plain autoencoder.</summary>
    public bool IsVariational { get; init; } = true;

    /// <summary>What follows each hidden layer.</summary>
    public string Activation { get; init; } = "relu";

    /// <summary>Whether the loss is half the squared error, as of a normal distribution with σ = 1; else it is that of bits.</summary>
    public bool HasSquaredError { get; init; } = true;

    /// <summary>The weight of the divergence.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>σ of normal noise on what the encoder sees, which is clipped to 0 … 1; 0 for none.</summary>
    public double Noise { get; init; }

    /// <summary>Whether parameters are drawn as Keras draws them; else as PyTorch does.</summary>
    public bool StartsAsKeras { get; init; }

    /// <summary>Whether it takes pictures of 64×64 pixels in three colors; else digits of 28×28.</summary>
    public bool TakesPictures { get; init; }

    /// <summary>Images of an epoch that takes seconds.</summary>
    public int DefaultImages { get; init; } = 640;

    /// <summary>What is not as it was published; empty where nothing is.</summary>
    public string Difference { get; init; } = "";

    /// <summary>
    /// The variational autoencoder of Keras's examples, the denoiser of TensorFlow's tutorial, the VanillaVAE of PyTorch-VAE and
    /// the networks for MNIST of pythae's benchmark.
    /// </summary>
    public static IReadOnlyList<ConvolutionalModel> All { get; } =
    [
        new(
            "keras", "conv 32 3/2 pad 1, conv 64 3/2 pad 1, dense 16",
            "7x7x64, up 64 3*2 pad 1+1, up 32 3*2 pad 1+1, up C 3 pad 1", Latent: 2)
        {
            HasSquaredError = false,
            StartsAsKeras = true,
            DefaultImages = 4_000,
        },
        new(
            "tf", "conv 16 3/2 pad 1, conv 8 3/2 pad 1",
            "7x7x8 linear, up 8 3*2 pad 1+1, up 16 3*2 pad 1+1, conv C 3 pad 1 sigmoid", Latent: 16)
        {
            IsVariational = false,
            Noise = 0.2,
            StartsAsKeras = true,
            DefaultImages = 10_000,
            Difference = "its code is a map of 7×7×8; here dense layers make 16 numbers of it and a map of them, which is 3 % more work",
        },
        new(
            "vanilla64",
            "conv 32 3/2 pad 1 norm batch, conv 64 3/2 pad 1 norm batch, conv 128 3/2 pad 1 norm batch, "
                + "conv 256 3/2 pad 1 norm batch, conv 512 3/2 pad 1 norm batch",
            "2x2x512 linear, up 256 3*2 pad 1+1 norm batch, up 128 3*2 pad 1+1 norm batch, up 64 3*2 pad 1+1 norm batch, "
                + "up 32 3*2 pad 1+1 norm batch, up 32 3*2 pad 1+1 norm batch, conv C 3 pad 1 tanh", Latent: 128)
        {
            Activation = "leaky-relu",
            // 0.00025 beside the mean of squares of 3·64·64 numbers.
            Beta = 0.00025 * 3 * 64 * 64 / 2,
            TakesPictures = true,
        },
        new(
            "pythae-mnist",
            "conv 128 4/2 pad 1 norm batch, conv 256 4/2 pad 1 norm batch, conv 512 4/2 pad 1 norm batch, "
                + "conv 1024 4/2 pad 1 norm batch",
            "4x4x1024 linear, up 512 3*2 pad 1 norm batch, up 256 3*2 pad 1+1 norm batch, up C 3*2 pad 1+1 sigmoid",
            Latent: 16),
    ];

    /// <summary>The model of that name; null where there is none.</summary>
    public static ConvolutionalModel? Find(string name) => All.FirstOrDefault(model => model.Name == name);
}
