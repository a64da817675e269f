using System.Text.Encodings.Web;
using System.Text.Json;
using GpuVae.Data;
using GpuVae.Evaluation;
using GpuVae.Files;
using GpuVae.Runs;

namespace GpuVae.Reports;

/// <summary>
/// The data of a page as one JSON object, for its script and for others: <c>{"schema": "gpuvae-report", "version": 1, "runs": […],
/// "differences": […]}</c>. Numbers that are not finite are null; many numbers are <see cref="PackedNumbers"/>. It stands in a script
/// element, so that &lt;, &gt; and &amp; are written as escapes.
/// </summary>
internal static class ReportJson
{
    /// <summary>Counts up where what is there changes its meaning.</summary>
    public const int Version = 1;

    // The axis of the curves, and what only the machine has a say in.
    private static readonly string[] _noCurve = [MetricNames.Epoch, MetricNames.Seconds];

    // Figures that many runs never change.
    private static readonly string[] _mayStay = [MetricNames.Kl, MetricNames.LearningRate, MetricNames.EffectiveBeta, MetricNames.ActiveUnits];

    /// <summary>Writes it.</summary>
    public static void Write(Stream stream, IReadOnlyList<RunReport> runs, ServedReport served)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default });
        json.WriteStartObject();
        json.WriteString("schema", "gpuvae-report");
        json.WriteNumber("version", Version);
        json.WriteString("made_by", $"GpuVae {RunConfiguration.Version}");
        if (served != ServedReport.None)
            json.WriteString("served", JsonNamingPolicy.SnakeCaseLower.ConvertName($"{served}"));
        json.WriteStartArray("runs");
        foreach (RunReport run in runs)
            Write(json, run, served);
        json.WriteEndArray();
        WriteDifferences(json, runs);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, RunReport run, ServedReport served)
    {
        MeasuredModel? model = run.Model;
        json.WriteStartObject();
        json.WriteString("name", run.Name);
        json.WriteString("model", model?.Description ?? run.Start?.Model);
        json.WriteFinite("parameters", model?.Parameters ?? run.Start?.Parameters);
        json.WriteString("data", run.DataDescription);
        json.WriteString("example", run.Example);
        json.WriteString("device", run.Configuration.Device);
        json.WriteString("trained_with", run.TrainedWith);
        json.WriteString("measured_with", model?.Device);
        json.WriteString("measured_on", model?.MeasuredOn);
        json.WriteString("weights", model?.Weights);
        json.WriteFinite("weights_epoch", model?.Epoch);
        json.WriteNumber("epochs_asked", run.Configuration.Epochs);
        json.WriteString("command", TrainingCommand.Of(run.Configuration));
        json.WriteStartArray("verdict");
        foreach (VerdictSentence sentence in run.Verdict)
        {
            json.WriteStartObject();
            json.WriteString("kind", JsonNamingPolicy.SnakeCaseLower.ConvertName($"{sentence.Kind}"));
            json.WriteString("text", sentence.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WritePropertyName("settings");
        run.Configuration.WriteJson(json);
        WriteFigures(json, run);
        WriteEpochs(json, run);
        WritePictures(json, run.Pictures);
        if (model is not null)
            Write(json, model, model.Figures, served);
        else if (run.Epochs is [.., { UnitKl: { } divergences }])
            WriteUnits(json, divergences);
        if (run.Detection is not null)
            DetectionJson.Write(json, run, run.Detection);
        json.WriteEndObject();
    }

    /// <summary>The evaluation on test data; without one, the last epoch's.</summary>
    private static void WriteFigures(Utf8JsonWriter json, RunReport run)
    {
        EvaluationReport? figures = run.Model?.Figures;
        EpochMetrics? last = run.Epochs.Count > 0 ? run.Epochs[^1] : null;
        json.WriteStartObject("figures");
        json.WriteFinite("test_loss", last?.TestLoss);
        json.WriteFinite("train_loss", last?.TrainLoss);
        json.WriteFinite("reconstruction", figures?.Reconstruction ?? last?.Reconstruction);
        json.WriteFinite("kl", figures is null ? last?.Kl : figures.Divergence);
        json.WriteFinite("elbo", figures?.Elbo);
        json.WriteFinite("bits_per_dimension", figures?.BitsPerDimension ?? last?.BitsPerDimension);
        json.WriteFinite("mean_squared_error", figures?.MeanSquaredError);
        json.WriteFinite("active_units", figures?.Use.ActiveUnits);
        json.WriteFinite("seconds", run.Epochs.Count > 0 ? run.Epochs.Sum(epoch => epoch.Seconds) : null);
        json.WriteEndObject();
    }

    private static void WriteEpochs(Utf8JsonWriter json, RunReport run)
    {
        json.WriteStartObject("epochs");
        json.WriteNumbers("epoch", run.Epochs.Select(epoch => (double)epoch.Epoch));
        json.WriteFinite("best", run.Best?.Epoch);
        json.WriteStartObject("series");
        foreach (string name in run.Epochs.SelectMany(epoch => epoch.Figures).Select(figure => figure.Key).Distinct().Where(name => !_noCurve.Contains(name)))
        {
            double[] values = [.. run.Epochs.Select(epoch => epoch.Figure(name) ?? double.NaN)];
            if (!_mayStay.Contains(name) || values.Distinct().Count() > 1 || (name == MetricNames.Kl && values[0] != 0))
                json.WriteNumbers(name, values);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePictures(Utf8JsonWriter json, EpochPictures pictures)
    {
        json.WriteStartObject("pictures");
        json.WriteNumber("epochs_found", pictures.Found);
        json.WriteStartArray("kept");
        foreach (EpochPicture picture in pictures.Kept)
        {
            json.WriteStartObject();
            json.WriteString("kind", picture.Kind);
            json.WriteNumber("epoch", picture.Epoch);
            json.WriteBase64String("png", picture.Png);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Of a run without weights: what the last epoch measured.</summary>
    private static void WriteUnits(Utf8JsonWriter json, IReadOnlyList<float> divergences)
    {
        json.WriteStartArray("units");
        foreach (float divergence in divergences)
        {
            json.WriteStartObject();
            json.WriteFinite("kl", divergence);
            json.WriteNull("variance");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, MeasuredModel model, EvaluationReport? figures, ServedReport served)
    {
        json.WriteStartArray("shape");
        foreach (int side in (int[])[model.Shape.Height, model.Shape.Width, model.Shape.Channels])
            json.WriteNumberValue(side);
        json.WriteEndArray();
        json.WriteBoolean("has_prior", model.HasPrior);
        json.WriteStartArray("units");
        for (int unit = 0; unit < model.Centre.Length; unit++)
        {
            json.WriteStartObject();
            json.WriteFinite("kl", figures?.Use.Divergences?[unit]);
            json.WriteFinite("variance", figures?.Use.Variances[unit]);
            json.WriteNumber("centre", model.Centre[unit]);
            json.WriteNumber("deviation", model.Deviation[unit]);
            json.WriteNumbers("quantiles", model.Quantiles[unit].Select(value => Math.Round(value, 4)));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteShown(json, model);
        if (model.Decoder is null)
            json.WriteString("why_no_decoder", served == ServedReport.None ? model.WhyNoDecoder : null);
        else
            model.Decoder.Write(json, "decoder");
        if (model.Map is LatentMap map)
            WriteMap(json, model, map);
    }

    /// <summary>How numbers of the model are shown: pixels in 0 … 1 are (x / factor + offset) / white, or its exponential.</summary>
    private static void WriteShown(Utf8JsonWriter json, MeasuredModel model)
    {
        Scaling scaling = model.Pipeline.Scaling;
        bool isScaled = model.Shape.Height > 1 && scaling.Offsets.Count > 0 && !scaling.StaysInUnitRange;
        json.WriteStartObject("shown");
        json.WriteNumbers("offsets", isScaled ? scaling.Offsets : []);
        json.WriteNumbers("factors", isScaled ? scaling.Factors : []);
        json.WriteBoolean("logarithm", isScaled && scaling.TakesLogarithms);
        json.WriteNumber("white", isScaled && model.Map is LatentMap map ? Pipeline.WhiteOf(model.Pipeline.Invert(Numbers(map.Examples), map.Examples.Dimensions)) : 1);
        json.WriteTexts("columns", model.Pipeline.Categories.Count > 0 ? [] : model.Pipeline.ColumnNames);
        TableJson.Write(json, model);
        json.WriteEndObject();
    }

    private static void WriteMap(Utf8JsonWriter json, MeasuredModel model, LatentMap map)
    {
        ImageSet examples = map.Examples;
        json.WriteStartObject("map");
        json.WriteNumber("count", examples.Count);
        json.WriteNumbers("places", map.Places.Select(place => (double)place));
        if (examples.ExampleNames is not null)
            json.WriteTexts("names", examples.ExampleNames);
        if (examples.Labels is not null)
        {
            json.WriteNumbers("labels", examples.Labels.Select(label => (double)label));
            json.WriteTexts("label_names", examples.LabelNames!);
        }
        json.WriteHalf("codes", map.Codes);
        json.WriteStartArray("axes");
        foreach (MapAxis axis in map.Axes)
        {
            json.WriteStartObject();
            json.WriteString("label", axis.Label);
            json.WriteSingle("values", axis.Values);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("pictured", map.Pictured);
        WriteExamples(json, "originals", model, Numbers(examples.Take(map.Pictured)));
        if (model.Reconstructions is not null)
            WriteExamples(json, "reconstructions", model, model.Reconstructions);
        json.WriteEndObject();
    }

    /// <summary>Pictures as bytes, as a PNG file would have them; rows as the model has them.</summary>
    private static void WriteExamples(Utf8JsonWriter json, string name, MeasuredModel model, float[] values)
    {
        if (model.Shape.Height == 1)
        {
            json.WriteHalf(name, values);
            return;
        }
        float[] pictures = model.Pipeline.ToPictures(values, model.Shape.Height * model.Shape.Width * model.Shape.Channels);
        json.WritePacked(name, Array.ConvertAll(pictures, PixelBytes.Of));
    }

    private static float[] Numbers(ImageSet examples)
    {
        var numbers = new float[examples.Count * examples.Dimensions];
        examples.CopyTo(0, numbers);
        return numbers;
    }

    /// <summary>The settings that differ between runs, as a person types them.</summary>
    private static void WriteDifferences(Utf8JsonWriter json, IReadOnlyList<RunReport> runs)
    {
        json.WriteStartArray("differences");
        RunConfiguration[] configurations = [.. runs.Select(run => run.Configuration)];
        foreach (Setting setting in Settings.Differing(configurations).Where(setting => setting.IsOption))
        {
            json.WriteStartObject();
            json.WriteString("setting", setting.Option);
            json.WriteTexts("values", runs.Select(run => setting.Text(run.Configuration)));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
