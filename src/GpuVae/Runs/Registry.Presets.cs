namespace GpuVae.Runs;

/// <content>Starting points.</content>
public static partial class Registry
{
    /// <summary>Starting points: what each preset makes of the defaults.</summary>
    public static RegistryTable<Func<RunConfiguration, RunConfiguration>> Presets { get; } = new("--preset")
    {
        { "vae", defaults => defaults, "variational autoencoder" },
        {
            "ae",
            defaults => defaults with { Code = "point", Likelihood = "gaussian", Objective = "reconstruction" },
            "autoencoder"
        },
        { "beta-vae", defaults => defaults with { Beta = 4 }, "VAE with more regular codes" },
        { "iwae", defaults => defaults with { Objective = "iwae", Samples = 5 }, "VAE with a tighter bound" },
        {
            "denoise",
            defaults => defaults with
            {
                Corruption = "gaussian",
                Code = "point",
                Likelihood = "gaussian",
                Objective = "reconstruction",
                Hidden = [512],
                Latent = 64,
            },
            "denoising autoencoder"
        },
        {
            "hash",
            defaults => defaults with
            {
                Code = "binary",
                Objective = "reconstruction",
                Hidden = [512],
                Latent = 64,
                LearningRate = 2e-3,
            },
            "codes of bits for search"
        },
        {
            "anomaly",
            defaults => defaults with
            {
                Scale = "auto",
                Corruption = "additive",
                Noise = 0.05,
                Code = "point",
                Likelihood = "gaussian",
                Objective = "reconstruction",
                Hidden = [128],
                Latent = 16,
                Activation = "gelu",
                Batch = 64,
            },
            "autoencoder for rare examples"
        },
        {
            "conv-vae", defaults => defaults with { Network = "convs 32 3/2, dense 256" }, "VAE with convolutions, for pictures"
        },
        {
            "conv-ae",
            defaults => defaults with
            {
                Code = "point", Likelihood = "gaussian", Objective = "reconstruction", Network = "convs 32 3/2, dense 256",
            },
            "autoencoder with convolutions"
        },
        {
            "conv-denoise",
            defaults => defaults with
            {
                Corruption = "gaussian",
                Code = "point",
                Likelihood = "gaussian",
                Objective = "reconstruction",
                Network = "convs 32 3/2",
                Latent = 128,
            },
            "denoising autoencoder with convolutions"
        },
        {
            "conv-vae-64",
            defaults => defaults with
            {
                Network = "convs 32 4/2 norm batch",
                Activation = "leaky-relu",
                Latent = 128,
                ImageSize = "64",
                Color = "rgb",
                // Folders are small, and it is steps that bring the colours.
                Batch = 32,
                Epochs = 20,
            },
            "VAE for colour pictures, drawn at 64×64 in rgb, for 20 epochs in batches of 32"
        },
    };
}
