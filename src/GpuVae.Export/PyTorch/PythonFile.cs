using System.Text;
using GpuVae.Kernels;
using GpuVae.Models;
using GpuVae.Runs;

namespace GpuVae.Export.PyTorch;

/// <summary>The Python file beside the weights: it builds the modules, loads the weights and checks an example.</summary>
/// <param name="source">The model.</param>
internal sealed class PythonFile(ExportSource source)
{
    private readonly Autoencoder _model = source.Model;

    /// <summary>Whether a code is a map (N, C, H, W) there.</summary>
    public bool CodeIsMap { get; private set; }

    /// <summary>The text of the file.</summary>
    public string Write()
    {
        var encoder = new PythonNetwork("encoder");
        CodeIsMap = encoder.Add(_model.Encoder, source.Image, source.IsOfPictures);
        var decoder = new PythonNetwork("decoder");
        bool givesMap = decoder.Add(_model.Decoder, _model.CodeShape, CodeIsMap);
        if (source.IsOfPictures && !givesMap)
            decoder.AddMap(_model.Outputs);

        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');
        Line($"\"\"\"A model of GpuVae {RunConfiguration.Version} in PyTorch: python model.py loads weights.safetensors and checks example.safetensors.\"\"\"");
        Line("from collections import OrderedDict");
        Line("from pathlib import Path");
        Line();
        Line("import torch");
        Line("from safetensors.torch import load_file");
        Line("from torch import nn");
        Line();
        Line();
        if (encoder.HasResidual || decoder.HasResidual)
        {
            Line("class Residual(nn.Sequential):");
            Line("    def forward(self, x):");
            Line("        return x + super().forward(x)");
            Line();
            Line();
        }
        Line("class Model(nn.Module):");
        Line("    def __init__(self):");
        Line("        super().__init__()");
        foreach ((string name, PythonNetwork network) in ((string, PythonNetwork)[])[("encoder", encoder), ("decoder", decoder)])
        {
            Line($"        self.{name} = nn.Sequential(OrderedDict([");
            foreach (string line in network.Lines)
                Line($"            {line}");
            Line("        ]))");
        }
        foreach (IGrouping<string, Parameter> part in _model.Parameters.Parameters.Where(parameter => !IsOfNetwork(parameter.Shape.Name))
            .GroupBy(parameter => parameter.Shape.Name.Split('.')[0]))
        {
            Line($"        self.{part.Key} = nn.ParameterDict({{{string.Join(", ", part.Select(
                parameter => $"\"{parameter.Shape.Name[(part.Key.Length + 1)..]}\": torch.zeros({string.Join(", ", parameter.Shape.StoredShape)})"))}}})");
        }
        Line();
        Line("    def encode(self, x):  # the mean code");
        string head = _model.Code.HeadWidth == _model.Units ? "self.encoder(x)" : $"self.encoder(x)[:, :{_model.Units}]";
        Line($"        return {Activated(_model.Code.Mean, head)}");
        Line();
        Line("    def decode(self, z):  # E[x | z]");
        foreach (string line in Means())
            Line($"        {line}");
        Line();
        Line();
        Line("if __name__ == \"__main__\":");
        Line("    folder = Path(__file__).parent");
        Line("    model = Model()");
        Line("    model.load_state_dict(load_file(folder / \"weights.safetensors\"))");
        Line("    model.eval()");
        Line("    example = load_file(folder / \"example.safetensors\")");
        Line("    with torch.no_grad():");
        Line("        code = model.encode(example[\"x\"])");
        Line("        torch.testing.assert_close(code, example[\"code\"], rtol=1e-4, atol=1e-4)");
        Line("        torch.testing.assert_close(model.decode(code), example[\"mean\"], rtol=1e-4, atol=1e-4)");
        Line("    print(\"code and reconstruction of the example are those of GpuVae\")");
        return text.ToString();
    }

    private static bool IsOfNetwork(string name) =>
        name.StartsWith("encoder.", StringComparison.Ordinal) || name.StartsWith("decoder.", StringComparison.Ordinal);

    private static string Activated(Activation activation, string value) => activation.Name switch
    {
        "identity" => value,
        "sigmoid" => $"torch.sigmoid({value})",
        "clamp" => $"({value}).clamp(0, 1)",
        string other => throw new UserException(
            $"code, likelihood: the activation {other} is not one of the library's own, and has no function of PyTorch; export a model without it"),
    };

    /// <summary>Of channels in groups of K: m, then logits, then log scales, each of all channels of an image.</summary>
    private string[] MixtureMeans(int components) =>
    [
        "y = self.decoder(z)",
        $"y = y.reshape(len(y), {3 * components}, {source.Image.Channels}, *y.shape[2:])",
        $"m = y[:, :{components}] + ((torch.arange({components}) + 0.5) / {components}).reshape(-1, *[1] * (y.dim() - 2))",
        $"return (y[:, {components}:{2 * components}].softmax(1) * m.clamp(0, 1)).sum(1)",
    ];

    private string[] Means()
    {
        if (_model.Likelihood is not MixedLikelihood mixed)
        {
            if (_model.Likelihood is LogisticMixtureLikelihood mixture)
                return MixtureMeans(mixture.Components);
            string first = _model.Likelihood.ParametersPerNumber == 1 ? "self.decoder(z)" : $"self.decoder(z)[:, :{source.Image.Channels}]";
            return [$"return {Activated(_model.Likelihood.Mean, first)}"];
        }
        int numbers = mixed.Starts[0];
        IEnumerable<string> parts = mixed.Starts.Zip(mixed.Starts.Skip(1), (first, end) => $"y[:, {first}:{end}].softmax(1)");
        string own = Activated(mixed.NumbersLikelihood.Mean, $"y[:, :{numbers}]");
        return
        [
            "y = self.decoder(z)",
            $"return torch.cat([{string.Join(", ", numbers == 0 ? parts : parts.Prepend(own))}], 1)",
        ];
    }
}
