using System.Text.Json;
using GpuVae.Data;
using GpuVae.Files;
using GpuVae.Kernels;
using GpuVae.Models;

namespace GpuVae.Evaluation;

/// <summary>What a trained model is worth on a set of images. Losses are in nats per image.</summary>
/// <param name="Images">N.</param>
/// <param name="Dimensions">D, the numbers of an image, a category counting as one.</param>
/// <param name="Reconstruction">−log p(x | z), z drawn once for each image where a code is drawn.</param>
/// <param name="Divergence">KL(q(z | x) ‖ p(z)), or null for a code without one.</param>
/// <param name="MeanSquaredError">Of the pictures of mean codes, for each number of an image.</param>
/// <param name="Use">What becomes of each unit of the code.</param>
/// <param name="Importance">The estimate of −log p(x), or null where none was asked for.</param>
public sealed record EvaluationReport(
    int Images, int Dimensions, double Reconstruction, double? Divergence, double MeanSquaredError, CodeUse Use,
    ImportanceEstimate? Importance)
{
    /// <summary>
    /// Structural similarity of the pictures of drawn codes, by its name in metrics, of a model whose loss has a term of it: that term
    /// is in none of the other numbers. Null for another model.
    /// </summary>
    public KeyValuePair<string, double>? Similarity { get; init; }

    /// <summary>The likelihood's scale where it was learned; see <see cref="Autoencoder.LearnedScale"/>. Null elsewhere.</summary>
    public double? Sigma { get; init; }

    /// <summary>E_q[log p(x | z)] − KL with β = 1, a lower bound of log p(x); null for a code without a divergence.</summary>
    public double? Elbo => Divergence is double divergence ? -(Reconstruction + divergence) : null;

    /// <summary>The bound on −log p(x) for each number of an image, in bits: nats / (D log 2).</summary>
    public double BitsPerDimension =>
        (Importance?.NegativeLogLikelihood ?? -Elbo ?? Reconstruction) / (Dimensions * Math.Log(2));

    /// <summary>Measures.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="trained">The model.</param>
    /// <param name="images">N of them, of the model's size.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="samples">K of the importance sampling; 0 for none.</param>
    /// <param name="progress">Is told how many images the importance sampling has done.</param>
    public static EvaluationReport Measure(
        IDevice device, TrainedModel trained, ImageSet images, ulong seed, int samples, Action<int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(trained);
        ArgumentNullException.ThrowIfNull(images);
        using var evaluator = new Evaluator(device, trained.Model, images, seed, trained.Encoding);
        LossValues loss = evaluator.Loss();
        double error = evaluator.MeanSquaredError();

        using var codec = new Codec(device, trained.Model, trained.Encoding, seed);
        CodeUse use = codec.Use(images);
        ImportanceEstimate? importance = null;
        if (samples > 0)
        {
            using var sampler = new ImportanceSampler(device, trained.Model, trained.Encoding, seed);
            importance = sampler.Estimate(images, samples, progress);
        }
        return new EvaluationReport(
            images.Count, images.Variables, loss.Reconstruction, use.Divergences is null ? null : loss.Divergence, error, use,
            importance)
        {
            Sigma = trained.Model.LearnedScale(),
            Similarity = trained.Model.Similarity is SimilarityTerm similarity
                ? KeyValuePair.Create(similarity.Term.Name, loss[similarity.Term])
                : null,
        };
    }

    /// <summary>Writes everything into a file, as one JSON object with snake_case names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="run">Which run was measured.</param>
    /// <param name="data">On what.</param>
    /// <exception cref="UserException">The file cannot be written.</exception>
    public void WriteJson(string path, string run, string data) =>
        JsonFile.Write(path, json => WriteJson(json, run, data));

    /// <summary>The same, into what somebody else writes.</summary>
    /// <param name="json">Takes one object.</param>
    /// <param name="run">Which run was measured.</param>
    /// <param name="data">On what.</param>
    /// <param name="writeMore">Writes further figures into the object; null for none.</param>
    public void WriteJson(Utf8JsonWriter json, string run, string data, Action<Utf8JsonWriter>? writeMore = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("run", run);
        json.WriteString("data", data);
        json.WriteNumber("images", Images);
        json.WriteNumber("dimensions", Dimensions);
        json.WriteFinite("reconstruction", Reconstruction);
        json.WriteFinite("kl", Divergence);
        json.WriteFinite("elbo", Elbo);
        json.WriteFinite("nll", Importance?.NegativeLogLikelihood);
        json.WriteFinite("nll_standard_error", Importance?.StandardError);
        json.WriteFinite("nll_samples", Importance?.Samples);
        json.WriteFinite("bits_per_dimension", BitsPerDimension);
        json.WriteFinite("mean_squared_error", double.IsNaN(MeanSquaredError) ? null : MeanSquaredError);
        if (Similarity is (string name, double similarity))
            json.WriteFinite(name, similarity);
        if (Sigma is double sigma)
            json.WriteFinite("sigma", sigma);
        writeMore?.Invoke(json);
        json.WriteNumber("active_units", Use.ActiveUnits);
        json.WriteStartArray("units");
        for (int unit = 0; unit < Use.Variances.Count; unit++)
        {
            json.WriteStartObject();
            json.WriteFinite("kl", Use.Divergences?[unit]);
            json.WriteFinite("variance", Use.Variances[unit]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
