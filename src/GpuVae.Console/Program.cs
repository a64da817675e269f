using System.CommandLine;
using GpuVae.CommandLine;

Verb[] verbs =
[
    new TrainCommand(),
    new EvaluateCommand(),
    new ReconstructCommand(),
    new GenerateCommand(),
    new InterpolateCommand(),
    new TraverseCommand(),
    new ManifoldCommand(),
    new EncodeCommand(),
    new DecodeCommand(),
    new ProjectCommand(),
    new DetectCommand(),
    new DenoiseCommand(),
    new HashCommand(),
    new SearchCommand(),
    new ReproduceCommand(),
    new PresetsCommand(),
    new DevicesCommand(),
];
RootCommand program = Root.Create(verbs);

// Neither response files nor bundled letters: a value such as @faces or -1e-3 means what it says.
var exactly = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
ParseResult line = program.Parse(args, exactly);

return UsageError.IsIn(line) ? UsageError.Report(line) : line.Invoke();
