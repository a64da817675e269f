using GpuVae.CommandLine;

return GpuVaeProgram.Run(args);

// Where nobody says so, ASP.NET Core makes it public in programs that bring their runtime along.
internal static partial class Program;
