using System.CommandLine;
using System.Runtime.InteropServices;
using GpuVae.Files;

namespace GpuVae.CommandLine;

/// <summary>
/// The program <c>gpuvae</c>, for a program that adds to it: what is put into <see cref="GpuVae.Runs.Registry"/> before
/// <see cref="Run"/> can be chosen by every verb.
/// </summary>
public static class GpuVaeProgram
{
    /// <summary>Runs a command line: a verb, or help.</summary>
    /// <param name="args">What was typed behind the program's name.</param>
    /// <returns>The exit code: 0 for done, 1 for failed, 2 for a wrong command line, 128 and the
    /// number of a signal that ended it: 130 after Ctrl-C.</returns>
    public static int Run(string[] args)
    {
        // Handlers are asked from the last to the first: what a verb does not deal with ends the program, and no half file stays.
        PosixSignalRegistration[] registrations =
        [
            .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(
                signal => PosixSignalRegistration.Create(signal, DropUnfinished)),
        ];
        try
        {
            return StandardStreams.Guard(() => Invoke(args));
        }
        finally
        {
            Array.ForEach(registrations, registration => registration.Dispose());
        }
    }

    private static void DropUnfinished(PosixSignalContext context)
    {
        if (!context.Cancel)
        {
            AtomicFile.DropUnfinished();
        }
    }

    private static int Invoke(string[] args)
    {
        Verb[] verbs =
        [
            new TrainCommand(),
            new SweepCommand(),
            new EvaluateCommand(),
            new ReconstructCommand(),
            new GenerateCommand(),
            new InterpolateCommand(),
            new TraverseCommand(),
            new ManifoldCommand(),
            new EncodeCommand(),
            new DecodeCommand(),
            new CompressCommand(),
            new DecompressCommand(),
            new ProjectCommand(),
            new ReportCommand(),
            new ExploreCommand(),
            new DetectCommand(),
            new DenoiseCommand(),
            new HashCommand(),
            new SearchCommand(),
            new ServeCommand(),
            new RunsCommand(),
            new CompareCommand(),
            new ReproduceCommand(),
            new ImportCommand(),
            new ExportCommand(),
            new PresetsCommand(),
            new ModelCommand(),
            new DevicesCommand(),
            new CompletionCommand(),
        ];
        RootCommand program = Root.Create(verbs);

        // Neither response files nor bundled letters: a value such as @faces or -1e-3 means what it says.
        var exactly = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
        ParseResult line = program.Parse(SuggestedLine.Of(program, AsHelp(args)), exactly);

        if (!UsageError.IsIn(line))
            return line.Invoke();

        return Failure.IsSaidByAnother ? ExitCode.Done : UsageError.Report(line);
    }

    /// <summary><c>gpuvae help train</c> is what other programs call <c>gpuvae train --help</c>.</summary>
    private static string[] AsHelp(string[] args) => args is ["help", .. string[] rest] ? [.. rest, "--help"] : args;
}
