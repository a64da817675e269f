using GpuVae;
using GpuVae.Bench;
using GpuVae.Kernels;

try
{
    return Verbs.Create().Parse(args).Invoke(new() { EnableDefaultExceptionHandler = false });
}
catch (Exception exception) when (exception is UserException or DeviceException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
