using System.Text.Json;
using System.Text.Json.Nodes;

namespace GpuVae.Runs;

/// <summary>What keeps a run from going on under another configuration.</summary>
public static class RunDifference
{
    // A run may get more epochs, wait longer or save more often; and its data are known by their fingerprint, so that
    // the folder that they lie in may have moved.
    private static readonly string[] _changeable =
        ["gpuvae_version", "epochs", "patience", "checkpoint_every", "data", "data_fingerprint"];

    /// <summary>Refuses a configuration under which a run would not end as if it had never stopped.</summary>
    /// <param name="run">What it began with.</param>
    /// <param name="asked">What it is to go on with.</param>
    /// <param name="source">Where <paramref name="run"/> stands, for the message.</param>
    /// <exception cref="UserException">They differ; the message names the first difference.</exception>
    public static void Require(RunConfiguration run, RunConfiguration asked, string source)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(asked);
        if (run.DataFingerprint is string before && asked.DataFingerprint is string after && before != after)
        {
            throw new UserException(
                $"--data {asked.Data}: not the images that the run began with (fingerprint {after}, and {before} in "
                + $"{source}); give the data set of before with --data");
        }
        JsonObject began = RunConfigurationJson.ToNode(run), now = RunConfigurationJson.ToNode(asked);
        foreach ((string name, JsonNode? value) in began)
        {
            if (!_changeable.Contains(name) && !JsonNode.DeepEquals(value, now[name]))
            {
                throw new UserException(
                    $"{Option(name)} {Text(now[name])}: the run began with {Text(value)} ({source}), and goes on as it "
                    + "began; start another run for another choice");
            }
        }
        if (asked.Epochs < run.Epochs)
        {
            throw new UserException(
                $"--epochs {asked.Epochs}: the run is to have {run.Epochs} ({source}); they may only become more");
        }
        ILearningRateSchedule rates = run.TrainerSettings.Schedule, newRates = asked.TrainerSettings.Schedule;
        if (Enumerable.Range(1, run.Epochs).Any(epoch => rates.RateAt(epoch, 0.5) != newRates.RateAt(epoch, 0.5)))
        {
            throw new UserException(
                $"--epochs {asked.Epochs}: the learning rates of the run were made for {run.Epochs} epochs ({source}); "
                + "start another run for more");
        }
    }

    /// <summary>Whether two configurations are written the same.</summary>
    public static bool AreEqual(RunConfiguration one, RunConfiguration other) =>
        JsonNode.DeepEquals(RunConfigurationJson.ToNode(one), RunConfigurationJson.ToNode(other));

    private static string Option(string name) => $"--{name.Replace('_', '-')}";

    private static string Text(JsonNode? value) => value switch
    {
        null => "nothing",
        JsonArray list => string.Join(',', list.Select(Text)),
        JsonValue text when text.GetValueKind() == JsonValueKind.String => JsonEncodedText.Encode((string)text!).ToString(),
        _ => value.ToJsonString(),
    };
}
