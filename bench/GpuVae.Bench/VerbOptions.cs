using System.CommandLine;
using GpuVae.Bench.Workers;

namespace GpuVae.Bench;

/// <summary>Options that several verbs have.</summary>
internal static class VerbOptions
{
    /// <summary>The file that keeps the figures.</summary>
    public static Option<FileInfo> Output() => new("--out")
    {
        Description = "A Markdown file; the verb's section in it is written or replaced.",
    };

    /// <summary>Where GpuVae computes.</summary>
    public static Option<string> DeviceOption() => new("--device")
    {
        Description = "Where GpuVae computes: cpu, cuda, opencl or ilgpu-cpu.",
        DefaultValueFactory = _ => "cpu",
    };

    /// <summary>What its products round to.</summary>
    public static Option<string> PrecisionOption() => new("--precision")
    {
        Description = "What GpuVae's products round to: fp32, or on CUDA's tensor cores tf32, bf16 or, for measurement "
            + $"only, {BenchDevice.SplitPrecision} (fp32 in parts).",
        DefaultValueFactory = _ => BenchDevice.DefaultPrecision,
    };

    /// <summary>What models may be named.</summary>
    public static string ModelNames =>
        $"as 784-400-20, 784-200-200-50:tanh or {string.Join(", ", ConvolutionalModel.All.Select(model => model.Name))}";

    /// <summary>How many images an epoch has.</summary>
    public static Option<int?> Images()
    {
        var option = new Option<int?>("--images")
        {
            Description = "Training images, up to 60000; where none is given, those or, for convolutions, as many as take seconds.",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int?>() < 1)
                result.AddError($"--images {result.Tokens[0].Value}: must be at least 1");
        });
        return option;
    }

    /// <summary>A whole number from 1.</summary>
    public static Option<int> Number(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name} {result.Tokens[0].Value}: must be at least 1");
        });
        return option;
    }

    /// <summary>Several whole numbers.</summary>
    public static Option<int[]> List(string name, string description, params int[] values) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => values,
    };
}
