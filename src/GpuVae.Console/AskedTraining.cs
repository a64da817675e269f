using System.CommandLine;
using GpuVae.Data;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>What a command line of <c>train</c> asks for, completed by what its data say.</summary>
internal static class AskedTraining
{
    /// <summary>Reads the data and completes the configuration. Nothing is written.</summary>
    /// <param name="configuration">What <paramref name="options"/> read of the command line.</param>
    /// <param name="line">The command line.</param>
    /// <param name="options">Its options.</param>
    /// <param name="open">Reads data.</param>
    /// <param name="tell">Takes what a person should know, a sentence each.</param>
    /// <returns>The configuration, which can be trained on the data.</returns>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    /// <exception cref="UserException">The data cannot be read, or do not fit.</exception>
    public static (RunConfiguration Configuration, Dataset Data) Read(
        RunConfiguration configuration, ParseResult line, TrainOptions options, Func<DataSettings, Dataset> open, Action<string> tell)
    {
        // From wherever the next command is given.
        configuration = configuration with { Cache = configuration.Cache is string cache ? Path.GetFullPath(cache) : null };
        bool isResumed = options.Resume(line) is not null;
        foreach (string note in options.Replacements(line))
        {
            tell(note);
        }

        DataSettings settings = configuration.ToDataSettings() with { Tell = tell };
        string? path = Datasets.AbsolutePath(configuration.Data);
        string? before = isResumed && !options.ChoosesData(line) ? configuration.DataPath : options.DataPath(line);
        if (before is string began && Path.Exists(began))
        {
            // The command may be given in another folder.
            settings = settings with { Data = began };
            path = began;
        }

        Dataset data = Explained(line, options, () => TrainingSets.Select(configuration, open(settings)));
        configuration = configuration.For(data, options.ChoosesLikelihood(line) || isResumed) with
        {
            DataPath = path,
        };
        if (!isResumed && !options.ChoosesEpochs(line) && data.Train.Height == 1)
        {
            configuration = WithEnoughSteps(configuration, data.Train.Count, tell);
        }

        configuration.Validate();
        string? preset = isResumed || options.ChoosesLikelihood(line) ? null : options.Preset(line);
        foreach (string note in TrainNotes.Of(configuration, data, preset, isResumed))
        {
            tell(note);
        }

        return (configuration, data);
    }

    /// <summary>Reads the data; a fault in an option that only the preset chose is told as the preset's.</summary>
    private static Dataset Explained(ParseResult line, TrainOptions options, Func<Dataset> read)
    {
        try
        {
            return read();
        }
        catch (UserException exception)
        {
            throw new UserException(options.Explain(line, exception.Message), exception);
        }
    }

    private static RunConfiguration WithEnoughSteps(RunConfiguration asked, int rows, Action<string> tell)
    {
        RunConfiguration enough = asked.WithEnoughSteps(rows);
        if (enough.Epochs > asked.Epochs)
        {
            tell(ReportText.Text(
                $"{rows:N0} rows are few: {enough.Epochs:N0} epochs make {RunConfiguration.EnoughSteps:N0} steps, measured every {enough.EvaluateEvery} epochs (--epochs and --evaluate-every say otherwise)"));
        }

        return enough;
    }
}
