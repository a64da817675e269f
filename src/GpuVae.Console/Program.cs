using GpuVae.CommandLine;

return GpuVaeProgram.Run(args);
