using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using GpuVae.Runs;

namespace GpuVae.CommandLine;

/// <summary>The program without a verb: its help, its version, and where to start.</summary>
internal static class Root
{
    private const string Introduction =
        "Trains autoencoders and variational autoencoders on images, in pure C#: on an NVIDIA, AMD or Intel GPU " +
        "where there is one, on all CPU cores where there is none. MNIST ships with it, so the first run needs no " +
        "download and takes seconds.";

    private static readonly Example[] _examples =
    [
        new("gpuvae train", "Trains a variational autoencoder on MNIST, and draws what it has learned."),
        new("gpuvae train --help", "Says what can be chosen: data, model, training, device."),
    ];

    /// <summary>The root command over <paramref name="verbs"/>.</summary>
    public static RootCommand Create(IReadOnlyList<Verb> verbs)
    {
        var root = new RootCommand(Introduction);
        foreach (Verb verb in verbs)
            root.Add(verb);

        var help = new HelpText(verbs, _examples);
        root.Options.Clear();
        root.Add(new HelpOption("--help", "-h", "-?")
        {
            Description = "Shows help, for a verb too: gpuvae train --help.",
            Action = help,
        });
        root.Add(new VersionOption("--version") { Description = "Shows the version.", Action = new ShowVersion() });
        root.SetAction(line =>
        {
            int code = help.Invoke(line);
            Console.Out.WriteLine();
            Console.Out.WriteLine("Start here: gpuvae train");
            return code;
        });
        return root;
    }

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            Console.Out.WriteLine($"gpuvae {RunConfiguration.Version}");
            return ExitCode.Done;
        }
    }
}
